/** The forms of the directory, the provider and the password policy: a line a field. */
import { msg } from '@lingui/core/macro';
import type { Field, Section } from './fields';
import shapes from './shapes.json';

const RULE: readonly Field[] = [
  { kind: 'directory-group', path: 'sid', label: msg`Skupina v adresáři` },
  { kind: 'text', path: 'name', label: msg`Název pro lidi` },
  { kind: 'picks', path: 'roles', from: 'roles', label: msg`Role, které dává` },
  { kind: 'picks', path: 'groups', from: 'groups', label: msg`Skupiny, do kterých zařadí` },
];
const CLAIM_RULE: readonly Field[] = [
  { kind: 'text', path: 'sid', label: msg`Hodnota u poskytovatele` },
  { kind: 'text', path: 'name', label: msg`Poznámka` },
  ...RULE.slice(2),
];
const rules = (fields: readonly Field[]): Field => ({
  kind: 'list',
  path: 'rules',
  label: msg`Pravidla`,
  item: msg`pravidlo`,
  add: msg`Přidat pravidlo`,
  fields,
  blank: () => shapes.group_rule,
});

export const DIRECTORY: readonly Section[] = [
  {
    id: 'directory',
    title: msg`Připojení k Active Directory`,
    about: msg`Heslo čtecího účtu a certifikát autority se zadávají na serveru (KC_DIRECTORY_PASSWORD, KC_DIRECTORY_CA), tady nikdy.`,
    fields: [
      { kind: 'toggle', path: 'enabled', label: msg`Přihlašovat účty z adresáře` },
      {
        kind: 'texts',
        short: true,
        path: 'controllers',
        label: msg`Řadiče domény`,
        hint: msg`Třeba ldaps://dc1.ozp.cz. Ptáme se prvního, a když neodpovídá, dalšího. U ldap:// se spojení šifruje pomocí StartTLS.`,
        item: msg`Adresa`,
        add: msg`Přidat řadič`,
      },
      { kind: 'text', path: 'domain', label: msg`Doména`, hint: msg`Třeba ozp.cz.` },
      {
        kind: 'text',
        path: 'bind_user',
        label: msg`Čtecí účet`,
        hint: msg`Třeba kc-cteni@ozp.cz. Stačí mu právo číst.`,
      },
      {
        kind: 'text',
        path: 'base_dn',
        label: msg`Kde hledat`,
        hint: msg`Třeba OU=Lide,DC=ozp,DC=cz. Prázdné: v celé doméně.`,
      },
      { kind: 'number', path: 'timeout_s', label: msg`Jak dlouho čekat na odpověď`, min: 1, max: 30, unit: 's' },
    ],
  },
  {
    id: 'directory-rules',
    title: msg`Kdo smí dovnitř a co tu smí`,
    about: msg`Počítá se i členství přes jiné skupiny. Kdo není v žádné z nich, nepřihlásí se. Role a skupiny, které v pravidlech nejsou, zůstanou každému tak, jak jste mu je dali.`,
    fields: [rules(RULE)],
  },
  {
    id: 'directory-sync',
    title: msg`Synchronizace`,
    about: msg`Vypnutý účet je venku do minuty vždy, i se všemi přihlášeními. Synchronizace navíc zakládá nové účty, mění jména a práva. Sama začne po první, kterou spustíte ručně.`,
    fields: [
      { kind: 'number', path: 'sync_minutes', label: msg`Každých (minut)`, min: 5, max: 10_080 },
      {
        kind: 'number',
        path: 'most_disabled',
        label: msg`Zastavit, kdyby vypnula víc účtů než`,
        hint: msg`Chrání před chybou v nastavení. Počítají se účty, které v adresáři nejsou nebo nemají skupinu.`,
        min: 0,
        max: 100_000,
      },
    ],
  },
  {
    id: 'windows',
    title: msg`Přihlášení účtem Windows`,
    about: msg`Kerberos, jen z vnitřní sítě. Na serveru musí být soubor s klíčem služby (KC_KEYTAB).`,
    fields: [
      { kind: 'toggle', path: 'windows', label: msg`Nabízet přihlášení účtem Windows` },
      {
        kind: 'toggle',
        path: 'windows_silently',
        label: msg`Zkusit to samo, bez ptaní`,
        hint: msg`Prohlížeče musí mít tuto adresu mezi důvěryhodnými, jinak by se mohly ptát na heslo.`,
      },
    ],
  },
];

export const OPENID: readonly Section[] = [
  {
    id: 'openid',
    title: msg`OpenID Connect`,
    about: msg`Přihlášení u jiného poskytovatele identity. Tajemství klienta se zadává na serveru (KC_OPENID_SECRET). U poskytovatele povolte návratovou adresu /sign-in/openid/back.`,
    fields: [
      { kind: 'toggle', path: 'enabled', label: msg`Nabízet toto přihlášení` },
      { kind: 'text', path: 'name', label: msg`Název na tlačítku`, hint: msg`Přihlásit přes …` },
      { kind: 'text', path: 'issuer', label: msg`Adresa poskytovatele`, hint: msg`Třeba https://login.ozp.cz.` },
      { kind: 'text', path: 'client', label: msg`Označení klienta (client_id)` },
      {
        kind: 'texts',
        short: true,
        path: 'scopes',
        label: msg`O co žádáme (scope)`,
        item: msg`Scope`,
        add: msg`Přidat scope`,
      },
      { kind: 'text', path: 'login_claim', label: msg`Údaj s přihlašovacím jménem` },
      { kind: 'text', path: 'groups_claim', label: msg`Údaj se skupinami` },
      {
        kind: 'toggle',
        path: 'trusts_its_second_factor',
        label: msg`Uznávat druhý faktor poskytovatele`,
        hint: msg`Jinak se mimo vnitřní síť ptáme i na náš.`,
      },
    ],
  },
  {
    id: 'openid-rules',
    title: msg`Kdo smí dovnitř a co tu smí`,
    about: msg`Kdo nemá žádnou z hodnot, nepřihlásí se.`,
    fields: [rules(CLAIM_RULE)],
  },
];

export const PASSWORDS: readonly Section[] = [
  {
    id: 'passwords',
    title: msg`Hesla místních účtů`,
    about: msg`Pro účty z adresáře platí jeho pravidla. Hesla, která útočníci zkoušejí nejdřív, a hesla se jménem majitele odmítáme vždy.`,
    fields: [
      { kind: 'number', path: 'min_length', label: msg`Nejmenší délka`, min: 8, max: 64 },
      {
        kind: 'number',
        path: 'history',
        label: msg`Kolik posledních hesel se nesmí opakovat`,
        min: 0,
        max: 24,
      },
      {
        kind: 'number',
        path: 'max_age_days',
        label: msg`Změnit po (dnech)`,
        hint: msg`0: nikdy. Častá změna hesla bezpečnosti nepomáhá.`,
        min: 0,
        max: 3650,
      },
      {
        kind: 'texts',
        short: true,
        path: 'blocked_words',
        label: msg`Zakázaná slova`,
        item: msg`Slovo`,
        add: msg`Přidat slovo`,
      },
    ],
  },
  {
    id: 'composition',
    title: msg`Skladba hesla`,
    about: msg`Lidé taková pravidla obcházejí a hesla jsou pak horší. Zapněte je, jen když to vyžaduje váš předpis.`,
    fields: [
      { kind: 'toggle', path: 'needs_upper_and_lower', label: msg`Velké i malé písmeno` },
      { kind: 'toggle', path: 'needs_digit', label: msg`Číslice` },
      { kind: 'toggle', path: 'needs_sign', label: msg`Jiný znak než písmeno a číslice` },
    ],
  },
];

/** The form of a trunk: a line a field. */
import { msg } from '@lingui/core/macro';
import { SRTP, TRANSPORTS } from '../../words/settings';
import type { Section } from './fields';

const has = (name: string) => (whole: unknown) => Boolean((whole as Record<string, unknown>)[name]);

export const TRUNK: readonly Section[] = [
  {
    id: 'trunk',
    title: msg`Druhá strana`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      {
        kind: 'toggle',
        path: 'enabled',
        label: msg`Používat`,
        hint: msg`Vypnutý svazek nepřijímá ani nevolá; hovory, které běží, doběhnou.`,
      },
      { kind: 'text', path: 'host', label: msg`Adresa`, hint: msg`Jméno nebo IP adresa ústředny či operátora.` },
      { kind: 'number', path: 'port', label: msg`Port`, min: 1, max: 65_535 },
      { kind: 'choice', path: 'transport', label: msg`Signalizace`, words: TRANSPORTS },
      { kind: 'choice', path: 'srtp', label: msg`Zvuk`, words: SRTP },
    ],
  },
  {
    id: 'trunk-login',
    title: msg`Přihlášení k druhé straně`,
    about: msg`Když ho druhá strana chce. Heslo je v databázi zašifrované a neukáže se nikomu, ani v historii a exportu.`,
    fields: [
      { kind: 'text', path: 'login', label: msg`Přihlašovací jméno` },
      { kind: 'secret', path: 'password', set: 'password_set', label: msg`Heslo` },
      {
        kind: 'text',
        path: 'domain',
        label: msg`Doména`,
        hint: msg`Do adres místo adresy druhé strany. Prázdné: stejná.`,
      },
      {
        kind: 'toggle',
        path: 'register',
        label: msg`Registrovat se`,
        hint: msg`Operátor pak ví, kam k nám hovory posílat.`,
      },
      {
        kind: 'number',
        path: 'register_expires_s',
        label: msg`Registraci žádat na`,
        min: 60,
        max: 86_400,
        unit: 's',
        when: has('register'),
      },
    ],
  },
  {
    id: 'trunk-out',
    title: msg`Hovory ven`,
    about: msg`Ven se jde prvním svazkem podle pořadí, který na číslo smí, není plný a odpovídá; když takový není, dalším.`,
    fields: [
      { kind: 'toggle', path: 'outgoing', label: msg`Volat tudy ven` },
      {
        kind: 'number',
        path: 'priority',
        label: msg`Pořadí`,
        hint: msg`Nejmenší číslo se zkouší první.`,
        min: 1,
        max: 100,
        when: has('outgoing'),
      },
      {
        kind: 'texts',
        short: true,
        path: 'allowed_prefixes',
        label: msg`Kam se tudy smí volat`,
        hint: msg`Prázdné: kamkoli. Začátky čísel s předvolbou země, nebo linek.`,
        item: msg`začátek čísla`,
        add: msg`Přidat začátek čísla`,
        when: has('outgoing'),
      },
      {
        kind: 'texts',
        short: true,
        path: 'callers',
        label: msg`Čísla, která se tudy smějí ukázat`,
        hint: msg`Prázdné: kterákoli. Hovor s jiným číslem jde dalším svazkem.`,
        item: msg`číslo`,
        add: msg`Přidat číslo`,
        when: has('outgoing'),
      },
    ],
  },
  {
    id: 'trunk-in',
    title: msg`Hovory dovnitř`,
    fields: [
      {
        kind: 'texts',
        short: true,
        path: 'networks',
        label: msg`Odkud druhá strana volá`,
        hint: msg`Adresy nebo sítě, třeba 10.1.2.0/24. Prázdné: z adresy nahoře, když je to IP adresa. Odjinud se nepřijme nic.`,
        item: msg`síť`,
        add: msg`Přidat síť`,
      },
      {
        kind: 'text',
        path: 'inbound_login',
        label: msg`Jméno, kterým se hlásí ona nám`,
        hint: msg`Prázdné: stačí, odkud volá.`,
      },
      {
        kind: 'secret',
        path: 'inbound_password',
        set: 'inbound_password_set',
        label: msg`Její heslo`,
        when: has('inbound_login'),
      },
      {
        kind: 'toggle',
        path: 'trusted',
        label: msg`Věřit číslu volajícího, které zaručuje`,
        hint: msg`Hlavička P-Asserted-Identity. Jinak platí, co volající uvedl sám.`,
      },
      {
        kind: 'text',
        path: 'region',
        label: msg`Země, jejíž čísla chodí bez předvolby`,
        hint: msg`Dvě písmena, třeba CZ.`,
      },
      {
        kind: 'toggle',
        path: 'exchange',
        label: msg`Je to ústředna, jejíž linky sleduje přepojovací panel`,
      },
    ],
  },
  {
    id: 'trunk-limits',
    title: msg`Meze a kontrola`,
    fields: [
      { kind: 'number', path: 'calls', label: msg`Najednou nejvýš hovorů`, min: 1, max: 10_000 },
      { kind: 'number', path: 'rate', label: msg`Nových hovorů za sekundu nejvýš`, min: 1, max: 1_000 },
      {
        kind: 'number',
        path: 'ping_s',
        label: msg`Ptát se, jestli odpovídá, každých`,
        hint: msg`0: vůbec (OPTIONS). Pak se nepozná, že spadla, a hovory ven na ni čekají.`,
        min: 0,
        max: 3_600,
        unit: 's',
      },
      {
        kind: 'toggle',
        path: 'symmetric',
        label: msg`Odpovídat tam, odkud volá`,
        hint: msg`Pro druhou stranu za překladem adres (NAT).`,
      },
      {
        kind: 'toggle',
        path: 'tcp_if_large',
        label: msg`Dlouhé zprávy posílat přes TCP`,
        hint: msg`Přes 1300 bajtů; druhá strana musí na témže portu přijímat TCP.`,
      },
      {
        kind: 'texts',
        short: true,
        path: 'bridges',
        label: msg`Jen na mostech`,
        hint: msg`Prázdné: na všech. Jména mostů (KC_BRIDGE_NAME).`,
        item: msg`most`,
        add: msg`Přidat most`,
      },
    ],
  },
];

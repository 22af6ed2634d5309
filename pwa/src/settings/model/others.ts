/** The forms of groups, call settings and entry numbers: a line a field. */
import { msg } from '@lingui/core/macro';
import { SUPERVISION } from '../../words/settings';
import type { Field, Section } from './fields';
import shapes from './shapes.json';

export const GROUP: readonly Section[] = [
  {
    id: 'group',
    title: msg`Skupina`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      {
        kind: 'text',
        type: 'tel',
        path: 'caller_number',
        label: msg`Číslo ukazované volaným`,
        hint: msg`Třeba +420800100200. Prázdné: to, které posílá ústředna.`,
        optional: true,
      },
      { kind: 'picks', path: 'members', from: 'staff', label: msg`Operátoři` },
    ],
  },
];

export const LOCATION: readonly Section[] = [
  {
    id: 'location',
    title: msg`Lokalita`,
    about: msg`Kde operátoři sedí. Každý má jednu; koho sem přidáte, odejde z té dosavadní.`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      { kind: 'picks', path: 'members', from: 'staff', label: msg`Operátoři` },
    ],
  },
];

/** Whether there is a night, in which less may be called. */
function hasNight(calls: unknown): boolean {
  const { outside } = calls as typeof shapes.calls;
  return outside.day_begins_min !== outside.day_ends_min;
}

const NOT_RECORDED: readonly Field[] = [
  { kind: 'text', type: 'tel', path: 'prefix', label: msg`Číslo nebo jeho začátek` },
  { kind: 'text', path: 'note', label: msg`Poznámka` },
  { kind: 'toggle', path: 'only_to', label: msg`Jen hovory, které tam vedou od nás` },
];

export const CALLS: readonly Section[] = [
  {
    id: 'not-recorded',
    title: msg`Nahrávání`,
    about: msg`Hovory s uvedenými čísly se nenahrávají. U čísel uvnitř pojišťovny obvykle stačí nenahrávat hovory, které tam přepojíme.`,
    fields: [
      {
        kind: 'list',
        path: 'not_recorded',
        label: msg`Čísla`,
        item: msg`číslo`,
        add: msg`Přidat číslo`,
        fields: NOT_RECORDED,
        blank: () => shapes.not_recorded,
      },
      {
        kind: 'text',
        long: true,
        path: 'recording_notice',
        label: msg`Upozornění volajícímu, že se hovor nahrává`,
        hint: msg`Uslyší ho, kdo vstoupí do fronty a bude nahráván. Prázdné: říkají to hlasová menu.`,
      },
    ],
  },
  {
    id: 'supervision',
    title: msg`Příposlech`,
    about: msg`Co z toho operátor u svého hovoru vidí. Do historie hovoru se zapíše vždycky.`,
    fields: [{ kind: 'many', path: 'shown_supervision', label: msg`Operátorovi ukázat`, words: SUPERVISION }],
  },
  {
    id: 'outside',
    title: msg`Hovory ven`,
    about: msg`Kam a kolik se smí volat ven: volbou, přepojením, dotazem, z menu i z front. Linky uvnitř a krátká čísla (112, 155 …) se neomezují nikdy. Začátky čísel pište s předvolbou země. Když hovory narazí na mez, dostanou supervizoři upozornění.`,
    fields: [
      {
        kind: 'texts',
        short: true,
        path: 'outside.refused',
        label: msg`Kam se nevolá`,
        item: msg`začátek čísla`,
        add: msg`Přidat začátek čísla`,
      },
      {
        kind: 'texts',
        short: true,
        path: 'outside.allowed',
        label: msg`Kam se smí volat`,
        hint: msg`Prázdné: všude, kde to není zakázané. Rozhoduje nejdelší začátek, který na číslo sedí.`,
        item: msg`začátek čísla`,
        add: msg`Přidat začátek čísla`,
      },
      {
        kind: 'number',
        path: 'outside.agent_at_once',
        label: msg`Najednou nejvýš hovorů jednoho operátora`,
        hint: msg`0: bez meze`,
        min: 0,
        max: 1000,
      },
      {
        kind: 'number',
        path: 'outside.all_at_once',
        label: msg`Najednou nejvýš hovorů všech`,
        hint: msg`0: bez meze. Počítají se i hovory, které ven vedou menu a fronty.`,
        min: 0,
        max: 10000,
      },
      {
        kind: 'number',
        path: 'outside.agent_a_day',
        label: msg`Za den nejvýš hovorů jednoho operátora`,
        hint: msg`0: bez meze`,
        min: 0,
        max: 100000,
      },
      {
        kind: 'number',
        path: 'outside.all_a_day',
        label: msg`Za den nejvýš hovorů všech`,
        hint: msg`0: bez meze. Počítají se i hovory, které ven vedou menu a fronty.`,
        min: 0,
        max: 1000000,
      },
      {
        kind: 'minute',
        path: 'outside.day_begins_min',
        label: msg`Den začíná v`,
        hint: msg`Stejně jako konec: v noci se volá jako ve dne.`,
      },
      { kind: 'minute', path: 'outside.day_ends_min', label: msg`Den končí v` },
      {
        kind: 'texts',
        short: true,
        path: 'outside.night_allowed',
        label: msg`Kam se smí volat v noci`,
        hint: msg`Prázdné: ven nikam.`,
        item: msg`začátek čísla`,
        add: msg`Přidat začátek čísla`,
        when: hasNight,
      },
    ],
  },
  {
    id: 'telephones',
    title: msg`Telefony operátorů`,
    fields: [
      {
        kind: 'toggle',
        path: 'own_telephones',
        label: msg`Operátoři smějí pracovat u kteréhokoli telefonu`,
        hint: msg`Číslo telefonu si zadají sami.`,
      },
    ],
  },
  {
    id: 'limits',
    title: msg`Meze`,
    fields: [
      {
        kind: 'number',
        path: 'park_limit_s',
        label: msg`Zaparkovaný hovor vrátit po (s)`,
        min: 1,
        max: 3600,
        unit: 's',
      },
      { kind: 'number', path: 'ring_s', label: msg`Volané číslo nechat zvonit (s)`, min: 1, max: 300, unit: 's' },
      {
        kind: 'number',
        path: 'wrap_up_s',
        label: msg`Dokončování hovoru mimo fronty (s)`,
        min: 0,
        max: 3600,
        unit: 's',
      },
    ],
  },
];

export const ENTRY_NUMBER: readonly Section[] = [
  {
    id: 'number',
    title: msg`Vstupní číslo`,
    fields: [
      { kind: 'text', type: 'tel', path: 'number', label: msg`Číslo`, hint: msg`S předvolbou, třeba +420800100200.` },
      { kind: 'text', path: 'name', label: msg`Název` },
      {
        kind: 'pick',
        path: 'flow',
        from: 'flows',
        label: msg`Hlasové menu, dokud neplatí žádná pravidla`,
      },
      {
        kind: 'number',
        path: 'answer_after_ms',
        label: msg`Zvednout po (ms)`,
        hint: msg`Do té doby volající slyší vyzvánění a nic neplatí.`,
        min: 0,
        max: 30_000,
        unit: 'ms',
      },
    ],
  },
];

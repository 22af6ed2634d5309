/** The form of a queue: a line a field, in the shape of the server's `QueueDraft`. */
import { msg } from '@lingui/core/macro';
import { valueAt } from '../../forms/path';
import { EMPTY_WHEN, FORMULAS, SAY_POSITION, SAY_WAIT, STRATEGIES } from '../../words/settings';
import type { Field, Section } from './fields';
import shapes from './shapes.json';

const is =
  (path: string, ...values: readonly unknown[]) =>
  (queue: unknown) =>
    values.includes(valueAt(queue, path));
const isNot = (path: string, value: unknown) => (queue: unknown) => valueAt(queue, path) !== value;
const some = (path: string) => (queue: unknown) => ((valueAt(queue, path) as unknown[] | undefined) ?? []).length > 0;
/** Seconds after those of the step before. */
const later = (list: readonly unknown[]) => ((list.at(-1) as { after_s: number } | undefined)?.after_s ?? 0) + 60;

const STEP: readonly Field[] = [
  { kind: 'number', path: 'after_s', label: msg`Po kolika sekundách`, min: 0, max: 86_400, unit: 's' },
  { kind: 'picks', path: 'groups', from: 'groups', label: msg`I skupinám` },
  { kind: 'skills', path: 'skills', label: msg`Stačí dovednosti` },
];

const OVERFLOW: readonly Field[] = [
  { kind: 'number', path: 'after_s', label: msg`Po kolika sekundách`, min: 1, max: 86_400, unit: 's' },
  { kind: 'destination', path: 'to', label: msg`Poslat` },
];

const EXIT_KEY: readonly Field[] = [
  { kind: 'text', path: 'key', label: msg`Klávesa (0–9, *, #)` },
  { kind: 'destination', path: 'to', label: msg`Poslat` },
];

const MEMBER: readonly Field[] = [
  { kind: 'pick', path: 'user', from: 'staff', label: msg`Operátor` },
  { kind: 'number', path: 'penalty', label: msg`Pořadí oslovení (0 první)`, min: 0, max: 100 },
  { kind: 'number', path: 'order', label: msg`Místo v řadě`, min: 0, max: 1000 },
  { kind: 'number', path: 'weight', label: msg`Váha`, min: 1, max: 1000 },
];

export const QUEUE: readonly Section[] = [
  {
    id: 'basic',
    title: msg`Základ`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      {
        kind: 'pick',
        path: 'options.calendar',
        from: 'calendars',
        label: msg`Provozní doba`,
        none: msg`stále otevřeno`,
      },
      { kind: 'number', path: 'priority', label: msg`Přednost hovorů (vyšší dřív)`, min: -1000, max: 1000 },
      {
        kind: 'number',
        path: 'options.weight',
        label: msg`Váha fronty`,
        hint: msg`Hovory fronty s vyšší vahou jdou před všemi ostatními.`,
        min: 0,
        max: 1000,
      },
      {
        kind: 'number',
        path: 'options.ageing',
        label: msg`Přednost za minutu čekání`,
        hint: msg`O kolik přednost hovoru každou minutu stoupne.`,
        min: 0,
        max: 1000,
      },
    ],
  },
  {
    id: 'agents',
    title: msg`Kdo hovory bere a kdy`,
    fields: [
      {
        kind: 'list',
        path: 'members',
        label: msg`Operátoři`,
        item: msg`operátor`,
        add: msg`Přidat operátora`,
        fields: MEMBER,
        blank: () => shapes.member,
      },
      { kind: 'skills', path: 'skills', label: msg`Potřebné dovednosti` },
      { kind: 'number', path: 'ring_timeout_s', label: msg`Jak dlouho zvonit (s)`, min: 3, max: 300, unit: 's' },
      { kind: 'number', path: 'wrap_up_s', label: msg`Nejdelší dokončování (s)`, min: 0, max: 3600, unit: 's' },
      {
        kind: 'text',
        path: 'options.agent_announcement',
        label: msg`Co operátor na mobilu uslyší před přijetím`,
        hint: msg`Prázdné: jen název fronty.`,
      },
      { kind: 'toggle', path: 'options.report_hold_time', label: msg`Říct mu, jak dlouho volající čeká` },
      {
        kind: 'toggle',
        path: 'options.autopause',
        label: msg`Kdo hovor nepřijme, přestane být připravený`,
      },
      {
        kind: 'number',
        path: 'options.max_no_answer',
        label: msg`Po kolika nepřijatých za sebou`,
        min: 1,
        max: 20,
        when: is('options.autopause', true),
      },
      {
        kind: 'number',
        path: 'options.delays.no_answer_s',
        label: msg`Znovu nabídnout po nepřijetí (s)`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.delays.declined_s',
        label: msg`Znovu nabídnout po odmítnutí (s)`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.delays.phone_lost_s',
        label: msg`Znovu nabídnout po ztrátě telefonu (s)`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.delays.busy_s',
        label: msg`Znovu nabídnout, když měl telefon obsazený (s)`,
        min: 1,
        max: 3600,
        unit: 's',
      },
    ],
  },
  {
    id: 'strategy',
    title: msg`Výběr operátora`,
    fields: [
      { kind: 'choice', path: 'options.strategy', label: msg`Komu nabídnout první`, words: STRATEGIES },
      {
        kind: 'number',
        path: 'options.progressive_s',
        label: msg`Dalšímu zazvonit po (s)`,
        min: 1,
        max: 600,
        unit: 's',
        when: is('options.strategy', 'ring_progressively'),
      },
      { kind: 'toggle', path: 'options.sticky', label: msg`Přednostně tomu, s kým volající mluvil naposledy` },
      {
        kind: 'number',
        path: 'options.sticky_days',
        label: msg`Kolik dní si ho pamatovat`,
        min: 1,
        max: 730,
        when: is('options.sticky', true),
      },
      {
        kind: 'number',
        path: 'options.penalty_step_s',
        label: msg`Krok pořadí oslovení (s)`,
        hint: msg`Operátor s pořadím 2 přijde na řadu po dvojnásobku. Nula: hned, ale až po ostatních.`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      {
        kind: 'toggle',
        path: 'options.penalty_no_wait',
        label: msg`Nečekat na operátory dřívějšího pořadí, když nikdo z nich nepracuje`,
        when: isNot('options.penalty_step_s', 0),
      },
      {
        kind: 'toggle',
        path: 'options.since_arrival',
        label: msg`Pořadí počítat od začátku hovoru, i s časem v menu`,
      },
      {
        kind: 'number',
        path: 'options.resume_abandoned_s',
        label: msg`Kdo zavěsí a zavolá znovu, má původní pořadí (s)`,
        hint: msg`Jak dlouho po zavěšení. Nula: nikdo.`,
        min: 0,
        max: 86_400,
        unit: 's',
      },
      {
        kind: 'list',
        path: 'options.widen',
        label: msg`Rozšíření nabídky`,
        hint: msg`Komu dalšímu se hovor nabídne, když čeká déle.`,
        item: msg`rozšíření`,
        add: msg`Přidat rozšíření`,
        fields: STEP,
        blank: (list) => ({ ...shapes.skill_step, after_s: later(list) }),
      },
    ],
  },
  {
    id: 'waiting',
    title: msg`Při čekání`,
    fields: [
      {
        kind: 'text',
        long: true,
        path: 'options.announcements.first_message',
        label: msg`Co volající uslyší hned`,
        hint: msg`Prázdné: nic.`,
      },
      { kind: 'choice', path: 'options.announcements.position', label: msg`Pořadí ve frontě`, words: SAY_POSITION },
      {
        kind: 'number',
        path: 'options.announcements.position_limit',
        label: msg`Do kterého místa`,
        min: 1,
        max: 1000,
        when: is('options.announcements.position', 'limit', 'more'),
      },
      { kind: 'choice', path: 'options.announcements.expected_wait', label: msg`Očekávané čekání`, words: SAY_WAIT },
      {
        kind: 'number',
        path: 'options.announcements.round_s',
        label: msg`Čekání zaokrouhlit na (s)`,
        min: 0,
        max: 600,
        unit: 's',
        when: isNot('options.announcements.expected_wait', 'no'),
      },
      {
        kind: 'number',
        path: 'announce_every_s',
        label: msg`Jak často to říkat (s)`,
        hint: msg`Nula: pravidelně neříkat.`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.announcements.min_every_s',
        label: msg`Lepší místo říct nejdřív po (s)`,
        min: 0,
        max: 3600,
        unit: 's',
      },
      { kind: 'toggle', path: 'options.announcements.only_up', label: msg`Znovu říkat jen lepší místo` },
      {
        kind: 'pick',
        path: 'options.announcements.music',
        from: 'prompts',
        label: msg`Hudba`,
        hint: msg`Nahrávky přidáte na stránce Hlasová menu.`,
        none: msg`výchozí`,
      },
      {
        kind: 'texts',
        path: 'options.announcements.comfort',
        label: msg`Zprávy při čekání`,
        hint: msg`Třeba že se většina věcí dá vyřídit na portálu.`,
        item: msg`zpráva`,
        add: msg`Přidat zprávu`,
      },
      {
        kind: 'number',
        path: 'options.announcements.comfort_every_s',
        label: msg`Jak často zprávu pustit (s)`,
        min: 0,
        max: 3600,
        unit: 's',
        when: some('options.announcements.comfort'),
      },
      {
        kind: 'number',
        path: 'options.announcements.comfort_start_s',
        label: msg`První zpráva po (s)`,
        hint: msg`Nula: jako ostatní.`,
        min: 0,
        max: 3600,
        unit: 's',
        when: some('options.announcements.comfort'),
      },
      {
        kind: 'toggle',
        path: 'options.announcements.comfort_random',
        label: msg`Zprávy v náhodném pořadí`,
        when: some('options.announcements.comfort'),
      },
    ],
  },
  {
    id: 'overflow',
    title: msg`Přelití jinam`,
    about: msg`Když hovor čeká příliš dlouho, jde dál. Do jiné fronty s původním časem příchodu.`,
    fields: [
      {
        kind: 'list',
        path: 'options.overflow',
        label: msg`Kroky`,
        item: msg`krok`,
        add: msg`Přidat krok`,
        fields: OVERFLOW,
        blank: (list) => ({ ...shapes.overflow, after_s: later(list) }),
      },
    ],
  },
  {
    id: 'limits',
    title: msg`Meze a kam potom`,
    fields: [
      {
        kind: 'destination',
        path: 'options.when_closed',
        label: msg`Mimo provozní dobu`,
        none: msg`oznámit zavřeno a zavěsit`,
      },
      {
        kind: 'number',
        path: 'options.max_waiting',
        label: msg`Nejvýš čekajících (0 bez omezení)`,
        min: 0,
        max: 100_000,
      },
      { kind: 'destination', path: 'options.when_full', label: msg`Když je plno`, none: msg`omluvit se a zavěsit` },
      {
        kind: 'number',
        path: 'options.max_wait_s',
        label: msg`Nejdelší čekání (s, 0 bez omezení)`,
        min: 0,
        max: 86_400,
        unit: 's',
      },
      {
        kind: 'destination',
        path: 'options.when_max_wait',
        label: msg`Po nejdelším čekání`,
        none: msg`omluvit se a zavěsit`,
      },
      { kind: 'choice', path: 'options.join_empty', label: msg`Nepřijímat do fronty`, words: EMPTY_WHEN },
      { kind: 'choice', path: 'options.leave_when_empty', label: msg`Čekající z fronty pustit`, words: EMPTY_WHEN },
      {
        kind: 'number',
        path: 'options.empty_grace_s',
        label: msg`Teprve když to trvá (s)`,
        min: 0,
        max: 3600,
        unit: 's',
        when: isNot('options.leave_when_empty', 'never'),
      },
      {
        kind: 'destination',
        path: 'options.when_unstaffed',
        label: msg`Když nikdo není`,
        none: msg`omluvit se a zavěsit`,
      },
    ],
  },
  {
    id: 'keys',
    title: msg`Klávesy a zpětné volání`,
    fields: [
      {
        kind: 'list',
        path: 'options.exit_keys',
        label: msg`Klávesy při čekání`,
        hint: msg`Čím se volající z fronty dostane jinam, třeba ke zpětnému volání.`,
        item: msg`klávesa`,
        add: msg`Přidat klávesu`,
        fields: EXIT_KEY,
        blank: () => shapes.exit_key,
      },
      { kind: 'number', path: 'options.callback_attempts', label: msg`Pokusů o zpětné volání`, min: 1, max: 20 },
      {
        kind: 'number',
        path: 'options.callback_retry_s',
        label: msg`Další pokus po (s)`,
        min: 10,
        max: 86_400,
        unit: 's',
      },
    ],
  },
  {
    id: 'voicemail',
    title: msg`Vzkazy a průzkum`,
    fields: [
      {
        kind: 'text',
        long: true,
        path: 'options.voicemail.greeting',
        label: msg`Uvítání záznamníku`,
        hint: msg`Prázdné: obvyklá slova.`,
      },
      {
        kind: 'pick',
        path: 'options.voicemail.prompt',
        from: 'prompts',
        label: msg`Nahrávka místo textu`,
        none: msg`žádná, text se řekne`,
      },
      {
        kind: 'number',
        path: 'options.voicemail.limit_s',
        label: msg`Nejdelší vzkaz (s)`,
        min: 10,
        max: 1800,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.voicemail.quiet_s',
        label: msg`Ticho, které vzkaz ukončí (s)`,
        hint: msg`Nula: nikdy.`,
        min: 0,
        max: 60,
        unit: 's',
      },
      {
        kind: 'number',
        path: 'options.voicemail.least_s',
        label: msg`Kratší řeč není vzkaz (s)`,
        min: 0,
        max: 60,
        unit: 's',
      },
      {
        kind: 'pick',
        path: 'options.after_call',
        from: 'flows',
        label: msg`Menu po hovoru`,
        hint: msg`Kam klient přejde, když operátor zavěsí, třeba k průzkumu.`,
        none: msg`žádné, zavěsit`,
      },
    ],
  },
  {
    id: 'records',
    title: msg`Nahrávání a statistika`,
    fields: [
      { kind: 'toggle', path: 'recorded', label: msg`Hovory nahrávat` },
      { kind: 'number', path: 'retention_days', label: msg`Nahrávky uchovat (dní)`, min: 184, max: 36_500 },
      { kind: 'number', path: 'target_s', label: msg`Cíl: přijmout do (s)`, min: 1, max: 3600, unit: 's' },
      {
        kind: 'number',
        path: 'short_abandon_s',
        label: msg`Krátké zavěšení do (s)`,
        min: 0,
        max: 600,
        unit: 's',
      },
      { kind: 'choice', path: 'formula', label: msg`Výpočet úrovně služeb`, words: FORMULAS },
    ],
  },
];

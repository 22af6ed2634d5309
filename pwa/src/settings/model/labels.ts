/** The forms of breaks, of categories, and of the lines of the exchange. */
import { msg } from '@lingui/core/macro';
import { BREAK_KINDS } from '../../words/settings';
import type { Field, Section } from './fields';
import shapes from './shapes.json';

export const BREAKS: readonly Section[] = [
  {
    id: 'breaks',
    title: msg`Přestávky`,
    about: msg`Operátoři je uvidí v tomto pořadí. Přestávku, která se už nemá nabízet, vyřaďte: v historii dál ponese své jméno. Kdo je na přestávce déle, než smí, vidí to u sebe, a vedoucí v přehledu.`,
    fields: [
      {
        kind: 'list',
        path: 'breaks',
        label: msg`Přestávky`,
        item: msg`přestávka`,
        add: msg`Přidat přestávku`,
        ordered: true,
        keep: true,
        blank: () => shapes.break,
        fields: [
          { kind: 'text', path: 'name', label: msg`Název` },
          { kind: 'choice', path: 'kind', label: msg`Druh`, words: BREAK_KINDS },
          {
            kind: 'number',
            path: 'limit_s',
            label: msg`Nejvýš (s)`,
            hint: msg`Prázdné: bez omezení.`,
            min: 60,
            max: 86_400,
            unit: 's',
            optional: true,
          },
          { kind: 'toggle', path: 'retired', label: msg`Vyřazená` },
        ],
      },
    ],
  },
];

const LEVELS = 4;

function level(depth: number): Field {
  return {
    kind: 'list',
    path: depth === 1 ? 'categories' : 'children',
    label: depth === 1 ? msg`Kategorie` : msg`Dělí se na`,
    item: msg`kategorie`,
    add: depth === 1 ? msg`Přidat kategorii` : msg`Přidat podrobnější`,
    ordered: true,
    keep: true,
    blank: () => shapes.category,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      { kind: 'toggle', path: 'retired', label: msg`Vyřazená` },
      ...(depth < LEVELS ? [level(depth + 1)] : []),
    ],
  };
}

export const CATEGORIES: readonly Section[] = [
  {
    id: 'categories',
    title: msg`Kategorie`,
    about: msg`Čeho se kontakt týkal. Operátor je najde psaním. Kategorii, která se už nemá vybírat, vyřaďte: starým hovorům zůstane.`,
    fields: [level(1)],
  },
];

export const LINES: readonly Section[] = [
  {
    id: 'lines',
    title: msg`Linky přepojovacího panelu`,
    about: msg`Operátoři je najdou při přepojení pod těmito nadpisy a v tomto pořadí; ústředna říká, která je volná. Odebraná linka z panelu zmizí.`,
    fields: [
      {
        kind: 'list',
        path: 'groups',
        label: msg`Skupiny linek`,
        item: msg`skupina`,
        add: msg`Přidat skupinu`,
        ordered: true,
        blank: () => shapes.line_heading,
        fields: [
          {
            kind: 'text',
            path: 'name',
            label: msg`Nadpis`,
            hint: msg`Prázdný: linky bez nadpisu.`,
          },
          {
            kind: 'list',
            path: 'lines',
            label: msg`Linky`,
            item: msg`linka`,
            add: msg`Přidat linku`,
            ordered: true,
            blank: () => shapes.line,
            fields: [
              { kind: 'text', path: 'name', label: msg`Jméno` },
              { kind: 'text', path: 'number', label: msg`Číslo`, type: 'tel' },
            ],
          },
        ],
      },
    ],
  },
];

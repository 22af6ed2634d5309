import type { I18n, MessageDescriptor } from '@lingui/core';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useSettings } from '../app/settings';
import { ChoiceField, ManyField, NumberField, Parsed, TextField, ToggleField } from '../forms/controls';
import { printNumber, readNumber } from '../forms/numbers';
import { useProblems } from '../forms/problems';
import shapes from '../settings/model/shapes.json';
import { Button } from '../ui/Button';
import { Select } from '../ui/Select';
import { FORMATS, MEASURES, TILES, WINDOWS } from '../words/wall';
import { COLUMNS, formatOf, MOST_ROWS, type Tile } from './layout';
import { useTitle } from './Tile';

const KINDS = Object.keys(TILES);
const BLANKS = shapes.wall_tiles as unknown as Record<string, Tile>;
const USUAL = shapes.wall_measures as unknown as Record<string, Tile>;

function named(i18n: I18n, list: Record<string, MessageDescriptor>, id: string): string {
  const found = list[id];
  return found ? i18n._(found) : id;
}

export function AddTile({ onAdd }: { onAdd: (tile: Tile) => void }) {
  const { t, i18n } = useLingui();
  const choices = [
    ...Object.keys(USUAL).map((id) => ({ id: `measure:${id}`, name: named(i18n, MEASURES, id) })),
    ...KINDS.filter((kind) => kind !== 'measure').map((id) => ({ id, name: named(i18n, TILES, id) })),
  ];
  const [chosen, setChosen] = useState(choices[0]?.id ?? '');
  const blank = chosen.startsWith('measure:') ? USUAL[chosen.slice('measure:'.length)] : BLANKS[chosen];
  return (
    <div className="tile-form tile-fields">
      <Select label={t`Nová dlaždice`} choices={choices} value={chosen} onChange={setChosen} testId="tile-kind" />
      <Button icon="plus" onPress={() => blank && onAdd(blank)} testId="tile-add">{t`Přidat dlaždici`}</Button>
    </div>
  );
}

interface Props {
  path: string;
  tile: Tile;
  onChange: (tile: Tile) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
  first: boolean;
  last: boolean;
}

/** One tile: opened to be changed, moved by buttons. */
export function TileForm({ path, tile, onChange, onMove, onRemove, first, last }: Props) {
  const { t } = useLingui();
  const title = useTitle()(tile);
  const wrong = useProblems(path, true).length > 0;
  const [open, setOpen] = useState(false);
  const put = (part: Partial<Tile>) => onChange({ ...tile, ...part } as Tile);
  return (
    <div className="tile-form" data-testid="tile-form">
      <div className="tile-head">
        <strong>
          {title}{' '}
          <span className="quiet small figures">
            {tile.columns} × {tile.rows}
          </span>
        </strong>
        <Button
          icon="pen"
          pressed={open || wrong}
          onPress={() => setOpen(!open)}
          testId="tile-open"
        >{t`Upravit`}</Button>
        <Button tone="plain" icon="up" iconOnly isDisabled={first} onPress={() => onMove(-1)}>
          {t`Posunout dopředu: ${title}`}
        </Button>
        <Button tone="plain" icon="down" iconOnly isDisabled={last} onPress={() => onMove(1)}>
          {t`Posunout dozadu: ${title}`}
        </Button>
        <Button tone="plain" icon="close" iconOnly onPress={onRemove}>{t`Odebrat: ${title}`}</Button>
      </div>
      {(open || wrong) && (
        <div className="tile-fields">
          <TextField
            path={`${path}.title`}
            label={t`Nadpis`}
            hint={tile.type === 'own' ? '' : t`Prázdný: obvyklý.`}
            value={tile.title}
            onChange={(title) => put({ title })}
          />
          <NumberField
            path={`${path}.columns`}
            label={t`Šířka (z ${COLUMNS})`}
            min={1}
            max={COLUMNS}
            value={tile.columns}
            onChange={(columns) => put({ columns })}
          />
          <NumberField
            path={`${path}.rows`}
            label={t`Výška (z ${MOST_ROWS})`}
            min={1}
            max={MOST_ROWS}
            value={tile.rows}
            onChange={(rows) => put({ rows })}
          />
          <Content path={path} tile={tile} put={put} />
        </div>
      )}
    </div>
  );
}

function Content({ path, tile, put }: { path: string; tile: Tile; put: (part: Partial<Tile>) => void }) {
  const { t, i18n } = useLingui();
  const { queues } = useSettings();
  const words = (list: Record<string, MessageDescriptor>) =>
    Object.keys(list).map((id) => ({ id, name: named(i18n, list, id) }));
  const percent = formatOf(tile) === 'percent';
  return (
    <>
      {tile.type === 'text' && (
        <TextField path={`${path}.text`} label={t`Text`} long value={tile.text} onChange={(text) => put({ text })} />
      )}
      {tile.type === 'own' && (
        <>
          <TextField
            path={`${path}.formula`}
            label={t`Vzorec`}
            long
            hint={t`Počítá se s čísly a názvy níže: + - * / ( ) min max`}
            value={tile.formula}
            onChange={(formula) => put({ formula })}
          />
          <div className="tile-names field wide">
            {Object.keys(USUAL).map((name) => (
              <Button key={name} onPress={() => put({ formula: `${tile.formula} ${name}`.trim() })}>
                {name} · {named(i18n, MEASURES, name)}
              </Button>
            ))}
          </div>
          <ChoiceField
            path={`${path}.format`}
            label={t`Ukázat jako`}
            choices={words(FORMATS)}
            value={tile.format}
            onChange={(format) => put({ format: format as typeof tile.format })}
          />
        </>
      )}
      {'queues' in tile && (
        <ManyField
          path={`${path}.queues`}
          label={t`Fronty (žádná: všechny)`}
          choices={queues}
          value={tile.queues}
          onChange={(queues) => put({ queues })}
        />
      )}
      {'window' in tile && (
        <>
          <ChoiceField
            path={`${path}.window`}
            label={t`Za dobu`}
            choices={words(WINDOWS)}
            value={tile.window}
            onChange={(window) => put({ window: window as typeof tile.window })}
          />
          <Threshold
            path={`${path}.warn`}
            label={t`Pozor od`}
            percent={percent}
            value={tile.warn}
            onChange={(warn) => put({ warn })}
          />
          <Threshold
            path={`${path}.bad`}
            label={t`Špatné od`}
            percent={percent}
            value={tile.bad}
            onChange={(bad) => put({ bad })}
          />
          <ToggleField
            path={`${path}.lower_is_worse`}
            label={t`horší je méně`}
            value={tile.lower_is_worse}
            onChange={(lower_is_worse) => put({ lower_is_worse })}
          />
        </>
      )}
    </>
  );
}

/** Empty: not judged so. Shares are written in per cent. */
function Threshold(props: {
  path: string;
  label: string;
  percent: boolean;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const { percent, value, onChange, ...rest } = props;
  const scale = percent ? 100 : 1;
  return (
    <Parsed<{ limit: number | null }>
      {...rest}
      label={percent ? `${rest.label} (%)` : rest.label}
      value={{ limit: value }}
      onChange={({ limit }) => onChange(limit)}
      print={({ limit }) => (limit === null ? '' : printNumber(Math.round(limit * scale * 1000) / 1000))}
      read={(text) => {
        if (!text.trim()) return { limit: null };
        const read = readNumber(text);
        return read === null ? null : { limit: read / scale };
      }}
      numeric
    />
  );
}

import { useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { Canvas } from './Canvas';
import { Inspector } from './Inspector';
import type { Flow } from './model/flow';
import { outline, rowOf } from './model/outline';
import { Outline } from './Outline';
import { useNames, useParts } from './parts';

const NONE: ReadonlySet<string> = new Set();
const nothing = () => {};

/** An older version, to look at; the draft is touched only when it is made of it. */
export function OldVersion({
  version,
  flow,
  onTake,
  onClose,
}: {
  version: number;
  flow: Flow;
  onTake: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const settings = useNames();
  const parts = useParts();
  const rows = useMemo(() => outline(flow), [flow]);
  const [selected, setSelected] = useState('start');
  const row = rows.find((each) => each.key === selected) ?? rows[0];
  const go = (id: string) => {
    const found = rowOf(rows, id);
    if (found) setSelected(found.key);
  };
  const shown = { flow, wrong: NONE, walked: NONE, settings, parts, readOnly: true };
  return (
    <div className="editor" data-testid="old-version">
      <header className="editor-bar">
        <h1 className="old-title">{t`${flow.name}: verze ${version}, jen k prohlédnutí`}</h1>
        <span className="editor-tabs">
          <Button icon="pen" tone="primary" onPress={onTake} testId="take-version">{t`Udělat z ní koncept`}</Button>
          <Button autoFocus onPress={onClose} testId="close-version">{t`Zpět ke konceptu`}</Button>
        </span>
      </header>
      <div className="editor-left">
        <Outline
          {...shown}
          rows={rows}
          selected={selected}
          onSelect={setSelected}
          onAdd={nothing}
          onRemove={nothing}
          onOpen={nothing}
        />
      </div>
      <Canvas
        {...shown}
        selected={row?.id ?? ''}
        at={null}
        onSelect={go}
        onMove={nothing}
        onConnect={nothing}
        onArrange={nothing}
      />
      <aside className="editor-side" aria-label={t`Podrobnosti`}>
        {row?.id && (
          <fieldset disabled>
            <Inspector key={row.id} flow={flow} id={row.id} onDo={nothing} onPick={nothing} onGo={nothing} />
          </fieldset>
        )}
      </aside>
    </div>
  );
}

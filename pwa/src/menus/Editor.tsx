import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { time } from '../format/format';
import { useStore } from '../live/store';
import { HistoryLink } from '../settings/changes/HistoryLink';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { KIND_ORDER, KINDS, PROBLEMS } from '../words/menus';
import { Canvas } from './Canvas';
import { Conflict } from './Conflict';
import { clipboard, type Editing, newId } from './editing';
import { Inspector } from './Inspector';
import { clipOf, type Operation, pasted, type Wire } from './model/edit';
import { blank, type Flow, type Kind, keyOf, textOf } from './model/flow';
import { arranged } from './model/layout';
import { outline, type Row, rowOf } from './model/outline';
import { OldVersion } from './OldVersion';
import { following, Outline } from './Outline';
import { type Option, Picker } from './Picker';
import { titleOf, useNames, useParts } from './parts';
import { Simulation } from './Simulation';
import { Versions } from './Versions';

type Picking = { kind: 'add'; at: Wire | 'start' } | { kind: 'find' };

export function Editor({ editing }: { editing: Editing }) {
  const { i18n, t } = useLingui();
  const settings = useNames();
  const parts = useParts();
  const { flow, past, future } = useStore(editing.state);
  const problems = useStore(editing.problems);
  const detail = useStore(editing.detail);
  const selected = useStore(editing.selected);
  const [picking, setPicking] = useState<Picking | null>(null);
  const [panel, setPanel] = useState<'step' | 'try' | 'versions'>('step');
  const [path, setPath] = useState<readonly string[]>([]);
  const [viewing, setViewing] = useState<{ version: number; flow: Flow } | null>(null);
  const side = useRef<HTMLElement>(null);
  const rows = useMemo(() => outline(flow), [flow]);
  const row = rows.find((each) => each.key === selected) ?? rows[0];
  const wrong = useMemo(() => new Set(problems.map((each) => each.node)), [problems]);
  const walked = useMemo(() => new Set(panel === 'try' ? path : []), [panel, path]);
  const title = (id: string) => titleOf(flow, id, settings, parts);
  const apply = (operation: Operation) => editing.do(operation);
  const go = useCallback(
    (id: string) => {
      const found = rowOf(outline(editing.flow), id);
      if (found) editing.selected.set(found.key);
      setPanel((now) => (now === 'versions' ? 'step' : now));
    },
    [editing],
  );
  const toStep = () => {
    setPanel('step');
    requestAnimationFrame(() =>
      (
        side.current?.querySelector<HTMLElement>('textarea') ??
        side.current?.querySelector<HTMLElement>('.inspector input')
      )?.focus(),
    );
  };
  const toOutline = () => document.querySelector<HTMLElement>('.outline-row[tabindex="0"]')?.focus();
  const options: Option[] =
    picking?.kind === 'add'
      ? [
          ...KIND_ORDER.map((kind) => ({
            id: `new:${kind}`,
            group: t`Nový krok`,
            name: i18n._(KINDS[kind].name),
            what: i18n._(KINDS[kind].what),
            icon: KINDS[kind].icon,
            family: KINDS[kind].family,
          })),
          ...rows
            .filter((each) => each.id && !each.reference)
            .map((each) => existing(each, t`Pokračovat krokem, který už tu je`)),
        ]
      : rows.filter((each) => each.id && !each.reference).map((each) => existing(each, t`Kroky`));
  function existing(each: Row, group: string): Option {
    const node = flow.nodes[each.id];
    const kind = KINDS[node?.type ?? 'speak'];
    return {
      id: each.id,
      group,
      name: title(each.id),
      what: node ? textOf(node) : '',
      icon: kind.icon,
      family: kind.family,
    };
  }
  const pick = (id: string) => {
    const asked = picking;
    setPicking(null);
    if (asked?.kind === 'find' || !asked) {
      go(id);
      requestAnimationFrame(toOutline);
      return;
    }
    const { at } = asked;
    if (!id.startsWith('new:')) {
      apply({ type: 'connect', at, to: id });
      editing.selected.set(at === 'start' ? 'start' : `${at.from}/${at.exit}`);
      requestAnimationFrame(toOutline);
      return;
    }
    const first = {
      queue: settings.queues[0]?.id ?? 0,
      agent: settings.staff[0]?.id ?? 0,
      group: parts.groups[0]?.id ?? 0,
      notice: parts.notices[0]?.id ?? 0,
      flow: 0,
    };
    apply({ type: 'add', id: newId(), node: blank(id.slice(4) as Kind, first), at });
    editing.selected.set(at === 'start' ? 'start' : `${at.from}/${at.exit}`);
    setTimeout(toStep, 50);
  };
  const remove = (each: Row) => {
    if (each.id && !each.reference) apply({ type: 'remove', id: each.id });
    else if (each.id && each.at) apply({ type: 'connect', at: each.at, to: '' });
    else if (each.at && each.at !== 'start') {
      const key = keyOf(each.at.exit);
      if (key) apply({ type: 'removeKey', id: each.at.from, key });
    }
  };
  const paste = () => {
    const clip = clipboard.get();
    const at = row && following(flow, row);
    if (clip && at) {
      apply({ type: 'add', id: newId(), node: pasted(clip), title: clip.title, at });
      editing.selected.set(at === 'start' ? 'start' : `${at.from}/${at.exit}`);
    }
  };
  const keys = useRef<(event: KeyboardEvent) => void>(() => {});
  keys.current = (event) => {
    if (viewing) return;
    if (picking || !(event.ctrlKey || event.metaKey) || event.altKey) {
      if (event.key === 'Escape' && !picking && side.current?.contains(document.activeElement)) toOutline();
      return;
    }
    const typing = (event.target as HTMLElement).closest('input, textarea, select');
    const key = event.key.toLowerCase();
    const act: Record<string, (() => void) | undefined> = {
      z: () => editing.do({ type: event.shiftKey ? 'redo' : 'undo' }),
      y: () => editing.do({ type: 'redo' }),
      f: () => setPicking({ kind: 'find' }),
      c: typing ? undefined : () => row?.id && clipboard.set(clipOf(flow, row.id)),
      v: typing ? undefined : paste,
      d: typing
        ? undefined
        : () => {
            if (row?.id) {
              clipboard.set(clipOf(flow, row.id));
              paste();
            }
          },
    };
    const chosen = act[key];
    if (!chosen || (key === 'c' && getSelection()?.toString())) return;
    event.preventDefault();
    chosen();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => keys.current(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  if (viewing) {
    return (
      <OldVersion
        version={viewing.version}
        flow={viewing.flow}
        onClose={() => setViewing(null)}
        onTake={() => {
          editing.do({ type: 'replace', flow: viewing.flow });
          setViewing(null);
        }}
      />
    );
  }
  return (
    <div className="editor" data-testid="editor">
      <header className="editor-bar">
        <Link to="/menus" className="button plain">
          ← {t`Menu`}
        </Link>
        <h1 className="unseen">{flow.name}</h1>
        <input
          className="input editor-name"
          aria-label={t`Název menu`}
          value={flow.name}
          onChange={(event) => apply({ type: 'name', name: event.target.value })}
        />
        <Button
          icon="undo"
          iconOnly
          hint="Ctrl+Z"
          isDisabled={!past.length}
          onPress={() => editing.do({ type: 'undo' })}
          testId="undo"
        >{t`Zpět`}</Button>
        <Button
          icon="redo"
          iconOnly
          hint="Ctrl+Shift+Z"
          isDisabled={!future.length}
          onPress={() => editing.do({ type: 'redo' })}
          testId="redo"
        >{t`Znovu`}</Button>
        <Button
          icon="search"
          iconOnly
          hint="Ctrl+F"
          onPress={() => setPicking({ kind: 'find' })}
        >{t`Najít krok`}</Button>
        <SaveState editing={editing} />
        <span className="editor-tabs">
          <Button pressed={panel === 'step'} onPress={() => setPanel('step')}>{t`Krok`}</Button>
          <Button
            icon="play"
            pressed={panel === 'try'}
            onPress={() => setPanel('try')}
            testId="try"
          >{t`Vyzkoušet`}</Button>
          <Button
            icon="history"
            pressed={panel === 'versions'}
            onPress={() => setPanel('versions')}
            testId="versions"
          >{t`Verze a zveřejnění`}</Button>
        </span>
        <HistoryLink of={`flows:${detail.id}`} />
      </header>
      <Conflict editing={editing} />
      <div className="editor-left">
        <Outline
          flow={flow}
          rows={rows}
          selected={selected}
          wrong={wrong}
          walked={walked}
          settings={settings}
          parts={parts}
          readOnly={false}
          onSelect={(key) => {
            editing.selected.set(key);
            setPanel((now) => (now === 'versions' ? 'step' : now));
          }}
          onAdd={(at) => setPicking({ kind: 'add', at })}
          onRemove={remove}
          onOpen={toStep}
        />
        <p className="small quiet outline-help">{t`Enter přidá krok, mezerník ho otevře, Delete smaže, Esc vrátí sem.`}</p>
        {problems.length > 0 && (
          <section className="problems" aria-label={t`Co brání zveřejnění`} data-testid="problems">
            <h2>
              {t`Co brání zveřejnění`} ({problems.length})
            </h2>
            <ul>
              {problems.map((each, n) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: one step may have several alike
                <li key={n}>
                  <button type="button" className="problem" onClick={() => go(each.node)} data-testid="problem">
                    <Icon name="warn" />
                    <span>
                      <strong>{title(each.node)}</strong> {i18n._(PROBLEMS[each.kind])}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      <Canvas
        flow={flow}
        selected={row?.id ?? ''}
        wrong={wrong}
        walked={walked}
        at={panel === 'try' ? (path.at(-1) ?? null) : null}
        settings={settings}
        parts={parts}
        readOnly={false}
        onSelect={go}
        onMove={(places) => apply({ type: 'place', places })}
        onConnect={(at, to) => apply({ type: 'connect', at, to })}
        onArrange={() => apply({ type: 'place', places: arranged(flow) })}
      />
      <aside className="editor-side" ref={side} aria-label={t`Podrobnosti`}>
        {panel === 'try' && <Simulation id={detail.id} flow={flow} onWalk={setPath} />}
        {panel === 'versions' && (
          <Versions editing={editing} title={title} onView={(version, old) => setViewing({ version, flow: old })} />
        )}
        {panel === 'step' && row && (
          <>
            <div className="form-row side-actions">
              {following(flow, row) && (
                <Button
                  icon="plus"
                  tone="primary"
                  onPress={() => {
                    const at = following(flow, row);
                    if (at) setPicking({ kind: 'add', at });
                  }}
                  testId="add-step"
                >{t`Přidat krok`}</Button>
              )}
              {row.id && (
                <Button
                  icon="copy"
                  iconOnly
                  hint="Ctrl+C"
                  onPress={() => clipboard.set(clipOf(flow, row.id))}
                >{t`Kopírovat`}</Button>
              )}
              <Button icon="trash" iconOnly hint="Delete" onPress={() => remove(row)}>{t`Smazat`}</Button>
            </div>
            {wrong.has(row.id) &&
              problems
                .filter((each) => each.node === row.id)
                .map((each) => (
                  <p key={each.kind + each.detail} className="error small">
                    {i18n._(PROBLEMS[each.kind])}
                  </p>
                ))}
            {row.id && (
              <Inspector
                key={row.id}
                flow={flow}
                id={row.id}
                onDo={apply}
                onPick={(at) => setPicking({ kind: 'add', at })}
                onGo={go}
              />
            )}
          </>
        )}
      </aside>
      {picking && (
        <Picker
          title={picking.kind === 'add' ? t`Co má následovat?` : t`Najít krok`}
          options={options}
          onPick={pick}
          onClose={() => setPicking(null)}
        />
      )}
    </div>
  );
}

function SaveState({ editing }: { editing: Editing }) {
  const { t } = useLingui();
  const saving = useStore(editing.saving);
  const at = saving.kind === 'saved' ? time(saving.at) : '';
  const words = {
    same: '',
    saved: t`Uloženo v ${at}`,
    saving: t`Ukládá se…`,
    waiting: t`Bez spojení: změny zůstávají v tomto prohlížeči`,
    refused: t`Uložit nejde`,
    conflict: t`Neuloženo`,
  };
  return (
    <span
      className={
        saving.kind === 'waiting' || saving.kind === 'refused' || saving.kind === 'conflict'
          ? 'small error'
          : 'small quiet'
      }
      role="status"
      data-testid="saving"
      data-state={saving.kind}
    >
      {words[saving.kind]}
    </span>
  );
}

/** Versions of the settings: who changed what when, what it was before, and the way back. */
import './changes.css';
import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { execute } from '../../api/client';
import { nameIn, useSettings } from '../../app/settings';
import { SettingsHistoryDocument, type SettingsHistoryQuery } from '../../gql/graphql';
import { serverClock } from '../../live/clock';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { Select } from '../../ui/Select';
import { dayAndTime } from '../audit/write';
import { Changes } from './Changes';
import { FORMS, KINDS } from './places';
import { Undo } from './Undo';

export type Version = SettingsHistoryQuery['settingsHistory'][number];
const PAGE = 30;
const ALL = 'all';

export function HistorySection({ item, onUndone }: { item: string | undefined; onUndone: () => Promise<unknown> }) {
  const { i18n, t } = useLingui();
  const navigate = useNavigate();
  const [kind, id] = item ? split(item) : [null, null];
  const { versions, state, more, load, reload } = useVersions(kind, id);
  const [undoing, setUndoing] = useState<Version | null>(null);
  const [said, setSaid] = useState('');
  const one = id !== null && kind !== 'settings';
  const known = versions.flatMap((each) => each.objects).find((each) => each.kind === kind && each.id === id);
  const { settings: _, ...kinds } = KINDS;
  const choices = [
    { id: ALL, name: t`celé nastavení` },
    ...Object.entries(kinds).map(([key, words]) => ({ id: key, name: i18n._(words) })),
    ...Object.entries(FORMS).map(([key, words]) => ({ id: `settings:${key}`, name: i18n._(words) })),
  ];
  const show = (wanted: string) =>
    void navigate(
      wanted === ALL
        ? { to: '/settings/$section', params: { section: 'history' } }
        : { to: '/settings/$section/$item', params: { section: 'history', item: wanted } },
    );
  const chosen = !kind ? ALL : kind === 'settings' && id ? `settings:${id}` : kind;
  return (
    <div className="panes-single changes">
      <section className="panel" aria-labelledby="changes-title">
        <header>
          <h2 id="changes-title">{t`Historie změn`}</h2>
          <Button tone="plain" icon="reload" iconOnly onPress={reload}>
            {t`Načíst znovu`}
          </Button>
        </header>
        <div className="changes-top">
          <Select label={t`Co`} choices={choices} value={chosen} onChange={show} testId="changes-kind" />
          {one && (
            <p>
              {t`Jen ${known?.name ?? id}.`}{' '}
              <Button tone="plain" onPress={() => show(kind ?? ALL)}>{t`Ukázat všechno odtud`}</Button>
            </p>
          )}
          <p role="status" data-testid="changes-status">
            {said}
          </p>
        </div>
        <ol className="changes-list" data-testid="changes" data-state={state}>
          {versions.map((version) => (
            <Row key={version.version} version={version} onUndo={() => setUndoing(version)} />
          ))}
        </ol>
        {state === 'failed' && (
          <p className="error list-foot" role="alert">
            {t`Historii se nepodařilo načíst.`}
          </p>
        )}
        {state === 'idle' && !versions.length && (
          <Empty icon="history">{t`Zatím tu nikdo nic nezměnil. Každé uložení tu bude i s cestou zpátky.`}</Empty>
        )}
        {(more || state !== 'idle') && (
          <div className="list-foot">
            <Button pending={state === 'loading'} onPress={state === 'failed' ? reload : load} testId="changes-more">
              {state === 'loading' ? t`Načítá se…` : state === 'failed' ? t`Zkusit znovu` : t`Starší změny`}
            </Button>
          </div>
        )}
      </section>
      {undoing && (
        <Undo
          version={undoing}
          onClose={() => setUndoing(null)}
          onDone={() => {
            setUndoing(null);
            const number = undoing.version;
            reload();
            // forms that are opened from here begin with what is in force again
            void onUndone().then(() => setSaid(t`Změna č. ${number} je vrácená, platí hned.`));
          }}
        />
      )}
    </div>
  );
}

const split = (item: string): [string, string | null] => {
  const at = item.indexOf(':');
  return at < 0 ? [item, null] : [item.slice(0, at), item.slice(at + 1)];
};

function Row({ version, onUndo }: { version: Version; onUndo: () => void }) {
  const { t } = useLingui();
  const { staff } = useSettings();
  const { authorId, undoOf } = version;
  const author = authorId === null ? t`příkazem na serveru` : (nameIn(staff, authorId) ?? t`účet č. ${authorId}`);
  const number = version.version;
  return (
    <li className="change" data-testid="change" data-version={number}>
      <header>
        <p className="change-who">
          <strong className="figures">{dayAndTime(version.at, serverClock.now())}</strong>
          <span>{author}</span>
          <span className="small quiet figures">
            {undoOf === null ? t`č. ${number}` : t`č. ${number}, vrátila č. ${undoOf}`}
          </span>
        </p>
        <Button icon="undo" onPress={onUndo} testId="change-undo" aria-label={t`Vrátit změnu č. ${number}`}>
          {t`Vrátit`}
        </Button>
      </header>
      <Changes objects={version.objects} />
    </li>
  );
}

function useVersions(kind: string | null, id: string | null) {
  const [versions, setVersions] = useState<readonly Version[]>([]);
  const [more, setMore] = useState(false);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('loading');
  const turn = useRef(0);
  const ask = useCallback(
    async (known: readonly Version[]) => {
      const mine = ++turn.current;
      setState('loading');
      try {
        const before = known.at(-1)?.version ?? null;
        const { settingsHistory } = await execute(SettingsHistoryDocument, { kind, id, before });
        if (mine !== turn.current) return;
        setVersions([...known, ...settingsHistory]);
        setMore(settingsHistory.length === PAGE);
        setState('idle');
      } catch {
        if (mine === turn.current) setState('failed');
      }
    },
    [kind, id],
  );
  useEffect(() => {
    setVersions([]);
    void ask([]);
  }, [ask]);
  return { versions, state, more, load: () => void ask(versions), reload: () => void ask([]) };
}

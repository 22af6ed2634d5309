import './notices.css';
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import {
  type NoticeFieldsFragment,
  NoticesNowDocument,
  SaveNoticeDocument,
  SwitchNoticeDocument,
} from '../gql/graphql';
import { serverClock } from '../live/clock';
import { HistoryLink } from '../settings/changes/HistoryLink';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Select } from '../ui/Select';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { Dictate } from './Dictate';
import { Play, Recorder } from './Prompts';

type Line = NoticeFieldsFragment;
type Until = 'open' | '1' | '4' | 'day' | 'chosen';
const AGAIN_MS = 20_000;

function untilOf(choice: Until, chosen: string): string | null {
  const now = new Date(serverClock.now());
  if (choice === 'open') return null;
  if (choice === 'chosen') return chosen ? new Date(chosen).toISOString() : null;
  if (choice === 'day') return new Date(now.getFullYear(), now.getMonth(), now.getDate(), 23, 59, 59).toISOString();
  return new Date(now.getTime() + Number(choice) * 3_600_000).toISOString();
}

/** Announcements of general problems: on and off by one press, heard by the next caller. */
export function ProblemNotices() {
  const { t } = useLingui();
  const [lines, setLines] = useState<readonly Line[] | null>(null);
  const [editing, setEditing] = useState<Line | 'new' | null>(null);
  const load = useCallback(async () => {
    try {
      setLines((await execute(NoticesNowDocument, {})).notices);
    } catch {
      // The next look comes soon, and the connection has a banner of its own.
    }
  }, []);
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [load]);
  const on = lines?.filter((line) => line.on) ?? [];
  return (
    <section className="panel" data-testid="notices-panel">
      <header>
        <h2>{t`Hlášení o problémech`}</h2>
        <HistoryLink of="notices" />
        <Button icon="plus" onPress={() => setEditing('new')} testId="notice-new">{t`Nové hlášení`}</Button>
      </header>
      <div role="status">
        {on.length > 0 && (
          <p className="banner" data-testid="notice-banner">
            <Icon name="megaphone" />
            {t`Volající teď slyší hlášení:`} {on.map((line) => line.name).join(', ')}
          </p>
        )}
      </div>
      {editing && (
        <NoticeForm
          key={editing === 'new' ? 0 : editing.id}
          line={editing === 'new' ? null : (lines?.find((line) => line.id === editing.id) ?? editing)}
          onLook={load}
          onDone={() => {
            setEditing(null);
            void load();
          }}
        />
      )}
      <ul className="menus-list">
        {lines?.map((line) => (
          <NoticeRow key={line.id} line={line} onEdit={() => setEditing(line)} onDone={() => void load()} />
        ))}
      </ul>
      {lines?.length === 0 && !editing && (
        <p className="quiet menus-form">{t`Připravte si hlášení o výpadku dřív, než přijde.`}</p>
      )}
    </section>
  );
}

function NoticeRow({ line, onEdit, onDone }: { line: Line; onEdit: () => void; onDone: () => void }) {
  const { t } = useLingui();
  const { staff } = useSettings();
  const [choice, setChoice] = useState<Until>('open');
  const [chosen, setChosen] = useState('');
  const [pending, setPending] = useState(false);
  const turn = async () => {
    setPending(true);
    try {
      const { switchNotice } = await execute(SwitchNoticeDocument, {
        id: line.id,
        on: !line.on,
        until: line.on ? null : untilOf(choice, chosen),
      });
      if (switchNotice.__typename === 'Refused') tell(refusalText(switchNotice.code));
    } catch {
      tell(NO_ANSWER);
    }
    setPending(false);
    onDone();
  };
  const who = nameIn(staff, line.switchedById);
  const since = line.onSince ? moment(line.onSince, serverClock.now()) : null;
  const until = line.onUntil ? moment(line.onUntil, serverClock.now()) : null;
  return (
    <li data-testid="notice-row" data-on={line.on}>
      <Button
        icon={line.on ? 'off' : 'megaphone'}
        tone={line.on ? 'bad' : 'primary'}
        pending={pending}
        isDisabled={choice === 'chosen' && !chosen && !line.on}
        onPress={() => void turn()}
        testId="notice-switch"
      >
        {line.on ? t`Vypnout` : t`Zapnout`}
      </Button>
      <span className="notice-words">
        <strong>{line.name}</strong>
        <span className="small quiet">{line.text}</span>
        {line.on && (
          <span className="small">
            {until ? t`Zapnul(a) ${who} v ${since}, do ${until}` : t`Zapnul(a) ${who} v ${since}, dokud se nevypne`}
          </span>
        )}
      </span>
      {line.prompt && <Play url={`/prompts/${line.prompt}/audio`} name={line.name} />}
      {!line.on && (
        <Select
          label={t`Jak dlouho`}
          choices={[
            { id: 'open', name: t`dokud nevypnu` },
            { id: '1', name: t`1 hodinu` },
            { id: '4', name: t`4 hodiny` },
            { id: 'day', name: t`do konce dne` },
            { id: 'chosen', name: t`do určeného času` },
          ]}
          value={choice}
          onChange={setChoice}
        />
      )}
      {!line.on && choice === 'chosen' && (
        <Field label={t`Do kdy`} type="datetime-local" value={chosen} onChange={setChosen} />
      )}
      <Button tone="plain" icon="pen" iconOnly onPress={onEdit}>{t`Upravit ${line.name}`}</Button>
    </li>
  );
}

function NoticeForm({ line, onLook, onDone }: { line: Line | null; onLook: () => void; onDone: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(line?.name ?? '');
  const [text, setText] = useState(line?.text ?? '');
  const [prompt, setPrompt] = useState<string | null>(line?.prompt ?? null);
  // One that was spoken by telephone meanwhile.
  useEffect(() => setPrompt(line?.prompt ?? null), [line?.prompt]);
  const save = async () => {
    try {
      const { saveNotice } = await execute(SaveNoticeDocument, { id: line?.id ?? null, name, text, prompt });
      if (saveNotice.__typename === 'Refused') return tell(refusalText(saveNotice.code));
      if (saveNotice.__typename === 'FlowRefused') return tell(msg`Hlášení potřebuje název a text nebo nahrávku.`);
      onDone();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <form
      className="menus-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label={t`Název hlášení`} value={name} onChange={setName} maxLength={100} data-testid="notice-name" />
      <label className="field">
        <span className="label">{t`Co volající uslyší`}</span>
        <textarea
          className="input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          data-testid="notice-text"
        />
      </label>
      <div className="form-row">
        <Recorder name={name} onDone={setPrompt} />
        {prompt && <Play url={`/prompts/${prompt}/audio`} name={name} />}
        {prompt && <Button tone="plain" onPress={() => setPrompt(null)}>{t`Bez nahrávky`}</Button>}
      </div>
      {line && <Dictate id={line.id} prompt={line.prompt} onLook={onLook} />}
      <div className="form-row">
        <Button type="submit" tone="primary" testId="notice-save">{t`Uložit`}</Button>
        <Button onPress={onDone}>{t`Zpět`}</Button>
      </div>
    </form>
  );
}

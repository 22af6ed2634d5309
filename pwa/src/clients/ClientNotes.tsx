import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useId, useState } from 'react';
import { execute, Unauthenticated } from '../api/client';
import { tell } from '../app/notice';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import { WriteClientNoteDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { Kept } from '../live/kept';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Card, noteSave } from './data';

type Note = Card['notes'][number];
interface Draft {
  text: string;
  /** The version it was written over. */
  version: number;
  key: string;
}

const noteDrafts = new Kept<Draft>('kc.client-note.');

/** Notes on the client, apart from those of contacts; every wording is kept. */
export function ClientNotes({ card }: { card: Card }) {
  const { t } = useLingui();
  const shown = card.notes.filter((note) => note.versions.at(-1)?.text);
  const begun = useStore(noteDrafts, (all) => all.has(`${card.client.id}:new`));
  const [adding, setAdding] = useState(begun);
  if (card.client.erased) return null;
  return (
    <section className="card-section client-notes" data-testid="client-notes">
      <h4>
        <Trans>Poznámky ke klientovi</Trans>
      </h4>
      {shown.map((note) => (
        <One key={note.note} client={card.client.id} note={note} />
      ))}
      {adding ? (
        <Editor client={card.client.id} note={null} onDone={() => setAdding(false)} />
      ) : (
        <Button icon="plus" tone="plain" onPress={() => setAdding(true)} testId="client-note-new">
          {t`Přidat poznámku`}
        </Button>
      )}
    </section>
  );
}

function One({ client, note }: { client: number; note: Note }) {
  const { t } = useLingui();
  const settings = useSettings();
  const begun = useStore(noteDrafts, (all) => all.has(`${client}:${note.note}`));
  const [editing, setEditing] = useState(begun);
  const newest = note.versions.at(-1);
  const older = note.versions.slice(0, -1).reverse();
  if (!newest) return null;
  if (editing) return <Editor client={client} note={note} onDone={() => setEditing(false)} />;
  const by = (version: Note['versions'][number]) =>
    `${nameIn(settings.staff, version.authorId) ?? '?'} · ${moment(version.at, serverClock.now())}`;
  return (
    <figure className="note-text" data-testid="client-note">
      <blockquote>{newest.text}</blockquote>
      <figcaption className="small quiet">
        {by(newest)}
        <Button tone="plain" icon="pen" iconOnly onPress={() => setEditing(true)}>{t`Upravit poznámku`}</Button>
      </figcaption>
      {older.length > 0 && (
        <details>
          <summary className="small">
            <Plural
              value={older.length}
              one="# starší znění"
              few="# starší znění"
              many="# staršího znění"
              other="# starších znění"
            />
          </summary>
          {older.map((version) => (
            <blockquote key={version.version}>
              {version.text} <span className="small quiet">{by(version)}</span>
            </blockquote>
          ))}
        </details>
      )}
    </figure>
  );
}

function Editor({ client, note, onDone }: { client: number; note: Note | null; onDone: () => void }) {
  const { t } = useLingui();
  const id = useId();
  const name = `${client}:${note?.note ?? 'new'}`;
  const newest = note?.versions.at(-1);
  const draft = useStore(noteDrafts, (all) => all.get(name));
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const text = draft?.text ?? newest?.text ?? '';
  const write = (words: string) =>
    noteDrafts.put(name, { text: words, version: draft?.version ?? newest?.version ?? 0, key: crypto.randomUUID() });
  const close = () => {
    noteDrafts.put(name, null);
    onDone();
  };
  const save = async (over = false) => {
    if (busy || !draft) return;
    setBusy(true);
    const version = over ? (newest?.version ?? 0) : draft.version;
    try {
      const { text: words, key } = draft;
      const sent = { client, text: words, key, note: note?.note ?? null, version };
      const { writeClientNote: answer } = await execute(WriteClientNoteDocument, sent);
      if (answer.__typename === 'Done') {
        noteSave();
        return close();
      }
      if (answer.code === 'CHANGED_MEANWHILE') {
        setChanged(true);
        noteSave();
      } else tell(refusalText(answer.code));
    } catch (error) {
      if (!(error instanceof Unauthenticated)) tell(NO_ANSWER);
    } finally {
      setBusy(false);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    } else if (event.key === 'Escape' && !draft) {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div className="field client-note-editor">
      <label htmlFor={id}>{note ? t`Upravit poznámku` : t`Nová poznámka ke klientovi`}</label>
      {changed && (
        <p className="banner" role="alert" data-testid="client-note-changed">
          {t`Poznámku mezitím změnil někdo jiný: „${newest?.text ?? ''}“`}
          <Button onPress={() => void save(true)}>{t`Uložit moje znění`}</Button>
        </p>
      )}
      <textarea
        id={id}
        className="input"
        rows={3}
        maxLength={20_000}
        // biome-ignore lint/a11y/noAutofocus: opened to be written in
        autoFocus
        value={text}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKey}
        data-testid="client-note-text"
      />
      <div className="note-foot">
        <Button
          tone="primary"
          pending={busy}
          isDisabled={!draft}
          hint="Ctrl+Enter"
          onPress={() => void save()}
          testId="client-note-save"
        >
          {t`Uložit poznámku`}
        </Button>
        <Button onPress={close}>{t`Zrušit`}</Button>
        <span className="small quiet" role="status">
          {draft && !busy && t`Rozepsáno, zatím jen v tomto prohlížeči`}
        </span>
      </div>
    </div>
  );
}

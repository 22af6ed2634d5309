import { Trans, useLingui } from '@lingui/react/macro';
import type { KeyboardEvent } from 'react';
import { useEffect, useId } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { time } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import type { Detail } from './detail';
import { drafts, type Saving, save, saving, settle, write, written } from './drafts';

type NoteVersion = Detail['notes'][number];

/** The note as it is, to be written on: it saves itself at every pause, and each version stays. */
export function NoteEditor({ contact, notes }: { contact: string; notes: readonly NoteVersion[] | null }) {
  const { t } = useLingui();
  const id = useId();
  const draft = useStore(drafts, (all) => all.get(contact));
  const state = useStore(saving, (all) => all.get(contact) ?? 'idle');
  const mine = useStore(written, (all) => all.get(contact));
  const newest = notes?.reduce<NoteVersion | null>((a, b) => (a && a.version > b.version ? a : b), null) ?? null;
  const known = mine && mine.version >= (newest?.version ?? 0) ? mine : newest;
  useEffect(() => () => void save(contact), [contact]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save(contact);
    }
  };
  return (
    <div className="field note">
      <label htmlFor={id}>
        <Trans>Poznámka</Trans>
      </label>
      <textarea
        id={id}
        className="input"
        data-note
        data-testid="note"
        rows={4}
        maxLength={20_000}
        title={SHORTCUTS.note.keys}
        placeholder={t`O co šlo, na čem jste se domluvili…`}
        value={draft?.text ?? known?.text ?? ''}
        onChange={(event) => write(contact, event.target.value, known?.version ?? 0)}
        onKeyDown={onKeyDown}
        onBlur={() => void save(contact)}
      />
      {state === 'conflict' && newest ? (
        <Conflict contact={contact} theirs={newest} mine={draft?.text ?? ''} />
      ) : (
        <div className="note-foot">
          <span className="small quiet" role="status" data-testid="note-state" data-state={draft ? state : 'saved'}>
            <State
              state={state}
              draft={draft !== undefined}
              empty={draft?.text.trim() === ''}
              at={newest?.at ?? null}
            />
          </span>
          <Button
            isDisabled={!draft?.text.trim()}
            hint="Ctrl+Enter"
            onPress={() => void save(contact)}
            testId="note-save"
          >
            {t`Uložit hned`}
          </Button>
        </div>
      )}
    </div>
  );
}

function State({ state, draft, empty, at }: { state: Saving; draft: boolean; empty: boolean; at: string | null }) {
  const { t } = useLingui();
  if (state === 'saving') return t`Ukládá se…`;
  if (state === 'failed')
    return <span className="error">{t`Server neodpovídá. Text je uložen v tomto prohlížeči, zkoušíme dál.`}</span>;
  if (state === 'refused') return <span className="error">{t`Nepodařilo se uložit.`}</span>;
  if (draft && empty) return t`Prázdná poznámka se neukládá, zůstává předchozí znění.`;
  if (draft) return t`Uloží se, jakmile dopíšete.`;
  const when = at ? time(at) : '';
  return at ? t`Uloženo v ${when}` : '';
}

/** A colleague wrote meanwhile: both texts are here, and the person says what becomes of them. */
function Conflict({ contact, theirs, mine }: { contact: string; theirs: NoteVersion; mine: string }) {
  const { t } = useLingui();
  const settings = useSettings();
  const author = nameIn(settings.staff, theirs.authorId) ?? t`Kolega`;
  return (
    <div role="alert" className="note-conflict" data-testid="note-conflict">
      <p>
        <Icon name="warn" />{' '}
        <Trans>
          Mezitím poznámku přepsal(a) {author} v {time(theirs.at)}:
        </Trans>
      </p>
      <blockquote className="note-text">{theirs.text}</blockquote>
      <div className="note-foot">
        <Button
          tone="primary"
          onPress={() => void settle(contact, `${theirs.text}\n${mine}`, theirs.version)}
          testId="note-join"
        >
          {t`Spojit oba texty`}
        </Button>
        <Button onPress={() => void settle(contact, mine, theirs.version)} testId="note-mine">
          {t`Nechat jen můj`}
        </Button>
      </div>
    </div>
  );
}

import { Trans, useLingui } from '@lingui/react/macro';
import type { KeyboardEvent } from 'react';
import { useId } from 'react';
import { SHORTCUTS } from '../keyboard/shortcuts';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { drafts, save, saving, write } from './drafts';

export function NoteEditor({ contact }: { contact: string }) {
  const { t } = useLingui();
  const id = useId();
  const draft = useStore(drafts, (all) => all.get(contact));
  const state = useStore(saving, (all) => all.get(contact) ?? 'idle');
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
        value={draft?.text ?? ''}
        onChange={(event) => write(contact, event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="note-foot">
        <span className="small quiet" role="status" data-testid="note-state">
          {state === 'saving' && t`Ukládá se…`}
          {state === 'failed' && <span className="error">{t`Nepodařilo se uložit.`}</span>}
          {state === 'idle' && draft && t`Rozepsáno – uloženo zatím jen v tomto prohlížeči`}
        </span>
        <Button isDisabled={!draft} hint="Ctrl+Enter" onPress={() => void save(contact)} testId="note-save">
          {t`Uložit poznámku`}
        </Button>
      </div>
    </div>
  );
}

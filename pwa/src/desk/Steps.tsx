import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { moment, preciseTime } from '../format/format';
import { serverClock } from '../live/clock';
import { stepText } from '../words/steps';
import type { Detail } from './detail';

export function Steps({ steps }: { steps: Detail['steps'] }) {
  const { i18n } = useLingui();
  const settings = useSettings();
  return (
    <ol className="steps" data-testid="steps">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
        <li key={index}>
          <time dateTime={step.at} className="figures quiet">
            {preciseTime(step.at)}
          </time>
          <span>{stepText(step, settings, i18n)}</span>
        </li>
      ))}
    </ol>
  );
}

/** All versions of the note but the newest, behind a fold: who wrote what, and when. */
export function OlderNotes({ notes }: { notes: Detail['notes'] }) {
  const older = [...notes].sort((a, b) => b.version - a.version).slice(1);
  if (older.length === 0) return null;
  return (
    <details className="notes" data-testid="notes">
      <summary className="small">
        <Plural
          value={older.length}
          one="# starší znění"
          few="# starší znění"
          many="# staršího znění"
          other="# starších znění"
        />
      </summary>
      {older.map((note) => (
        <Note key={note.version} note={note} />
      ))}
    </details>
  );
}

function Note({ note }: { note: Detail['notes'][number] }) {
  const settings = useSettings();
  const author = nameIn(settings.staff, note.authorId);
  return (
    <figure className="note-text">
      <blockquote>{note.text}</blockquote>
      <figcaption className="small quiet">
        <Trans>znění {note.version}</Trans> · {author} · {moment(note.at, serverClock.now())}
      </figcaption>
    </figure>
  );
}

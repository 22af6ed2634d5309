import './clients.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import { serverClock } from '../live/clock';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { CardEditor } from './CardEditor';
import { StatusChip } from './ClientLine';
import { ClientNotes } from './ClientNotes';
import { Duplicates } from './Duplicates';
import { useFields, type Card as Whole } from './data';
import { FieldValue } from './FieldValue';
import { type Field, sectionsOf } from './model';
import { cardDrafts } from './saving';
import { useVerifying, Verified } from './Verified';
import { Versions } from './Versions';

const WARNING = 'warning';
/** Said in the heading already. */
const IN_HEAD = [WARNING, 'title_before', 'first_name', 'surname', 'title_after'];

/** Everything known of a client: read at a glance, edited in place. `contact`: who is on the line is being made sure. */
export function Card({ card, contact, more }: { card: Whole; contact?: Contact | null; more?: ReactNode }) {
  const { t } = useLingui();
  const { client } = card;
  const key = String(client.id);
  const begun = useStore(cardDrafts, (all) => all.has(key));
  const [editing, setEditing] = useState<string | null>(begun ? '' : null);
  const fields = useFields();
  const mayEdit = fields.some((field) => field.mayEdit) && !client.erased;
  const closed = useRef(false);
  const close = () => {
    closed.current = true;
    setEditing(null);
  };
  useEffect(() => {
    if (editing !== null || !closed.current) return;
    closed.current = false;
    document.querySelector<HTMLElement>('[data-edit-card]')?.focus();
  }, [editing]);
  return (
    <article className="card" data-testid="card" data-client={client.id} data-version={client.version}>
      <header className="card-head">
        <h3 className="card-name">{client.name || t`Klient č. ${client.id}`}</h3>
        <StatusChip client={client} />
        <span className="card-acts">
          {client.icisUrl && (
            <a className="button" href={client.icisUrl} target="_blank" rel="noreferrer" data-testid="icis">
              <Icon name="forward" /> ICIS
            </a>
          )}
          {mayEdit && editing === null && (
            <Button
              icon="pen"
              hint="Alt+U"
              onPress={() => setEditing('')}
              testId="card-edit"
              {...{ 'data-edit-card': '' }}
            >
              {t`Upravit`}
            </Button>
          )}
        </span>
      </header>
      {client.erased && <p className="banner calm">{t`Osobní údaje tohoto klienta byly vymazány.`}</p>}
      {typeof client.values[WARNING] === 'string' && editing === null && (
        <p className="banner card-warning" data-testid="card-warning">
          <Icon name="warn" /> {client.values[WARNING]}
        </p>
      )}
      {editing !== null ? (
        <CardEditor client={client} focus={editing} onDone={close} />
      ) : (
        <Values card={card} contact={contact ?? null} {...(mayEdit ? { onEdit: setEditing } : {})} />
      )}
      <Changed card={card} more={more} />
      <Duplicates card={card} />
      <ClientNotes card={card} />
    </article>
  );
}

function Values({ card, contact, onEdit }: { card: Whole; contact: Contact | null; onEdit?: (field: string) => void }) {
  const { t } = useLingui();
  const fields = useFields();
  const { client } = card;
  const verifying = useVerifying(contact);
  const filled = fields.filter((field) => field.key in client.values && !IN_HEAD.includes(field.key));
  const toVerify = filled.filter((field) => field.verify).map((field) => field.key);
  return (
    <>
      {contact && toVerify.length > 0 && <Verified contact={contact} fields={toVerify} />}
      {sectionsOf(filled).map((section) => (
        <section key={section.name} className="card-section" aria-label={section.name}>
          <h4>{section.name}</h4>
          <dl className="card-values">
            {section.fields.map((field) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the button does the same
              <div key={field.key} data-field={field.key} onDoubleClick={() => field.mayEdit && onEdit?.(field.key)}>
                <dt>{field.name}</dt>
                <dd>
                  <FieldValue field={field} value={client.values[field.key] ?? ''} />
                  {contact && field.verify && <Mark field={field} verifying={verifying} />}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {filled.length === 0 && <p className="quiet card-section">{t`Na kartě zatím nic není.`}</p>}
    </>
  );
}

function Mark({ field, verifying }: { field: Field; verifying: ReturnType<typeof useVerifying> }) {
  const { t } = useLingui();
  const verified = verifying.items.includes(field.key);
  return (
    <label className={verified ? 'verify done' : 'verify'}>
      <input
        type="checkbox"
        checked={verified}
        disabled={!verifying.may}
        aria-label={t`Ověřeno: ${field.name}`}
        onChange={() => verifying.toggle(field.key)}
        data-testid={`verify-${field.key}`}
      />
      <span className="small">{t`ověřeno`}</span>
    </label>
  );
}

/** Who changed it last, and everything before. */
function Changed({ card, more }: { card: Whole; more: ReactNode }) {
  const settings = useSettings();
  const [open, setOpen] = useState(false);
  const { client } = card;
  const who = nameIn(settings.staff, client.changedById);
  return (
    <div className="card-changed small quiet">
      <span>
        {who ? (
          <Trans>
            Změněno {moment(client.changedAt, serverClock.now())}, {who}
          </Trans>
        ) : (
          <Trans>Změněno {moment(client.changedAt, serverClock.now())}</Trans>
        )}
      </span>
      <Button tone="plain" icon="history" onPress={() => setOpen(!open)} pressed={open} testId="card-versions">
        <Trans>Historie změn</Trans>
      </Button>
      {more}
      {open && <Versions client={client.id} version={client.version} />}
    </div>
  );
}

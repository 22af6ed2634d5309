import '../history/history.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { duration, moment, phoneNumber } from '../format/format';
import { ContactsBehindDocument, type ContactsBehindQuery } from '../gql/graphql';
import { ContactRecord } from '../history/ContactRecord';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { FLOOR_NUMBERS } from '../words/floor';
import { PHASES } from '../words/states';
import { type Behind, behind } from './behind';

type Counted = ContactsBehindQuery['contactsBehind']['contacts'][number];

/** The contacts behind a number: as many as it says, each with its recording. */
export function BehindDialog() {
  const asked = useStore(behind);
  return (
    <ModalOverlay
      className="overlay"
      isOpen={asked !== null}
      onOpenChange={(open) => !open && behind.set(null)}
      isDismissable
    >
      <Modal className="behind-modal">
        <Dialog className="dialog behind" data-testid="behind">
          {asked && <Contents key={JSON.stringify(asked)} asked={asked} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Contents({ asked }: { asked: Behind }) {
  const { t, i18n } = useLingui();
  const [found, setFound] = useState<{ total: number; contacts: readonly Counted[] } | null>(null);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const load = useCallback(
    async (known: readonly Counted[]) => {
      setFailed(false);
      try {
        const { contactsBehind } = await execute(ContactsBehindDocument, {
          number: asked.number,
          queue: asked.queue ?? null,
          agent: asked.agent ?? null,
          offset: known.length,
        });
        setFound({ total: contactsBehind.total, contacts: [...known, ...contactsBehind.contacts] });
      } catch {
        setFailed(true);
      }
    },
    [asked],
  );
  useEffect(() => void load([]), [load]);
  const total = found?.total ?? 0;
  const count = plural(total, { one: '# kontakt', few: '# kontakty', other: '# kontaktů' });
  return (
    <>
      <header className="behind-head">
        <Heading slot="title" level={2}>
          {i18n._(FLOOR_NUMBERS[asked.number])}: {asked.of}
        </Heading>
        <span className="quiet figures" role="status" data-testid="behind-total" data-total={found?.total}>
          {found ? count : failed ? t`Nepodařilo se načíst.` : t`Načítá se…`}
        </span>
        <Button tone="plain" icon="close" iconOnly onPress={() => behind.set(null)}>{t`Zavřít`}</Button>
      </header>
      {found?.total === 0 && <Empty icon="list">{t`Mezitím tu už nic není.`}</Empty>}
      {failed && <Button onPress={() => void load(found?.contacts ?? [])}>{t`Zkusit znovu`}</Button>}
      <ol className="behind-list">
        {found?.contacts.map((each, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a contact that was counted twice stands here twice
          <Row key={`${each.contact.id} ${each.at} ${n}`} counted={each} open={open} onOpen={setOpen} />
        ))}
      </ol>
      {found && found.contacts.length < found.total && (
        <Button onPress={() => void load(found.contacts)} testId="behind-more">{t`Načíst další`}</Button>
      )}
    </>
  );
}

function Row({
  counted,
  open,
  onOpen,
}: {
  counted: Counted;
  open: string | null;
  onOpen: (id: string | null) => void;
}) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const { contact } = counted;
  const key = `${contact.id} ${counted.at}`;
  const what = [
    nameIn(settings.queues, counted.queueId ?? contact.queueId),
    nameIn(settings.staff, counted.agentId ?? contact.agentId),
  ].filter(Boolean);
  return (
    <li data-testid="behind-row" data-contact={contact.id}>
      <button
        type="button"
        className="behind-row"
        aria-expanded={open === key}
        onClick={() => onOpen(open === key ? null : key)}
      >
        <span className="figures quiet">{moment(counted.at, serverClock.now())}</span>
        <strong className="figures">{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="behind-what quiet">{what.join(' · ')}</span>
        {contact.outcome ? (
          <OutcomeBadge contact={contact} />
        ) : (
          <span className="state">{i18n._(PHASES[contact.phase])}</span>
        )}
        <span className="figures quiet">
          {contact.talkSeconds == null ? '' : duration(contact.talkSeconds)}
          {contact.recordingId && (
            <>
              <Icon name="record" />
              <span className="unseen">{t`nahrávka`}</span>
            </>
          )}
        </span>
      </button>
      {open === key && <ContactRecord id={contact.id} version={contact.version} />}
    </li>
  );
}

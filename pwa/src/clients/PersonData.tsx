import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { session } from '../app/session';
import { nameIn, useSettings } from '../app/settings';
import { useAnswer } from '../desk/detail';
import { moment } from '../format/format';
import { ErasePersonDocument, ErasureDocument, ExportPersonDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Client, noteSave } from './data';

const SHORTEST_REASON = 5;
const LOOK_AGAIN_MS = 2_000;

function keepFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** What the law gives the person: a copy of everything, and to be forgotten. For administrators. */
export function PersonData({ client }: { client: Client }) {
  const { t } = useLingui();
  const now = useStore(session);
  const [asked, setAsked] = useState<'export' | 'erase' | null>(null);
  if ((now.kind !== 'user' && now.kind !== 'expired') || now.user.role !== 'ADMIN') return null;
  if (client.erased) return <HowFar client={client.id} />;
  return (
    <section className="card-section person-data" data-testid="person-data">
      <h4>
        <Icon name="lock" /> <Trans>Práva osoby podle GDPR</Trans>
      </h4>
      <div className="person-acts">
        <Button icon="download" onPress={() => setAsked('export')} testId="person-export">
          {t`Vydat údaje`}
        </Button>
        <Button icon="trash" onPress={() => setAsked('erase')} testId="person-erase">
          {t`Vymazat osobu`}
        </Button>
      </div>
      {asked && <Ask what={asked} client={client} onClose={() => setAsked(null)} />}
    </section>
  );
}

function Ask({ what, client, onClose }: { what: 'export' | 'erase'; client: Client; onClose: () => void }) {
  const { t } = useLingui();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const erase = what === 'erase';
  const word = t`VYMAZAT`;
  const ready = reason.trim().length >= SHORTEST_REASON && (!erase || typed === word);
  const go = async () => {
    if (busy || !ready) return;
    setBusy(true);
    try {
      const refused = erase ? await eraseNow(client, reason) : await exportNow(client.id, reason);
      if (refused) tell(refusalText(refused));
      else onClose();
    } catch {
      tell(NO_ANSWER);
    } finally {
      setBusy(false);
    }
  };
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(open) => open || onClose()} isDismissable>
      <Modal>
        <Dialog className="dialog" role="alertdialog" data-testid="person-ask">
          <form
            className="person-form"
            onSubmit={(event) => {
              event.preventDefault();
              void go();
            }}
          >
            <Heading slot="title" level={2}>
              {erase ? t`Vymazat osobu: ${client.name}` : t`Vydat údaje: ${client.name}`}
            </Heading>
            <p>
              {erase
                ? t`Karta se vyprázdní hned, poznámky a nahrávky hovorů krátce poté. Zůstanou počty a časy hovorů pro statistiky a to, co je uchováno ze zákona. Vrátit to nejde.`
                : t`Uloží se dva soubory: jeden ke čtení a jeden pro počítače. Je v nich všechno, co o osobě víme; nahrávky jsou vypsány.`}
            </p>
            <Field
              label={t`Důvod (zapíše se)`}
              value={reason}
              onChange={setReason}
              maxLength={500}
              required
              autoFocus
              data-testid="person-reason"
            />
            {erase && (
              <Field
                label={t`Pro potvrzení napište ${word}`}
                value={typed}
                onChange={setTyped}
                data-testid="person-confirm"
              />
            )}
            <div className="person-acts">
              <Button
                type="submit"
                tone={erase ? 'bad' : 'primary'}
                pending={busy}
                isDisabled={!ready}
                testId="person-go"
              >
                {erase ? t`Vymazat nadobro` : t`Vydat údaje`}
              </Button>
              <Button onPress={onClose}>{t`Zrušit`}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

async function eraseNow(client: Client, reason: string): Promise<string | null> {
  const { erasePerson: answer } = await execute(ErasePersonDocument, {
    client: client.id,
    version: client.version,
    reason,
  });
  if (answer.__typename === 'Refused') return answer.code === 'WRONG_PHASE' ? 'PERSON_IN_USE' : answer.code;
  noteSave(null);
  return null;
}

async function exportNow(client: number, reason: string): Promise<string | null> {
  const { exportPerson: answer } = await execute(ExportPersonDocument, { client, reason });
  if (answer.__typename === 'Refused') return answer.code;
  keepFile(`${answer.name}.html`, 'text/html', answer.html);
  keepFile(`${answer.name}.json`, 'application/json', JSON.stringify(answer.json, null, 2));
  return null;
}

function HowFar({ client }: { client: number }) {
  const { t } = useLingui();
  const settings = useSettings();
  const [turn, setTurn] = useState(0);
  const { value } = useAnswer(`${client} ${turn}`, async (signal) => {
    return (await execute(ErasureDocument, { client }, signal)).erasure ?? null;
  });
  const going = value && !value.doneAt;
  useEffect(() => {
    if (!going) return;
    const timer = setTimeout(() => setTurn(turn + 1), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [going, turn]);
  if (!value) return null;
  const who = nameIn(settings.staff, value.byId) ?? '?';
  return (
    <section className="card-section small" data-testid="erasure" data-done={Boolean(value.doneAt)}>
      <p>{t`Vymazáno ${moment(value.askedAt, serverClock.now())}, ${who}. Důvod: ${value.why}`}</p>
      <p role="status">
        {value.doneAt
          ? t`Hotovo, kontaktů bez osobních údajů: ${value.contacts}.`
          : t`Probíhá, kontaktů bez osobních údajů: ${value.contacts}…`}{' '}
        {value.kept > 0 && t`Ze zákona je zatím uchováno kontaktů: ${value.kept}.`}
      </p>
    </section>
  );
}

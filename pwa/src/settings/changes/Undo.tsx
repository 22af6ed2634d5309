/** Putting back what was before a change: first it is tried and shown, then somebody says yes. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { execute } from '../../api/client';
import { type ChangeFragment, UndoSettingsDocument, type UndoSettingsMutation } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { refusalText } from '../../words/refusals';
import { type Place, placeText } from '../sections/CutOff';
import { Changes } from './Changes';
import type { Version } from './HistorySection';
import { named, objectOf, whyNot } from './write';

type Problem = Extract<UndoSettingsMutation['undoSettings'], { __typename: 'UndoRefused' }>['problems'][number];

/** What whoever undoes is told before. `over`: later changes are taken back, too; `cutOff`: from there nobody is called any more. */
interface Known {
  over: boolean;
  cutOff: readonly Place[];
}

type Found =
  | { kind: 'asking' }
  | { kind: 'failed' }
  | { kind: 'would'; objects: readonly ChangeFragment[]; known: Known }
  | { kind: 'cannot'; problems: readonly Problem[] }
  | { kind: 'refused'; why: ReturnType<typeof refusalText> };

const NOTHING: Known = { over: false, cutOff: [] };

/** `Known`: there is more to be told first. */
async function ask(version: number, known: Known, dryRun: boolean): Promise<Found | Known> {
  const told = { force: known.over, cuttingOff: known.cutOff.length > 0 };
  try {
    const { undoSettings: answer } = await execute(UndoSettingsDocument, { version, ...told, dryRun });
    if (answer.__typename === 'SettingsUndone') return { kind: 'would', objects: answer.objects, known };
    if (answer.__typename === 'UndoRefused') return { kind: 'cannot', problems: answer.problems };
    if (answer.__typename === 'CutOffRefused') return { ...known, cutOff: answer.places };
    if (answer.code === 'CHANGED_MEANWHILE' && !known.over) return { ...known, over: true };
    return { kind: 'refused', why: refusalText(answer.code) };
  } catch {
    return { kind: 'failed' };
  }
}

export function Undo({ version, onClose, onDone }: { version: Version; onClose: () => void; onDone: () => void }) {
  const { i18n, t } = useLingui();
  const [found, setFound] = useState<Found>({ kind: 'asking' });
  const [saving, setSaving] = useState(false);
  const number = version.version;
  useEffect(() => {
    void tried(number).then(setFound);
  }, [number]);
  const carry = async () => {
    if (found.kind !== 'would' || saving) return;
    setSaving(true);
    const done = await ask(number, found.known, false);
    setSaving(false);
    if (!('kind' in done)) setFound(await tried(number));
    else if (done.kind === 'would') onDone();
    else setFound(done);
  };
  const { over, cutOff } = found.kind === 'would' ? found.known : NOTHING;
  const grave = over || cutOff.length > 0;
  const nothing = found.kind === 'would' && found.objects.length === 0;
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="wide-modal">
        <Dialog className="dialog stack" role="alertdialog" data-testid="undo-dialog" data-state={found.kind}>
          <Heading slot="title" level={2}>{t`Vrátit změnu č. ${number}?`}</Heading>
          {found.kind === 'asking' && <p className="quiet">{t`Zkouší se, co by se stalo…`}</p>}
          {found.kind === 'failed' && (
            <p className="error" role="alert">{t`Server neodpověděl. Zkuste to prosím znovu.`}</p>
          )}
          {found.kind === 'refused' && (
            <p className="error" role="alert">
              {i18n._(found.why)}
            </p>
          )}
          {found.kind === 'cannot' && (
            <div role="alert" data-testid="undo-problems">
              <p className="error">{t`Vrátit to nejde, nezměnilo se nic:`}</p>
              <ul className="named-places">
                {found.problems.map((each) => (
                  <li key={`${each.object} ${each.field}`}>
                    {[
                      objectName(each.object),
                      each.field && named(each.object.split('/')[0] ?? '', '', each.field).label,
                    ]
                      .filter(Boolean)
                      .join(', ')}
                    {': '}
                    {whyNot(each)}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {over && (
            <p className="undo-over" role="alert" data-testid="undo-over">
              {t`Od té doby se to měnilo znovu. Vrácením přijdete i o pozdější změny téhož.`}
            </p>
          )}
          {cutOff.length > 0 && (
            <div role="alert" data-testid="undo-cut-off">
              <p className="undo-over">
                {t`Vrácením přestanou jít hovory ven odtud. Volající půjdou náhradní cestou, nebo uslyší, že to teď nejde; operátorům se hovor odmítne.`}
              </p>
              <ul className="named-places">
                {cutOff.map((place) => (
                  <li key={JSON.stringify(place)}>{placeText(place)}</li>
                ))}
              </ul>
            </div>
          )}
          {nothing && <Empty icon="check">{t`Vracet není co, takhle už to teď je.`}</Empty>}
          {found.kind === 'would' && !nothing && (
            <>
              <p>{t`Tohle se změní, hned po potvrzení a všude:`}</p>
              <Changes objects={found.objects} />
            </>
          )}
          <div className="form-row">
            {found.kind === 'would' && !nothing && (
              <Button
                tone={grave ? 'bad' : 'primary'}
                icon="undo"
                pending={saving}
                autoFocus={!grave}
                onPress={() => void carry()}
                testId="undo-sure"
              >
                {grave ? t`Přesto vrátit` : t`Vrátit`}
              </Button>
            )}
            <Button onPress={onClose} testId="undo-close">
              {found.kind === 'would' && !nothing ? t`Nechat, jak to je` : t`Zavřít`}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** `queues/Platby` → Fronty „Platby“ */
function objectName(object: string): string {
  const { kind, name } = objectOf(object);
  return [kind, name && `„${name}“`].filter(Boolean).join(' ');
}

/** What it would do, with all that is to be told before. */
async function tried(version: number, known: Known = NOTHING): Promise<Found> {
  const answer = await ask(version, known, true);
  return 'kind' in answer ? answer : tried(version, answer);
}

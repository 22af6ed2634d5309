/** Putting back what was before a change: first it is tried and shown, then somebody says yes. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { execute } from '../../api/client';
import { type ChangeFragment, UndoSettingsDocument, type UndoSettingsMutation } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { refusalText } from '../../words/refusals';
import { Changes } from './Changes';
import type { Version } from './HistorySection';
import { named, objectOf, whyNot } from './write';

type Problem = Extract<UndoSettingsMutation['undoSettings'], { __typename: 'UndoRefused' }>['problems'][number];

type Found =
  | { kind: 'asking' }
  | { kind: 'failed' }
  /** `over`: it would also take back what was changed since. */
  | { kind: 'would'; objects: readonly ChangeFragment[]; over: boolean }
  | { kind: 'cannot'; problems: readonly Problem[] }
  | { kind: 'refused'; why: ReturnType<typeof refusalText> };

async function ask(version: number, force: boolean, dryRun: boolean): Promise<Found | 'changed'> {
  try {
    const { undoSettings: answer } = await execute(UndoSettingsDocument, { version, force, dryRun });
    if (answer.__typename === 'SettingsUndone') return { kind: 'would', objects: answer.objects, over: force };
    if (answer.__typename === 'UndoRefused') return { kind: 'cannot', problems: answer.problems };
    if (answer.code === 'CHANGED_MEANWHILE' && !force) return 'changed';
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
    const done = await ask(number, found.over, false);
    setSaving(false);
    if (done === 'changed') setFound(await tried(number));
    else if (done.kind === 'would') onDone();
    else setFound(done);
  };
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
          {found.kind === 'would' && found.over && (
            <p className="undo-over" role="alert" data-testid="undo-over">
              {t`Od té doby se to měnilo znovu. Vrácením přijdete i o pozdější změny téhož.`}
            </p>
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
                tone={found.over ? 'bad' : 'primary'}
                icon="undo"
                pending={saving}
                autoFocus={!found.over}
                onPress={() => void carry()}
                testId="undo-sure"
              >
                {found.over ? t`Přesto vrátit` : t`Vrátit`}
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

/** What it would do; over later changes where there are some. */
async function tried(version: number): Promise<Found> {
  const plain = await ask(version, false, true);
  if (plain !== 'changed') return plain;
  const forced = await ask(version, true, true);
  return forced === 'changed' ? { kind: 'failed' } : forced;
}

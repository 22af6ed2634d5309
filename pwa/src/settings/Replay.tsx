/** The calls of a day by the rules on the screen: who would have gone elsewhere. */
import { Plural, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { execute } from '../api/client';
import { useSettings } from '../app/settings';
import { destinationWords } from '../destinations/words';
import { phoneNumber, time } from '../format/format';
import type { Problem } from '../forms/problems';
import { ReplayEntryRulesDocument, type ReplayEntryRulesQuery } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useParts } from '../menus/parts';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER } from '../words/refusals';
import type { EntryRulesBody } from './data';
import type { Destination } from './model/shapes';
import { yesterday } from './model/times';

type Found = Extract<ReplayEntryRulesQuery['replayEntryRules'], { __typename: 'EntryReplay' }>;
const MOST_SHOWN = 200;

export function Replay({
  rules,
  onPublish,
  onClose,
  onWrong,
}: {
  rules: EntryRulesBody;
  /** Null: only to look. */
  onPublish: (() => Promise<void>) | null;
  onClose: () => void;
  onWrong: (problems: readonly Problem[]) => void;
}) {
  const { i18n, t } = useLingui();
  const [day, setDay] = useState(() => yesterday(serverClock.now()));
  const [found, setFound] = useState<Found | 'failed' | null>(null);
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew for another day only
  useEffect(() => {
    const gone = new AbortController();
    setFound(null);
    if (!day) return;
    execute(ReplayEntryRulesDocument, { draft: rules, day }, gone.signal).then(
      ({ replayEntryRules: answer }) => {
        if (answer.__typename === 'EntryReplay') return setFound(answer);
        onWrong(answer.problems);
        onClose();
      },
      () => !gone.signal.aborted && setFound('failed'),
    );
    return () => gone.abort();
  }, [day]);
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className="wide-modal">
        <Dialog className="dialog stack" data-testid="replay">
          <Heading slot="title" level={2}>
            {onPublish ? t`Zveřejnit pravidla` : t`Přehrát hovory`}
          </Heading>
          <Field label={t`Hovory ze dne`} type="date" value={day} onChange={setDay} />
          <div role="status" className="replay-found">
            {found === null && <p className="quiet">{t`Počítá se…`}</p>}
            {found === 'failed' && <p className="error">{i18n._(NO_ANSWER)}</p>}
            {found && found !== 'failed' && <Outcome found={found} />}
          </div>
          <div className="form-row">
            {onPublish && (
              <Button
                tone="primary"
                icon="check"
                pending={busy}
                autoFocus
                onPress={() => {
                  setBusy(true);
                  void onPublish().finally(() => setBusy(false));
                }}
                testId="publish-now"
              >{t`Zveřejnit, ať platí hned`}</Button>
            )}
            <Button onPress={onClose}>{onPublish ? t`Zatím ne` : t`Zavřít`}</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Outcome({ found }: { found: Found }) {
  const { t } = useLingui();
  const settings = useSettings();
  const parts = useParts();
  const { changed, uncertain } = found;
  const total = found.calls.length;
  const shown = found.calls.filter((call) => call.changed).slice(0, MOST_SHOWN);
  if (!total) return <p data-testid="replay-none">{t`Ten den na toto číslo nikdo nevolal, není co porovnat.`}</p>;
  return (
    <>
      <p data-testid="replay-total">
        <Plural value={total} one="# hovor" few="# hovory" other="# hovorů" />,{' '}
        {changed ? (
          <strong>
            <Plural value={changed} one="# by šel jinam" few="# by šly jinam" other="# by šlo jinam" />
          </strong>
        ) : (
          t`všechny by šly stejně`
        )}
        .{' '}
        {uncertain > 0 && (
          <Plural
            value={uncertain}
            one="U # to nevíme jistě: pravidlo se ptalo na stav fronty."
            few="U # to nevíme jistě: pravidlo se ptalo na stav fronty."
            other="U # to nevíme jistě: pravidlo se ptalo na stav fronty."
          />
        )}
      </p>
      {shown.length > 0 && (
        <div className="replay-list">
          <table className="table">
            <thead>
              <tr>
                <th>{t`Čas`}</th>
                <th>{t`Volající`}</th>
                <th>{t`Šel`}</th>
                <th>{t`Šel by`}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((call) => (
                <tr key={call.contact}>
                  <th scope="row">{time(call.at)}</th>
                  <td data-label={t`Volající`}>{phoneNumber(call.caller) ?? t`skryté číslo`}</td>
                  <td data-label={t`Šel`} className="wide">
                    {destinationWords(call.oldTo as Destination | null, settings, parts)}
                  </td>
                  <td data-label={t`Šel by`} className="wide">
                    {destinationWords(call.new.to as Destination, settings, parts)}
                    {!call.certain && ` (${t`nejisté`})`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

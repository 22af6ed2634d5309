import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { nameIn } from '../app/settings';
import { moment } from '../format/format';
import { DropFlowDraftDocument, FlowVersionDocument, PublishFlowDocument, RollBackFlowDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Editing, withPlaces } from './editing';
import { difference, isSame } from './model/diff';
import { type Flow, readFlow } from './model/flow';
import { titleOf, useNames, useParts } from './parts';

/** What differs from what is in force, publishing, and older versions. */
export function Versions({
  editing,
  title,
  onView,
}: {
  editing: Editing;
  title: (id: string) => string;
  onView: (version: number, flow: Flow) => void;
}) {
  const { t } = useLingui();
  const settings = useNames();
  const parts = useParts();
  const { flow } = useStore(editing.state);
  const problems = useStore(editing.problems);
  const detail = useStore(editing.detail);
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const published: Flow | null = detail.published ? readFlow(detail.published) : null;
  const found = published ? difference(published, flow) : null;
  const act = async (send: () => Promise<void>) => {
    setBusy(true);
    try {
      await send();
    } catch {
      tell(NO_ANSWER);
    }
    setBusy(false);
  };
  const taken = (answer: { __typename: string; code?: string }) => {
    if (answer.__typename === 'Refused') tell(refusalText(answer.code ?? ''));
    else if (answer.__typename === 'FlowRefused') tell(msg`Menu má chyby, zveřejnit nejde.`);
    else return true;
    return false;
  };
  const publish = () =>
    act(async () => {
      if (!(await editing.flush())) return tell(NO_ANSWER);
      const { publishFlow } = await execute(PublishFlowDocument, { id: detail.id, note, base: editing.mark });
      if (!taken(publishFlow)) return;
      setNote('');
      await editing.reload(true);
      tell(msg`Menu je v provozu pro každého, kdo odteď zavolá.`, 'info');
    });
  return (
    <div className="inspector" data-testid="versions-panel">
      <h2>{t`Co se změnilo`}</h2>
      {!found && <p className="quiet">{t`Menu ještě není v provozu.`}</p>}
      {found && isSame(found) && <p className="quiet">{t`Nic, stejné je v provozu.`}</p>}
      {found && (
        <ul className="changes">
          {found.added.map((id) => (
            <li key={id}>＋ {title(id)}</li>
          ))}
          {found.changed.map((id) => (
            <li key={id}>✎ {title(id)}</li>
          ))}
          {found.removed.map((id) => (
            <li key={id}>－ {published && titleOf(published, id, settings, parts)}</li>
          ))}
          {found.whole && <li>✎ {t`název nebo začátek`}</li>}
        </ul>
      )}
      <Field label={t`Poznámka k verzi`} value={note} onChange={setNote} maxLength={200} />
      <Button
        tone="primary"
        icon="check"
        pending={busy}
        isDisabled={problems.length > 0 || Boolean(found && isSame(found))}
        onPress={() => void publish()}
        testId="publish"
      >{t`Zveřejnit`}</Button>
      {problems.length > 0 && <p className="small error">{t`Nejdřív opravte chyby.`}</p>}
      {published && found && !isSame(found) && (
        <Button
          icon="trash"
          onPress={() =>
            void act(async () => {
              await editing.flush();
              await execute(DropFlowDraftDocument, { id: detail.id });
              await editing.reload(true);
            })
          }
        >{t`Zahodit koncept`}</Button>
      )}
      <h2>{t`Verze`}</h2>
      <ol className="versions">
        {detail.versions.map((version) => (
          <li key={version.version} data-testid="version">
            <span>
              <strong>{version.version}</strong> {version.note}{' '}
              <span className="small quiet">
                {version.publishedAt && moment(version.publishedAt, serverClock.now())}{' '}
                {nameIn(settings.staff, version.authorId)}
              </span>
            </span>
            <span className="form-row">
              <Button
                tone="plain"
                icon="eye"
                testId="view-version"
                onPress={() =>
                  void act(async () => {
                    const { flowVersion } = await execute(FlowVersionDocument, {
                      id: detail.id,
                      version: version.version,
                    });
                    if (flowVersion) onView(version.version, withPlaces(readFlow(flowVersion)));
                  })
                }
              >{t`Prohlédnout`}</Button>
              <Button
                tone="plain"
                icon="undo"
                pending={busy}
                onPress={() =>
                  void act(async () => {
                    const { rollBackFlow } = await execute(RollBackFlowDocument, {
                      id: detail.id,
                      version: version.version,
                    });
                    if (taken(rollBackFlow)) await editing.reload(false);
                  })
                }
              >{t`Vrátit do provozu`}</Button>
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Synchronisations with the directory: trying one out, starting one, and what each of them did. */
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { useSettings } from '../../app/settings';
import { moment } from '../../format/format';
import { DirectorySyncsDocument, type DirectorySyncsQuery, SyncDirectoryDocument } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { NO_ANSWER } from '../../words/refusals';
import { CHANGES, CONFLICTS, FIELDS, INACTIVE, SYNC_STATES } from '../../words/sign-in';

type Run = DirectorySyncsQuery['directorySyncs'][number];
type Change = Run['changes'][number];

const ASK_AGAIN_MS = 1_000;

export function Syncs() {
  const { t } = useLingui();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [asking, setAsking] = useState(0);
  const busy = runs.some((run) => run.state === 'WANTED' || run.state === 'RUNNING');
  useEffect(() => {
    let over = false;
    const timer = setTimeout(
      () => {
        execute(DirectorySyncsDocument, {})
          .then(({ directorySyncs }) => {
            if (over) return;
            setRuns(directorySyncs);
            if (directorySyncs.some((run) => run.state === 'WANTED' || run.state === 'RUNNING'))
              setAsking((n) => n + 1);
          })
          .catch(() => {});
      },
      asking ? ASK_AGAIN_MS : 0,
    );
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [asking]);
  const start = async (dry: boolean, forced = false) => {
    try {
      await execute(SyncDirectoryDocument, { dry, forced });
      setAsking((n) => n + 1);
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <section className="panel setting-section" data-testid="syncs">
      <header>
        <h2>
          <Trans>Průběh synchronizací</Trans>
        </h2>
      </header>
      <div className="setting-check form-row">
        <Button icon="eye" isDisabled={busy} onPress={() => void start(true)} testId="sync-dry">
          {t`Zkusit nanečisto`}
        </Button>
        <Button tone="primary" icon="swap" isDisabled={busy} onPress={() => void start(false)} testId="sync">
          {t`Synchronizovat teď`}
        </Button>
      </div>
      {!runs.length && (
        <p className="small quiet setting-check">
          <Trans>Zatím žádná neproběhla. Začněte zkouškou nanečisto: ukáže, co by se změnilo, a nic nezmění.</Trans>
        </p>
      )}
      <ol className="account-list">
        {runs.map((run, n) => (
          <RunRow key={run.id} run={run} first={n === 0} onForce={() => void start(false, true)} />
        ))}
      </ol>
    </section>
  );
}

function RunRow({ run, first, onForce }: { run: Run; first: boolean; onForce: () => void }) {
  const { i18n, t } = useLingui();
  const { staff } = useSettings();
  const who = staff.find((each) => each.id === run.wantedBy)?.name ?? t`sama podle plánu`;
  const at = moment(run.wantedAt, Date.now());
  const read = plural(run.read, { one: '# člověk', few: '# lidé', other: '# lidí' });
  const total = plural(run.total, { one: '# změna', few: '# změny', other: '# změn' });
  const state = i18n._(SYNC_STATES[run.state]);
  const bad = run.state === 'STOPPED' || run.state === 'FAILED';
  return (
    <li className="sync" data-testid="sync-run" data-state={run.state}>
      <details open={first}>
        <summary>
          <strong className={bad ? 'error' : undefined}>{run.dry ? t`Nanečisto: ${state}` : state}</strong>
          <span className="small quiet">{t`${at}, ${who}, prošla ${read}, ${total}`}</span>
        </summary>
        {run.state === 'FAILED' && <p className="small error">{run.failure}</p>}
        {run.state === 'STOPPED' && (
          <div className="setting-check form-row">
            <p>{t`Vypnula by víc účtů, než dovolujete, a tak nezměnila nic. Zkontrolujte seznam.`}</p>
            {first && <Button tone="bad" onPress={onForce} testId="sync-force">{t`Seznam je správně, provést`}</Button>}
          </div>
        )}
        {run.changes.length > 0 ? (
          <table className="table values">
            <thead>
              <tr>
                <th>{t`Účet`}</th>
                <th>{t`Co`}</th>
                <th>{t`Podrobnosti`}</th>
              </tr>
            </thead>
            <tbody>
              {run.changes.map((change) => (
                <tr key={`${change.login} ${change.kind}`}>
                  <td>
                    {change.name}
                    <span className="small quiet"> {change.login}</span>
                  </td>
                  <td className={change.kind === 'CONFLICT' ? 'error' : undefined}>{i18n._(CHANGES[change.kind])}</td>
                  <td>
                    <Details change={change} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          run.state === 'DONE' && <p className="small quiet setting-check">{t`Všechno souhlasilo.`}</p>
        )}
      </details>
    </li>
  );
}

function Details({ change }: { change: Change }) {
  const { i18n } = useLingui();
  if (change.inactive) return <>{i18n._(INACTIVE[change.inactive])}</>;
  return (
    <>
      {change.conflict && <p>{i18n._(CONFLICTS[change.conflict])}</p>}
      {change.fields.map((each) => {
        const words = FIELDS[each.field];
        return (
          <p key={each.field}>
            {words ? i18n._(words) : each.field}: {each.before || '–'} → {each.after || '–'}
          </p>
        );
      })}
    </>
  );
}

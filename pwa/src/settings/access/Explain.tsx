/** Why an account may or may not do something: what decides, in the order in which it counts. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { nameIn, useSettings } from '../../app/settings';
import { moment } from '../../format/format';
import { type Action, ExplainAccessDocument, type ExplainAccessQuery } from '../../gql/graphql';
import { Icon } from '../../ui/Icon';
import { Select } from '../../ui/Select';
import { ACTIONS, roleName, SCOPES, SOURCES } from '../../words/access';
import { NO_ANSWER } from '../../words/refusals';
import type { AccessData } from './data';

type Answer = Extract<ExplainAccessQuery['explainAccess'], { __typename: 'AccessExplanation' }>;
const ANYTHING = 0;

export function Explain({ user, access }: { user: number; access: AccessData }) {
  const { i18n, t } = useLingui();
  const { staff, queues, groups } = useSettings();
  const [action, setAction] = useState<Action>('SEE_HISTORY');
  const [person, setPerson] = useState(ANYTHING);
  const [queue, setQueue] = useState(ANYTHING);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const scoped = (access.grid.find((row) => row.action === action)?.scopes.length ?? 0) > 1;
  useEffect(() => {
    let current = true;
    const subject = !scoped ? null : person ? { person } : queue ? { queue } : null;
    execute(ExplainAccessDocument, { user, action, subject })
      .then(({ explainAccess }) => {
        if (current && explainAccess.__typename === 'AccessExplanation') setAnswer(explainAccess);
      })
      .catch(() => tell(NO_ANSWER));
    return () => {
      current = false;
    };
  }, [user, action, person, queue, scoped]);
  const anybody = { id: ANYTHING, name: t`čehokoli` };
  return (
    <section className="panel" aria-labelledby="why" data-testid="explain">
      <header>
        <h2 id="why">{t`Proč smí, proč nesmí`}</h2>
      </header>
      <div className="setting-fields">
        <Select
          label={t`Co`}
          choices={access.grid.map((row) => ({ id: row.action, name: i18n._(ACTIONS[row.action]) }))}
          value={action}
          onChange={setAction}
          testId="why-action"
        />
        {scoped && (
          <Select
            label={t`U koho`}
            choices={[anybody, ...staff]}
            value={person}
            onChange={(id) => {
              setPerson(id);
              setQueue(ANYTHING);
            }}
          />
        )}
        {scoped && (
          <Select
            label={t`Ve které frontě`}
            choices={[anybody, ...queues]}
            value={queue}
            onChange={(id) => {
              setQueue(id);
              setPerson(ANYTHING);
            }}
          />
        )}
      </div>
      {answer && (
        <>
          <p
            className={answer.allowed ? 'verdict good' : 'verdict bad'}
            data-testid="verdict"
            data-allowed={answer.allowed}
          >
            <Icon name={answer.allowed ? 'check' : 'lock'} />
            {answer.allowed ? t`Smí` : t`Nesmí`}
            {scoped && answer.scopes.length > 0 && (
              <span className="small quiet">{answer.scopes.map((scope) => i18n._(SCOPES[scope])).join(', ')}</span>
            )}
          </p>
          <ul className="reasons">
            {answer.reasons.map((reason, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no names of their own
              <li key={n}>
                <Icon name={reason.holds ? 'check' : 'decline'} />
                <span>
                  {[
                    i18n._(SOURCES[reason.kind]),
                    reason.role && `„${roleName(reason.role, access.roles)}“`,
                    reason.groupId !== null && `„${nameIn(groups, reason.groupId) ?? reason.groupId}“`,
                    reason.filterId !== null &&
                      `„${access.filters.find((each) => each.id === reason.filterId)?.body.name ?? reason.filterId}“`,
                    reason.scope && scoped && `(${i18n._(SCOPES[reason.scope])})`,
                    reason.until && t`do ${moment(reason.until, Date.now())}`,
                    reason.note,
                  ]
                    .filter(Boolean)
                    .join(' ')}
                  {!reason.holds && <em className="quiet"> – {t`tohle nepustí`}</em>}
                </span>
              </li>
            ))}
            {!answer.reasons.length && <li className="quiet">{t`Žádná role, skupina ani povolení mu to nedává.`}</li>}
          </ul>
        </>
      )}
    </section>
  );
}

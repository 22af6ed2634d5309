import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { moment } from '../format/format';
import { EndOtherSessionsDocument, EndSessionDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { NO_ANSWER } from '../words/refusals';
import { WAYS } from '../words/sign-in';
import { browserName } from './browser';
import type { OwnSecurity } from './Security';

/** Where one is signed in; each can be ended, or all but this one. */
export function Sessions({ sessions, onChange }: { sessions: OwnSecurity['sessions']; onChange: () => void }) {
  const { i18n, t } = useLingui();
  const act = async (go: () => Promise<unknown>) => {
    try {
      await go();
      onChange();
    } catch {
      tell(NO_ANSWER);
    }
  };
  const others = sessions.length - 1;
  const count = plural(others, { one: '# dalšího zařízení', few: '# dalších zařízení', other: '# dalších zařízení' });
  return (
    <section className="panel" data-testid="sessions">
      <header>
        <h2>
          <Trans>Přihlášená zařízení</Trans>
        </h2>
      </header>
      <ul className="account-list">
        {sessions.map((each) => {
          const name = browserName(each.browser) ?? t`Neznámý prohlížeč`;
          const since = moment(each.since, Date.now());
          const seen = moment(each.seenAt, Date.now());
          return (
            <li key={each.id} className="account-row" data-testid="session" data-current={each.current}>
              <div>
                <strong title={each.browser}>{name}</strong>
                {each.current && <span className="state tone-ready">{t`toto zařízení`}</span>}
                <p className="small quiet">{t`Adresa ${each.address}, ${i18n._(WAYS[each.way])}`}</p>
                <p className="small quiet">{t`Přihlášeno ${since}, naposledy použito ${seen}`}</p>
              </div>
              {!each.current && (
                <Button
                  onPress={() => void act(() => execute(EndSessionDocument, { id: each.id }))}
                  testId="session-end"
                >
                  {t`Odhlásit`}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {others > 0 && (
        <div className="account-body">
          <Button onPress={() => void act(() => execute(EndOtherSessionsDocument, {}))} testId="sessions-end">
            {t`Odhlásit z ${count}`}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Trying out what is saved: each controller step by step, tickets, the provider. */
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { moment } from '../../format/format';
import { CheckSignInDocument, type CheckSignInQuery } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { NO_ANSWER } from '../../words/refusals';
import { TROUBLES } from '../../words/sign-in';

type Checks = CheckSignInQuery['checkSignIn'];

export function SignInChecks({ of }: { of: 'directory' | 'openid' }) {
  const { t } = useLingui();
  const [checks, setChecks] = useState<Checks | null>(null);
  const [pending, setPending] = useState(false);
  const check = async () => {
    setPending(true);
    try {
      setChecks((await execute(CheckSignInDocument, {})).checkSignIn);
    } catch {
      tell(NO_ANSWER);
    } finally {
      setPending(false);
    }
  };
  return (
    <section className="panel setting-section" data-testid="sign-in-checks">
      <header>
        <h2>
          <Trans>Vyzkoušet</Trans>
        </h2>
      </header>
      <p className="small quiet setting-about">
        <Trans>Zkouší se to, co je uložené.</Trans>
      </p>
      <div className="setting-check">
        <Button icon="check" pending={pending} onPress={() => void check()} testId="check">
          {pending ? t`Zkouší se…` : t`Vyzkoušet připojení`}
        </Button>
      </div>
      <div role="status">
        <ul className="account-list">
          {checks &&
            of === 'directory' &&
            checks.controllers.map((each) => <Controller key={each.host} check={each} />)}
          {checks && of === 'directory' && checks.tickets && (
            <Finding bad title={t`Přihlášení účtem Windows nebude fungovat`} detail={checks.tickets} />
          )}
          {checks && of === 'openid' && (
            <Finding
              bad={Boolean(checks.openid)}
              title={checks.openid ? t`S poskytovatelem se nejde domluvit` : t`Poskytovatel odpovídá, jak má`}
              detail={checks.openid ?? ''}
            />
          )}
        </ul>
      </div>
    </section>
  );
}

function Controller({ check }: { check: Checks['controllers'][number] }) {
  const { i18n, t } = useLingui();
  const users = plural(check.users, { one: '# účet', few: '# účty', other: '# účtů' });
  const { milliseconds } = check;
  const certificateUntil = check.certificateUntil && moment(check.certificateUntil, Date.now());
  const title = check.trouble ? i18n._(TROUBLES[check.trouble]) : t`Funguje`;
  const detail = check.trouble
    ? check.detail
    : t`Vidí ${users}, odpověděl za ${milliseconds} ms, certifikát platí do ${certificateUntil}.`;
  return (
    <Finding bad={check.trouble !== null} title={check.host ? `${check.host}: ${title}` : title} detail={detail} />
  );
}

function Finding({ bad, title, detail }: { bad: boolean; title: string; detail: string }) {
  return (
    <li className={bad ? 'finding error' : 'finding'} data-testid="finding">
      <Icon name={bad ? 'warn' : 'check'} />
      <div>
        <strong>{title}</strong>
        {detail && <p className="small quiet">{detail}</p>}
      </div>
    </li>
  );
}

import type { MessageDescriptor } from '@lingui/core';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import type { SignInStop } from '../app/session';
import type { PasswordProblem } from '../gql/graphql';
import { PASSWORD_PROBLEMS, SIGN_IN_REFUSALS } from '../words/refusals';

export interface Said {
  text: MessageDescriptor;
  /** A next step rather than a mistake. */
  quiet?: boolean;
  waitSeconds?: number;
  passwordProblems?: readonly PasswordProblem[];
}

const QUIET = new Set(['CODE_REQUIRED', 'PASSWORD_CHANGE_REQUIRED']);

export function problemOf(stop: SignInStop): Said {
  return {
    text: SIGN_IN_REFUSALS[stop.reason],
    quiet: QUIET.has(stop.reason),
    waitSeconds: stop.waitSeconds,
    passwordProblems: stop.passwordProblems,
  };
}

export function Problem({ said }: { said: Said | null }) {
  const { i18n, t } = useLingui();
  const wait = said?.waitSeconds ?? 0;
  const seconds = plural(wait, { one: '# sekundu', few: '# sekundy', other: '# sekund' });
  const minutes = plural(Math.ceil(wait / 60), { one: '# minutu', few: '# minuty', other: '# minut' });
  return (
    <div role="alert" className={said?.quiet ? 'quiet' : 'error'} data-testid="sign-in-problem">
      {said && <p>{i18n._(said.text)}</p>}
      {wait > 0 && <p>{wait < 100 ? t`Zkuste to za ${seconds}.` : t`Zkuste to za ${minutes}.`}</p>}
      {said?.passwordProblems?.length ? (
        <ul>
          {said.passwordProblems.map((each) => (
            <li key={each}>{i18n._(PASSWORD_PROBLEMS[each])}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

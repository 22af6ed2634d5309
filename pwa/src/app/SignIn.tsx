import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useRef, useState } from 'react';
import type { SignInRefusal } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER, SIGN_IN_REFUSALS } from '../words/refusals';
import { signIn } from './session';

type Problem = SignInRefusal | 'NO_ANSWER';

export function SignIn({ login: known = '', expired = false }: { login?: string; expired?: boolean }) {
  const { i18n, t } = useLingui();
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [pending, setPending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    setProblem(null);
    try {
      const refused = await signIn(login.trim(), password, wantsCode ? code.replaceAll(/\s/g, '') : null);
      if (refused) {
        setProblem(refused);
        if (refused === 'CODE_REQUIRED') setWantsCode(true);
        const field = refused.startsWith('CODE') ? 'code' : 'password';
        setTimeout(() => form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus());
      }
    } catch {
      setProblem('NO_ANSWER');
    } finally {
      setPending(false);
    }
  }

  return (
    <main className="sign-in">
      <form ref={form} onSubmit={submit} className="panel" data-testid="sign-in">
        <img src="/icon.svg" alt="" width={48} height={48} />
        <h1>{expired ? <Trans>Přihlášení vypršelo</Trans> : <Trans>Kontaktní centrum</Trans>}</h1>
        {expired && (
          <p className="quiet">
            <Trans>Přihlaste se znovu. Rozepsaná práce zůstala na svém místě.</Trans>
          </p>
        )}
        <Field
          label={t`Přihlašovací jméno`}
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus={!known}
          value={login}
          onChange={setLogin}
        />
        <Field
          label={t`Heslo`}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          autoFocus={Boolean(known)}
          value={password}
          onChange={setPassword}
        />
        {wantsCode && (
          <Field
            label={t`Kód z ověřovací aplikace`}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            value={code}
            onChange={setCode}
          />
        )}
        <p role="alert" className={problem === 'CODE_REQUIRED' ? 'quiet' : 'error'} data-testid="sign-in-problem">
          {problem && i18n._(problem === 'NO_ANSWER' ? NO_ANSWER : SIGN_IN_REFUSALS[problem])}
        </p>
        <Button type="submit" tone="primary" pending={pending} testId="sign-in-submit">
          {pending ? t`Přihlašuje se…` : t`Přihlásit se`}
        </Button>
      </form>
    </main>
  );
}

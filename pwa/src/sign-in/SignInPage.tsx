import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { execute } from '../api/client';
import { enter, type SignInStop } from '../app/session';
import {
  AskPasskeyDocument,
  SignInDocument,
  type SignInRefusal,
  SignInWaysDocument,
  type SignInWaysQuery,
  SignInWithPasskeyDocument,
  StepKindsDocument,
} from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { later } from '../ui/later';
import { NO_ANSWER, SIGN_IN_REFUSALS } from '../words/refusals';
import { Problem, problemOf, type Said } from './Problem';
import { passkeysWork, showPasskey } from './passkey';
import { broughtBack, mayTryWindows, signInByWindows } from './ways';

const FactorForm = later(() => import('./FactorForm'), 'FactorForm');
const NewPasswordForm = later(() => import('./NewPasswordForm'), 'NewPasswordForm');

type Ways = SignInWaysQuery['signInWays'];
type Awaited = { kind: 'password' } | { kind: 'factor' | 'new-password'; stop: SignInStop; typed: string };

/** Every way in that the server offers here, and whatever it asks for on the way. */
export function SignInPage({ login: known = '', expired = false }: { login?: string; expired?: boolean }) {
  const { t } = useLingui();
  const [awaited, setAwaited] = useState<Awaited>({ kind: 'password' });
  const [said, setSaid] = useState<Said | null>(null);
  const [ways, setWays] = useState<Ways | null>(null);

  const stopped = (stop: SignInStop | null, typed = '') => {
    if (!stop) return;
    setSaid(problemOf(stop));
    if (stop.step && stop.kinds.length) setAwaited({ kind: 'factor', stop, typed });
    else if (stop.step) setAwaited({ kind: 'new-password', stop, typed });
    else if (stop.reason === 'STEP_OVER') setAwaited({ kind: 'password' });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the page opens
  useEffect(() => {
    const { step, refused } = broughtBack();
    if (refused)
      setSaid({ text: SIGN_IN_REFUSALS[refused.toUpperCase() as SignInRefusal] ?? SIGN_IN_REFUSALS.NOT_ACCEPTED });
    if (step) {
      void execute(StepKindsDocument, { stepToken: step }).then(({ stepKinds: kinds }) =>
        stopped({
          ...EMPTY_STOP,
          reason: kinds.length ? 'CODE_REQUIRED' : 'STEP_OVER',
          step: kinds.length ? step : null,
          kinds,
        }),
      );
    }
    execute(SignInWaysDocument, {})
      .then(({ signInWays }) => {
        setWays(signInWays);
        if (signInWays.windowsSilently && !step && !refused && mayTryWindows()) {
          signInByWindows().catch(() => {});
        }
      })
      .catch(() => {});
  }, []);

  const back = () => {
    setAwaited({ kind: 'password' });
    setSaid(null);
  };
  return (
    <main className="sign-in">
      <div className="panel sign-in-card">
        <img src="/icon.svg" alt="" width={48} height={48} />
        <h1>{expired ? <Trans>Přihlášení vypršelo</Trans> : <Trans>Kontaktní centrum</Trans>}</h1>
        {expired && awaited.kind === 'password' && (
          <p className="quiet">
            <Trans>Přihlaste se znovu. Rozepsaná práce zůstala na svém místě.</Trans>
          </p>
        )}
        {awaited.kind === 'password' && (
          <PasswordForm known={known} said={said} onSaid={setSaid} onStop={stopped}>
            {ways && <OtherWays ways={ways} onSaid={setSaid} onStop={stopped} />}
          </PasswordForm>
        )}
        {awaited.kind === 'factor' && (
          <FactorForm
            stop={awaited.stop}
            said={said}
            onSaid={setSaid}
            onStop={(stop) => stopped(stop, awaited.typed)}
          />
        )}
        {awaited.kind === 'new-password' && (
          <NewPasswordForm stop={awaited.stop} old={awaited.typed} said={said} onSaid={setSaid} onStop={stopped} />
        )}
        {awaited.kind !== 'password' && <Button tone="plain" onPress={back}>{t`Začít znovu`}</Button>}
      </div>
    </main>
  );
}

const EMPTY_STOP: Omit<SignInStop, 'reason'> = {
  __typename: 'SignInRefused',
  step: null,
  kinds: [],
  waitSeconds: 0,
  passwordProblems: [],
  oldPasswordNeeded: false,
};

interface FormProps {
  said: Said | null;
  onSaid: (said: Said | null) => void;
  onStop: (stop: SignInStop | null, typed?: string) => void;
}

function PasswordForm({ known, said, onSaid, onStop, children }: FormProps & { known: string; children: ReactNode }) {
  const { t } = useLingui();
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState('');
  const [pending, setPending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async () => {
    if (pending) return;
    setPending(true);
    onSaid(null);
    try {
      const { answer } = await execute(SignInDocument, { login: login.trim(), password });
      const stop = enter(answer);
      onStop(stop, password);
      if (stop) setTimeout(() => form.current?.querySelector<HTMLInputElement>('[name=password]')?.focus());
    } catch {
      onSaid({ text: NO_ANSWER });
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        data-testid="sign-in"
      >
        <Field
          label={t`Přihlašovací jméno`}
          name="login"
          autoComplete="username webauthn"
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
        <Problem said={said} />
        <Button type="submit" tone="primary" pending={pending} testId="sign-in-submit">
          {pending ? t`Přihlašuje se…` : t`Přihlásit se`}
        </Button>
      </form>
      {children}
    </>
  );
}

function OtherWays({ ways, onSaid, onStop }: { ways: Ways } & Pick<FormProps, 'onSaid' | 'onStop'>) {
  const { t } = useLingui();
  const [pending, setPending] = useState('');
  const passkeys = ways.passkeys && passkeysWork;
  if (!ways.windows && !ways.openid && !passkeys) return null;
  const attempt = (what: string, go: () => Promise<void>) => {
    if (pending) return;
    setPending(what);
    onSaid(null);
    go()
      .catch(() => onSaid({ text: NO_ANSWER }))
      .finally(() => setPending(''));
  };
  const windows = async () => {
    const { done, refused } = await signInByWindows();
    if (!done) onSaid({ text: SIGN_IN_REFUSALS[refused ?? 'NOT_ACCEPTED'] });
  };
  const passkey = async () => {
    const { askPasskey } = await execute(AskPasskeyDocument, { stepToken: null });
    const answer = askPasskey && (await showPasskey(askPasskey));
    if (answer) onStop(enter((await execute(SignInWithPasskeyDocument, { passkey: answer })).answer));
  };
  return (
    <div className="sign-in-ways">
      <p className="sign-in-or quiet small">
        <span>{t`nebo`}</span>
      </p>
      {ways.windows && (
        <Button
          icon="user"
          pending={pending === 'windows'}
          onPress={() => attempt('windows', windows)}
          testId="sign-in-windows"
        >
          {t`Přihlásit účtem Windows`}
        </Button>
      )}
      {ways.openid && (
        <Button icon="forward" onPress={() => location.assign('/sign-in/openid')} testId="sign-in-openid">
          {t`Přihlásit přes ${ways.openid}`}
        </Button>
      )}
      {passkeys && (
        <Button
          icon="lock"
          pending={pending === 'passkey'}
          onPress={() => attempt('passkey', passkey)}
          testId="sign-in-passkey"
        >
          {t`Přihlásit přístupovým klíčem`}
        </Button>
      )}
    </div>
  );
}

import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { enter, type SignInStop } from '../app/session';
import { AskPasskeyDocument, type PasskeyAnswer, ShowSecondFactorDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER } from '../words/refusals';
import { Problem, type Said } from './Problem';
import { passkeysWork, showPasskey } from './passkey';

/** The second factor: what the account has, one after the other within reach. */
export function FactorForm({
  stop,
  said,
  onSaid,
  onStop,
}: {
  stop: SignInStop;
  said: Said | null;
  onSaid: (said: Said | null) => void;
  onStop: (stop: SignInStop | null) => void;
}) {
  const { t } = useLingui();
  const [code, setCode] = useState('');
  const totp = stop.kinds.includes('TOTP');
  const [lost, setLost] = useState(false);
  const [pending, setPending] = useState(false);
  const step = stop.step ?? '';
  const show = async (code: string, passkey: PasskeyAnswer | null) => {
    setPending(true);
    onSaid(null);
    try {
      onStop(enter((await execute(ShowSecondFactorDocument, { stepToken: step, code, passkey })).answer));
    } catch {
      onSaid({ text: NO_ANSWER });
    } finally {
      setPending(false);
    }
  };
  const passkey = async () => {
    try {
      const { askPasskey } = await execute(AskPasskeyDocument, { stepToken: step });
      const answer = askPasskey && (await showPasskey(askPasskey));
      if (answer) await show('', answer);
    } catch {
      onSaid({ text: NO_ANSWER });
    }
  };
  const recovery = stop.kinds.includes('RECOVERY_CODE');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!pending) void show(code, null);
      }}
      data-testid="second-factor-form"
    >
      {stop.kinds.includes('PASSKEY') && passkeysWork && (
        <Button icon="lock" tone={totp ? 'plain' : 'primary'} onPress={() => void passkey()} testId="factor-passkey">
          {t`Použít přístupový klíč`}
        </Button>
      )}
      {totp && !lost && (
        <Field
          label={t`Kód z ověřovací aplikace`}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          autoFocus
          value={code}
          onChange={setCode}
        />
      )}
      {lost && (
        <Field
          label={t`Záchranný kód`}
          hint={t`Jeden z deseti, které jste si vytiskli. Použitý už podruhé neplatí.`}
          name="recovery-code"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          required
          autoFocus
          value={code}
          onChange={setCode}
        />
      )}
      <Problem said={said} />
      {(totp || lost) && (
        <Button type="submit" tone="primary" pending={pending} testId="factor-submit">{t`Pokračovat`}</Button>
      )}
      {recovery && !lost && (
        <Button
          tone="plain"
          onPress={() => {
            setLost(true);
            setCode('');
          }}
          testId="factor-lost"
        >
          {t`Nemám ho u sebe, použiju záchranný kód`}
        </Button>
      )}
    </form>
  );
}

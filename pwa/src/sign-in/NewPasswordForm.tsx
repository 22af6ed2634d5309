import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { enter, type SignInStop } from '../app/session';
import { NewPasswordDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { DIFFERENT_PASSWORDS, NO_ANSWER } from '../words/refusals';
import { Problem, type Said } from './Problem';

/** In place of a password that is over. `old` is the one just typed: the directory asks for it again. */
export function NewPasswordForm({
  stop,
  old,
  said,
  onSaid,
  onStop,
}: {
  stop: SignInStop;
  old: string;
  said: Said | null;
  onSaid: (said: Said | null) => void;
  onStop: (stop: SignInStop | null, typed: string) => void;
}) {
  const { t } = useLingui();
  const [typedOld, setTypedOld] = useState(old);
  const [made, setMade] = useState('');
  const [again, setAgain] = useState('');
  const [pending, setPending] = useState(false);
  const submit = async () => {
    if (pending) return;
    if (made !== again) return onSaid({ text: DIFFERENT_PASSWORDS });
    setPending(true);
    onSaid(null);
    try {
      const { answer } = await execute(NewPasswordDocument, {
        stepToken: stop.step ?? '',
        newPassword: made,
        oldPassword: typedOld,
      });
      onStop(enter(answer), typedOld);
    } catch {
      onSaid({ text: NO_ANSWER });
    } finally {
      setPending(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      data-testid="new-password-form"
    >
      {stop.oldPasswordNeeded && !old && (
        <Field
          label={t`Dosavadní heslo`}
          name="old-password"
          type="password"
          autoComplete="current-password"
          required
          value={typedOld}
          onChange={setTypedOld}
        />
      )}
      <Field
        label={t`Nové heslo`}
        hint={t`Stačí delší věta, kterou si zapamatujete.`}
        name="new-password"
        type="password"
        autoComplete="new-password"
        required
        autoFocus
        value={made}
        onChange={setMade}
      />
      <Field
        label={t`Nové heslo znovu`}
        name="new-password-again"
        type="password"
        autoComplete="new-password"
        required
        value={again}
        onChange={setAgain}
      />
      <Problem said={said} />
      <Button type="submit" tone="primary" pending={pending} testId="new-password-submit">{t`Změnit heslo`}</Button>
    </form>
  );
}

import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { enter } from '../app/session';
import { ChangePasswordDocument } from '../gql/graphql';
import { Problem, problemOf, type Said } from '../sign-in/Problem';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { DIFFERENT_PASSWORDS, NO_ANSWER, PASSWORD_CHANGED } from '../words/refusals';
import type { OwnSecurity } from './Security';

/** `rules` null: the directory has its own. */
export function Password({ rules, onChange }: { rules: OwnSecurity['passwordRules'] | null; onChange: () => void }) {
  const { t } = useLingui();
  const [open, setOpen] = useState(false);
  const [old, setOld] = useState('');
  const [made, setMade] = useState('');
  const [again, setAgain] = useState('');
  const [said, setSaid] = useState<Said | null>(null);
  const [pending, setPending] = useState(false);
  const close = () => {
    setOpen(false);
    setOld('');
    setMade('');
    setAgain('');
    setSaid(null);
  };
  const submit = async () => {
    if (pending) return;
    if (made !== again) return setSaid({ text: DIFFERENT_PASSWORDS });
    setPending(true);
    setSaid(null);
    try {
      const stop = enter((await execute(ChangePasswordDocument, { oldPassword: old, newPassword: made })).answer);
      if (stop) return setSaid(problemOf(stop));
      close();
      tell(PASSWORD_CHANGED, 'info');
      onChange();
    } catch {
      tell(NO_ANSWER);
    } finally {
      setPending(false);
    }
  };
  return (
    <section className="panel" data-testid="password">
      <header>
        <h2>
          <Trans>Heslo</Trans>
        </h2>
      </header>
      <div className="account-body">
        {open ? (
          <form
            className="account-form"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <Field
              label={t`Dosavadní heslo`}
              name="old-password"
              type="password"
              autoComplete="current-password"
              required
              autoFocus
              value={old}
              onChange={setOld}
            />
            <Field
              label={t`Nové heslo`}
              hint={rules ? wanted(rules) : t`Pravidla určuje podnikový adresář.`}
              name="new-password"
              type="password"
              autoComplete="new-password"
              required
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
            <p className="small quiet">{t`Na ostatních zařízeních vás změna odhlásí.`}</p>
            <div className="form-row">
              <Button type="submit" tone="primary" pending={pending} testId="password-save">{t`Změnit heslo`}</Button>
              <Button tone="plain" onPress={close}>{t`Zpět`}</Button>
            </div>
          </form>
        ) : (
          <>
            <p className="quiet">
              {rules ? t`Heslo platí jen tady.` : t`Stejné heslo jako do počítače; změna platí v celé firmě.`}
            </p>
            <Button onPress={() => setOpen(true)} testId="password-change">{t`Změnit heslo`}</Button>
          </>
        )}
      </div>
    </section>
  );

  function wanted(rules: NonNullable<OwnSecurity['passwordRules']>): string {
    const length = plural(rules.minLength, { one: '# znak', few: '# znaky', other: '# znaků' });
    const more = [
      rules.needsUpperAndLower && t`velké i malé písmeno`,
      rules.needsDigit && t`číslici`,
      rules.needsSign && t`jiný znak než písmeno a číslici`,
    ].filter(Boolean);
    const list = more.join(', ');
    return list ? t`Aspoň ${length}; musí mít ${list}.` : t`Aspoň ${length}. Stačí delší věta, kterou si zapamatujete.`;
  }
}

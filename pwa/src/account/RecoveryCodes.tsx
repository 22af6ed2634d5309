import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { MakeRecoveryCodesDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { NO_ANSWER } from '../words/refusals';

/** Ten codes for the day when the telephone is gone. They are shown once; nobody can read them again. */
export function RecoveryCodes({ left, onChange }: { left: number; onChange: () => void }) {
  const { t } = useLingui();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const make = async () => {
    try {
      setCodes((await execute(MakeRecoveryCodesDocument, {})).makeRecoveryCodes);
    } catch {
      tell(NO_ANSWER);
    }
  };
  const valid = plural(left, { one: 'Platí ještě # kód.', few: 'Platí ještě # kódy.', other: 'Platí ještě # kódů.' });
  return (
    <section className="panel" data-testid="recovery-codes">
      <header>
        <h2>
          <Trans>Záchranné kódy</Trans>
        </h2>
      </header>
      <div className="account-body">
        {codes ? (
          <div className="account-form">
            <p>{t`Vytiskněte si je, nebo opište. Podruhé už je neuvidíte. Každý platí jednou.`}</p>
            <ol className="codes print-only-this" data-testid="codes">
              {codes.map((code) => (
                <li key={code}>
                  <code>{code}</code>
                </li>
              ))}
            </ol>
            <div className="form-row">
              <Button icon="download" onPress={() => window.print()}>{t`Vytisknout`}</Button>
              <Button
                tone="primary"
                onPress={() => {
                  setCodes(null);
                  onChange();
                }}
                testId="codes-kept"
              >{t`Mám je uložené`}</Button>
            </div>
          </div>
        ) : (
          <>
            <p className="quiet">
              {left ? valid : t`Až nebudete mít telefon ani klíč u sebe, přihlásíte se jimi. Zatím žádné nemáte.`}
            </p>
            <Button onPress={() => void make()} testId="codes-make">
              {left ? t`Vytvořit nové` : t`Vytvořit kódy`}
            </Button>
            {left > 0 && <p className="small quiet">{t`Dosavadní tím přestanou platit.`}</p>}
          </>
        )}
      </div>
    </section>
  );
}

import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useState } from 'react';
import { encode } from 'uqr';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { ConfirmSecondFactorDocument, ProposeSecondFactorDocument, RemoveSecondFactorDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { NO_ANSWER } from '../words/refusals';

interface Proposal {
  secret: string;
  uri: string;
}

/** Codes of an authenticator app. */
export function SecondFactor({ has, onChange }: { has: boolean; onChange: () => void }) {
  const { t } = useLingui();
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const propose = async () => {
    try {
      setProposal((await execute(ProposeSecondFactorDocument, {})).proposeSecondFactor);
    } catch {
      tell(NO_ANSWER);
    }
  };
  const remove = async () => {
    try {
      await execute(RemoveSecondFactorDocument, {});
      onChange();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <section className="panel" data-testid="second-factor">
      <header>
        <h2>
          <Trans>Kód z telefonu</Trans>
        </h2>
        {has && (
          <span className="state tone-ready">
            <Icon name="check" />
            <Trans>zapnutý</Trans>
          </span>
        )}
      </header>
      <div className="account-body">
        {proposal ? (
          <Confirm
            proposal={proposal}
            onDone={() => {
              setProposal(null);
              onChange();
            }}
          />
        ) : (
          <>
            <p className="quiet">
              <Trans>Mimo vnitřní síť zadáte kromě hesla i kód z ověřovací aplikace v telefonu.</Trans>
            </p>
            {has ? (
              <Button onPress={() => void remove()} testId="second-factor-remove">{t`Vypnout`}</Button>
            ) : (
              <Button onPress={() => void propose()} testId="second-factor-propose">{t`Zapnout`}</Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}

function Confirm({ proposal, onDone }: { proposal: Proposal; onDone: () => void }) {
  const { t } = useLingui();
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWrong(false);
    try {
      const { confirmSecondFactor: answer } = await execute(ConfirmSecondFactorDocument, {
        secret: proposal.secret,
        code: code.replaceAll(/\s/g, ''),
      });
      if (answer.__typename === 'Refused') return setWrong(true);
      onDone();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <form className="second-factor" onSubmit={submit}>
      <ol>
        <li>
          <Trans>Načtěte kód v ověřovací aplikaci, nebo do ní opište klíč:</Trans>
        </li>
      </ol>
      <QrCode text={proposal.uri} />
      <code className="secret" data-testid="second-factor-secret">
        {proposal.secret.replace(/(.{4})(?=.)/g, '$1 ')}
      </code>
      <p className="small quiet uri">{proposal.uri}</p>
      <Field
        label={t`Kód, který aplikace ukazuje`}
        inputMode="numeric"
        autoComplete="one-time-code"
        name="confirm-code"
        required
        value={code}
        onChange={setCode}
      />
      {wrong && (
        <p className="error" role="alert">
          {t`Kód nesouhlasí. Zkontrolujte čas v telefonu a opište nový.`}
        </p>
      )}
      <Button type="submit" tone="primary">{t`Potvrdit`}</Button>
    </form>
  );
}

function QrCode({ text }: { text: string }) {
  const { t } = useLingui();
  const { data, size } = encode(text, { border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t`QR kód pro ověřovací aplikaci`}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

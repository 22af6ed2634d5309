import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useState } from 'react';
import { phoneNumber } from '../format/format';
import type { EndpointKind } from '../gql/graphql';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Select } from '../ui/Select';
import { pending } from './commands';
import { chooseEndpoint, myTelephones, useOwnTelephone } from './endpoint';
import { Ways } from './Ways';

const BROWSER = 'BROWSER:';
const OTHER = 'OTHER:';

/** Where calls ring: the browser, a telephone that the administrator put down, or one whose number is typed. */
export function EndpointChoice() {
  const { t } = useLingui();
  const own = useOwnTelephone();
  const busy = useStore(pending, (keys) => keys.has('endpoint'));
  const [typing, setTyping] = useState(false);
  const mine = useStore(myTelephones);
  const now = own ? `${own.kind}:${own.number}` : BROWSER;
  const telephones = [...(mine?.telephones ?? [])];
  if (own?.number && !telephones.some((each) => each.number === own.number)) {
    telephones.push({ kind: own.kind, number: own.number });
  }
  if (!telephones.length && !mine?.mayType) return null;
  const name = (kind: EndpointKind, number: string) => {
    const shown = phoneNumber(number) ?? number;
    return kind === 'MOBILE' ? t`Mobil ${shown}` : t`Telefon ${shown}`;
  };
  const choices = [
    { id: BROWSER, name: t`Prohlížeč a sluchátka` },
    ...telephones.map(({ kind, number }) => ({ id: `${kind}:${number}`, name: name(kind, number) })),
    ...(mine?.mayType ? [{ id: OTHER, name: t`Jiný telefon…` }] : []),
  ];
  return (
    <div className="endpoint" data-testid="endpoint" data-endpoint={now}>
      <Ways />
      <Select
        label={t`Kde vám hovory zvoní`}
        choices={choices}
        value={typing ? OTHER : now}
        disabled={busy}
        onChange={(id) => {
          setTyping(id === OTHER);
          if (id === OTHER || id === now) return;
          const [kind, number] = id.split(':') as [EndpointKind, string];
          void chooseEndpoint(kind, number || null);
        }}
        testId="endpoint-choice"
      />
      {own && !typing && (
        <label className="endpoint-stays">
          <input
            type="checkbox"
            checked={own.staysUp}
            disabled={busy}
            onChange={(event) => void chooseEndpoint(own.kind, own.number ?? null, event.target.checked)}
            data-testid="endpoint-stays"
          />
          <Trans>Nechat telefon spojený, dokud jsem připraven(a)</Trans>
        </label>
      )}
      {typing && <Typed onDone={() => setTyping(false)} />}
    </div>
  );
}

function Typed({ onDone }: { onDone: () => void }) {
  const { t } = useLingui();
  const [number, setNumber] = useState('');
  async function choose(event: FormEvent): Promise<void> {
    event.preventDefault();
    const kind = number.replace(/\D/g, '').length <= 6 ? 'EXTENSION' : 'MOBILE';
    if (await chooseEndpoint(kind, number)) onDone();
  }
  return (
    <form className="endpoint-typed" onSubmit={(event) => void choose(event)}>
      <Field label={t`Číslo mobilu nebo linky`} value={number} onChange={setNumber} type="tel" name="endpoint-number" />
      <Button type="submit" isDisabled={!number.trim()}>
        <Trans>Použít</Trans>
      </Button>
    </form>
  );
}

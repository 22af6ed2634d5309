import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { PhoneNumber } from '../calls/PhoneNumber';
import { Icon } from '../ui/Icon';
import { clientStatus } from '../words/states';
import type { Client } from './clients';

export function ClientCard({ client, chosen, children }: { client: Client; chosen?: boolean; children?: ReactNode }) {
  const { i18n, t } = useLingui();
  const status = clientStatus(client.status);
  return (
    <div className={chosen ? 'client chosen' : 'client'} data-testid="client" data-client={client.id}>
      <div className="client-name">
        {chosen && <Icon name="check" />}
        <strong>{client.name}</strong>
        {client.status !== 'standard' && (
          <span className="state tone-wrap">{typeof status === 'string' ? status : i18n._(status)}</span>
        )}
      </div>
      <dl className="facts small">
        {client.insuredNumber && (
          <div>
            <dt>{t`Číslo pojištěnce`}</dt>
            <dd className="figures">{client.insuredNumber}</dd>
          </div>
        )}
        {client.numbers.length > 0 && (
          <div>
            <dt>{t`Telefon`}</dt>
            <dd className="numbers">
              {client.numbers.map((number) => (
                <PhoneNumber key={number} number={number} />
              ))}
            </dd>
          </div>
        )}
        {client.email && (
          <div>
            <dt>{t`E-mail`}</dt>
            <dd>{client.email}</dd>
          </div>
        )}
      </dl>
      {children}
    </div>
  );
}

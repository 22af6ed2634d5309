import { useLingui } from '@lingui/react/macro';
import { phoneNumber } from '../format/format';
import { type Client, useFields } from './data';
import { printed } from './model';

/** Whom the status sets apart; of most clients there is nothing to say. */
const USUAL = 'standard';

/** A client in a list: enough to tell one Novák from another. */
export function ClientLine({ client }: { client: Client }) {
  const { t } = useLingui();
  const fields = useFields();
  const value = (key: string) => {
    const field = fields.find((each) => each.key === key);
    return field && printed(field, client.values[key]);
  };
  const born = value('birth_date');
  const about = [
    born && t`nar. ${born}`,
    value('insured_number'),
    value('company_number') && t`IČO ${value('company_number') ?? ''}`,
    value('city'),
    phoneNumber(client.numbers[0]),
    !client.numbers.length && client.emails[0],
  ].filter(Boolean);
  return (
    <span className="client-line">
      <span className="client-name">
        <strong>{client.name || t`Klient č. ${client.id}`}</strong>
        <StatusChip client={client} />
      </span>
      <span className="small quiet figures">{about.join(' · ')}</span>
    </span>
  );
}

export function StatusChip({ client }: { client: Client }) {
  const field = useFields().find((each) => each.key === 'status');
  if (!client.status || client.status === USUAL || !field) return null;
  return <span className="state tone-wrap">{printed(field, client.status)}</span>;
}

import { useLingui } from '@lingui/react/macro';
import { useDeferredValue, useState } from 'react';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { ClientCard } from './ClientCard';
import { searchClients, useAnswer } from './clients';

const SHORTEST = 2;
const TYPING_MS = 250;

export function ClientSearch({ onPick }: { onPick?: (client: number) => void }) {
  const { t } = useLingui();
  const [text, setText] = useState('');
  const asked = useDeferredValue(text.trim());
  const { value: found, failed } = useAnswer(asked.length < SHORTEST ? null : asked, async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    return searchClients(asked, signal);
  });
  return (
    <div className="client-search">
      <Field
        label={t`Hledat klienta`}
        type="search"
        value={text}
        onChange={setText}
        placeholder={t`Jméno, telefon nebo číslo pojištěnce`}
        data-testid="client-search"
      />
      <div role="status" className="small quiet">
        {failed && t`Hledání se nepovedlo.`}
        {found?.length === 0 && t`Nikoho jsme nenašli.`}
      </div>
      <ul data-testid="client-found">
        {found?.map((client) => (
          <li key={client.id}>
            <ClientCard client={client}>
              {onPick && (
                <Button icon="check" onPress={() => onPick(client.id)}>
                  {t`Přiřadit`}
                </Button>
              )}
            </ClientCard>
          </li>
        ))}
      </ul>
    </div>
  );
}

import { Trans, useLingui } from '@lingui/react/macro';
import { type FormEvent, useState } from 'react';
import { tell } from '../app/notice';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Client, createClient } from './clients';

/** One key for the whole form: sent again after a lost answer, it makes one client. */
export function NewClientForm({ number, onDone }: { number: string | null; onDone: (client: Client | null) => void }) {
  const { t } = useLingui();
  const [key] = useState(() => crypto.randomUUID());
  const [name, setName] = useState('');
  const [phone, setPhone] = useState(number ?? '');
  const [insured, setInsured] = useState('');
  const [email, setEmail] = useState('');
  const [pending, setPending] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    const filled = (text: string) => text.trim() || null;
    try {
      const made = await createClient(
        { name: name.trim(), number: filled(phone), insuredNumber: filled(insured), email: filled(email) },
        key,
      );
      if (typeof made === 'string') tell(refusalText(made));
      else onDone(made);
    } catch {
      tell(NO_ANSWER);
    } finally {
      setPending(false);
    }
  }

  return (
    <form className="client-form" onSubmit={submit} data-testid="client-form">
      <h3>
        <Trans>Nový klient</Trans>
      </h3>
      <Field
        label={t`Jméno nebo název`}
        value={name}
        onChange={setName}
        required
        maxLength={200}
        autoFocus
        name="client-name"
      />
      <Field label={t`Telefon`} value={phone} onChange={setPhone} inputMode="tel" name="client-phone" />
      <Field
        label={t`Číslo pojištěnce`}
        value={insured}
        onChange={setInsured}
        inputMode="numeric"
        name="client-insured"
      />
      <Field label={t`E-mail`} value={email} onChange={setEmail} type="email" name="client-email" />
      <div className="client-actions">
        <Button type="submit" tone="primary" pending={pending}>{t`Založit klienta`}</Button>
        <Button onPress={() => onDone(null)}>{t`Zrušit`}</Button>
      </div>
    </form>
  );
}

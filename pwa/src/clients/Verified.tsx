import { Plural, useLingui } from '@lingui/react/macro';
import { execute } from '../api/client';
import { mineOf } from '../calls/situation';
import { type Answer, run, taken } from '../desk/commands';
import { me } from '../desk/current';
import { VerifyClientDocument } from '../gql/graphql';
import { desk } from '../live/feeds';
import type { Contact } from '../live/state';
import { Icon } from '../ui/Icon';

/** What has been verified in this contact, and how to mark more. */
export function useVerifying(contact: Contact | null) {
  const items = contact?.verified ?? [];
  const may = contact !== null && ['talking', 'wrapUp'].includes(mineOf(contact, me()));
  const toggle = (key: string) => {
    if (!contact) return;
    const id = contact.id;
    const send = async () => {
      const now = desk.state.get().contacts.get(id)?.verified ?? items;
      const next = now.includes(key) ? now.filter((each) => each !== key) : [...now, key];
      return taken((await execute(VerifyClientDocument, { contact: id, items: next })).verifyClient as Answer);
    };
    void run(`verify:${id}`, send, `${key} ${items.join(' ')}`);
  };
  return { items, may, toggle };
}

/** How sure it is who is on the line. */
export function Verified({ contact, fields }: { contact: Contact; fields: readonly string[] }) {
  const { t } = useLingui();
  const done = contact.verified.filter((key) => fields.includes(key)).length;
  return (
    <p className={`card-verified small ${done ? 'tone-ready' : 'tone-ring'}`} data-testid="verified" data-done={done}>
      <Icon name={done ? 'check' : 'warn'} />
      {done ? (
        <Plural value={done} one="Ověřen # údaj" few="Ověřeny # údaje" many="Ověřeno # údaje" other="Ověřeno # údajů" />
      ) : (
        t`Totožnost zatím není ověřena. Označte údaje, které volající potvrdil.`
      )}
    </p>
  );
}

import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { may, session } from '../../app/session';
import { phoneNumber } from '../../format/format';
import { SaveGroupDocument } from '../../gql/graphql';
import { useStore } from '../../live/store';
import { GROUP_RIGHTS } from '../access/forms';
import type { GroupBody, Routing } from '../data';
import { Sections } from '../Fields';
import { GROUP } from '../model/others';
import shapes from '../model/shapes.json';
import { Gone, Panes } from './Panes';
import { opened, StoredForm } from './StoredForm';

export function GroupsSection({ routing, item }: { routing: Routing; item: string | undefined }) {
  const { t } = useLingui();
  const now = useStore(session);
  const administers = (now.kind === 'user' || now.kind === 'expired') && may(now.user, 'EDIT_ACCESS');
  const id = opened(item);
  const known = routing.groups.find((each) => each.id === id);
  const lines = routing.groups.map(({ id, body }) => {
    const agents = body.members.length;
    const count = plural(agents, { one: '# operátor', few: '# operátoři', other: '# operátorů' });
    const shown = phoneNumber(body.caller_number) ?? t`číslo určí ústředna`;
    return { id: String(id), name: body.name, about: `${shown} · ${count}` };
  });
  return (
    <Panes
      section="groups"
      lines={lines}
      item={item}
      title={t`Skupiny`}
      add={t`Nová skupina`}
      empty={t`Skupina určuje, jaké číslo uvidí ten, komu operátor volá, a dá se na ni poslat hovor.`}
      choose={t`Vyberte skupinu, kterou chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <StoredForm
          key={item}
          section="groups"
          id={id ?? null}
          initial={known?.body ?? (shapes.group as GroupBody)}
          find={(routing) => routing.groups.find((each) => each.id === id)?.body}
          send={({ name, caller_number, members, rights }, base) =>
            execute(SaveGroupDocument, {
              name,
              members,
              callerNumber: caller_number,
              rights: administers ? rights : null,
              id: id ?? null,
              base: id === null ? null : base,
            })
          }
        >
          <Sections sections={administers ? [...GROUP, GROUP_RIGHTS] : GROUP} />
        </StoredForm>
      )}
    </Panes>
  );
}

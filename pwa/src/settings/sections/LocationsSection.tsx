import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { SaveLocationDocument } from '../../gql/graphql';
import type { LocationBody, Routing } from '../data';
import { Sections } from '../Fields';
import { LOCATION } from '../model/others';
import shapes from '../model/shapes.json';
import { Gone, Panes } from './Panes';
import { opened, StoredForm } from './StoredForm';

export function LocationsSection({ routing, item }: { routing: Routing; item: string | undefined }) {
  const { t } = useLingui();
  const id = opened(item);
  const known = routing.locations.find((each) => each.id === id);
  const lines = routing.locations.map(({ id, body }) => {
    const about = plural(body.members.length, { one: '# operátor', few: '# operátoři', other: '# operátorů' });
    return { id: String(id), name: body.name, about };
  });
  return (
    <Panes
      section="locations"
      lines={lines}
      item={item}
      title={t`Lokality`}
      add={t`Nová lokalita`}
      empty={t`Podle lokalit supervizor vidí, kdo kde sedí.`}
      choose={t`Vyberte lokalitu, kterou chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <StoredForm
          key={item}
          section="locations"
          id={id ?? null}
          initial={known?.body ?? (shapes.location as LocationBody)}
          find={(routing) => routing.locations.find((each) => each.id === id)?.body}
          send={(body, base) =>
            execute(SaveLocationDocument, { body, id: id ?? null, base: id === null ? null : base })
          }
        >
          <Sections sections={LOCATION} />
        </StoredForm>
      )}
    </Panes>
  );
}

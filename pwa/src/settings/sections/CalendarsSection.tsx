import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { SaveCalendarDocument } from '../../gql/graphql';
import { CalendarForm } from '../CalendarForm';
import type { CalendarBody, Routing } from '../data';
import shapes from '../model/shapes.json';
import { weekWords } from '../words';
import { Gone, Panes } from './Panes';
import { opened, StoredForm } from './StoredForm';

export function CalendarsSection({ routing, item }: { routing: Routing; item: string | undefined }) {
  const { t } = useLingui();
  const id = opened(item);
  const known = routing.calendars.find((each) => each.id === id);
  return (
    <Panes
      section="calendars"
      lines={routing.calendars.map(({ id, body }) => ({ id: String(id), name: body.name, about: weekWords(body) }))}
      item={item}
      title={t`Provozní doba`}
      add={t`Nový kalendář`}
      empty={t`Kalendář říká, kdy je otevřeno. Bez něj jsou fronty otevřené pořád.`}
      choose={t`Vyberte kalendář, který chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <StoredForm
          key={item}
          section="calendars"
          id={id ?? null}
          initial={known?.body ?? (shapes.calendar as CalendarBody)}
          find={(routing) => routing.calendars.find((each) => each.id === id)?.body}
          send={(body, base) =>
            execute(SaveCalendarDocument, { body, id: id ?? null, base: id === null ? null : base })
          }
        >
          <CalendarForm />
        </StoredForm>
      )}
    </Panes>
  );
}

import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { nameIn } from '../../app/settings';
import { SaveQueueDocument } from '../../gql/graphql';
import { STRATEGIES } from '../../words/settings';
import { named, type QueueBody, type Routing } from '../data';
import { Sections } from '../Fields';
import { QUEUE } from '../model/queue';
import shapes from '../model/shapes.json';
import { Gone, Panes } from './Panes';
import { opened, StoredForm } from './StoredForm';

export function QueuesSection({ routing, item }: { routing: Routing; item: string | undefined }) {
  const { i18n, t } = useLingui();
  const id = opened(item);
  const known = routing.queues.find((each) => each.id === id);
  const lines = routing.queues.map(({ id, body }) => {
    const strategy = STRATEGIES[body.options.strategy as keyof typeof STRATEGIES];
    const calendar = nameIn(named(routing.calendars), body.options.calendar) ?? t`stále otevřeno`;
    const agents = body.members.length;
    const count = plural(agents, { one: '# operátor', few: '# operátoři', other: '# operátorů' });
    return { id: String(id), name: body.name, about: [calendar, strategy && i18n._(strategy), count].join(' · ') };
  });
  return (
    <Panes
      section="queues"
      lines={lines}
      item={item}
      title={t`Fronty`}
      add={t`Nová fronta`}
      empty={t`Ve frontě volající čekají na operátora. Založte první a vyberte, kdo její hovory bere.`}
      choose={t`Vyberte frontu, kterou chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <StoredForm
          key={item}
          section="queues"
          id={id ?? null}
          initial={known?.body ?? (shapes.queue as unknown as QueueBody)}
          find={(routing) => routing.queues.find((each) => each.id === id)?.body}
          send={(body, base) => execute(SaveQueueDocument, { body, id: id ?? null, base: id === null ? null : base })}
        >
          <Sections sections={QUEUE} />
        </StoredForm>
      )}
    </Panes>
  );
}

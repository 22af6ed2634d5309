import { Trans, useLingui } from '@lingui/react/macro';
import { Header, MenuItem, MenuSection } from 'react-aria-components';
import { useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import { floor } from '../live/feeds';
import type { Contact } from '../live/state';
import { Icon } from '../ui/Icon';
import { MenuButton } from '../ui/MenuButton';
import { handWaiting, prioritiseContact } from './commands';
import { PRIORITIES, usePriorityWords } from './Queues';

/** What may be done about somebody who waits: first in the line, to another queue, to somebody who is free. */
export function WaitingMenu({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const settings = useSettings();
  const words = usePriorityWords();
  const who = phoneNumber(contact.customerNumber) ?? t`Skryté číslo`;
  const free = () =>
    [...floor.state.get().agents.values()]
      .filter((agent) => agent.activity === 'READY' && agent.phoneConnected)
      .sort((a, b) => a.name.localeCompare(b.name, 'cs'));
  const act = (key: string) => {
    const [what, id] = key.split(':');
    if (what === 'priority') void prioritiseContact(contact.id, Number(id));
    if (what === 'queue') void handWaiting(contact.id, { queue: Number(id) });
    if (what === 'agent') void handWaiting(contact.id, { agent: Number(id) });
  };
  return (
    <MenuButton
      label={t`Řídit čekajícího: ${who}`}
      testId={`waiting-menu-${contact.id}`}
      className="button"
      onAction={act}
      menu={() => (
        <>
          <MenuSection>
            <Header className="menu-heading">
              <Trans>Priorita</Trans>
            </Header>
            {PRIORITIES.map((each) => (
              <MenuItem key={each} id={`priority:${each}`} className="menu-item" textValue={words[each]}>
                <Icon name={contact.priority === each ? 'check' : 'minus'} />
                {words[each]}
              </MenuItem>
            ))}
          </MenuSection>
          {free().length > 0 && (
            <MenuSection>
              <Header className="menu-heading">
                <Trans>Předat operátorovi</Trans>
              </Header>
              {free().map((agent) => (
                <MenuItem key={agent.userId} id={`agent:${agent.userId}`} className="menu-item" textValue={agent.name}>
                  <Icon name="user" />
                  {agent.name}
                </MenuItem>
              ))}
            </MenuSection>
          )}
          <MenuSection>
            <Header className="menu-heading">
              <Trans>Předat do fronty</Trans>
            </Header>
            {settings.queues
              .filter((queue) => queue.id !== contact.queueId)
              .map((queue) => (
                <MenuItem key={queue.id} id={`queue:${queue.id}`} className="menu-item" textValue={queue.name}>
                  <Icon name="list" />
                  {queue.name}
                </MenuItem>
              ))}
          </MenuSection>
        </>
      )}
    >
      <Icon name="forward" />
      <Trans>Předat, upřednostnit</Trans>
      <Icon name="chevron" />
    </MenuButton>
  );
}

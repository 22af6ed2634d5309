import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Header, MenuItem, MenuSection } from 'react-aria-components';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { useAnswer } from '../desk/detail';
import { signAgentOut } from '../floor/commands';
import { QueueChoicesDocument } from '../gql/graphql';
import type { Agent } from '../live/state';
import { Icon } from '../ui/Icon';
import { MenuButton } from '../ui/MenuButton';
import { letChooseQueues, sendOnBreak, setAgentQueues, toggled } from './commands';

/** What a supervisor may decide about an agent at work: queues, a break, whether the agent chooses queues. */
export function AgentMenu({ agent }: { agent: Agent }) {
  const { t } = useLingui();
  const settings = useSettings();
  const [opened, setOpened] = useState(0);
  const { value } = useAnswer(
    opened ? `${opened}` : null,
    async (signal) => (await execute(QueueChoicesDocument, {}, signal)).queueChoices,
  );
  const choice = value?.find((each) => each.userId === agent.userId);
  const act = (key: string) => {
    const [what, id] = key.split(':');
    if (what === 'queue') void setAgentQueues(agent.userId, toggled(agent.queues, Number(id)));
    if (what === 'break') void sendOnBreak(agent.userId, id ?? '');
    if (what === 'out') void signAgentOut(agent.userId);
    if (what === 'choice' && choice) void letChooseQueues(agent.userId, !choice.mayChoose);
  };
  return (
    <MenuButton
      label={t`Řídit: ${agent.name}`}
      testId={`manage-${agent.userId}`}
      onAction={act}
      onOpen={() => setOpened((before) => before + 1)}
      menu={() => (
        <>
          <MenuSection>
            <Header className="menu-heading">
              <Trans>Obsluhuje fronty</Trans>
            </Header>
            {(choice?.assigned ?? []).map((queue) => {
              const name = nameIn(settings.queues, queue) ?? '';
              const on = agent.queues.includes(queue);
              return (
                <MenuItem
                  key={queue}
                  id={`queue:${queue}`}
                  className="menu-item"
                  textValue={name}
                  aria-label={on ? t`${name}, obsluhuje; odhlásit` : t`${name}, neobsluhuje; přihlásit`}
                >
                  <Icon name={on ? 'check' : 'minus'} />
                  {name}
                </MenuItem>
              );
            })}
          </MenuSection>
          <MenuSection>
            <Header className="menu-heading">
              <Trans>Poslat na přestávku</Trans>
            </Header>
            {settings.breaks.map((each) => (
              <MenuItem key={each.id} id={`break:${each.id}`} className="menu-item" textValue={each.name}>
                <Icon name="cup" />
                {each.name}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuSection>
            <Header className="menu-heading">
              <Trans>Oprávnění</Trans>
            </Header>
            <MenuItem
              id="choice"
              className="menu-item"
              textValue={choice?.mayChoose ? t`Zakázat volbu front` : t`Povolit volbu front`}
            >
              <Icon name={choice?.mayChoose ? 'lock' : 'check'} />
              {choice?.mayChoose ? t`Zakázat volbu front` : t`Povolit volbu front`}
            </MenuItem>
          </MenuSection>
          {agent.activity !== 'OFFLINE' && (
            <MenuSection>
              <Header className="menu-heading">
                <Trans>Ukončit směnu</Trans>
              </Header>
              <MenuItem id="out" className="menu-item" textValue={t`Odhlásit`} isDisabled={agent.leaving}>
                <Icon name="exit" />
                {agent.contacts.length ? t`Odhlásit, až dokončí hovor` : t`Odhlásit`}
              </MenuItem>
            </MenuSection>
          )}
        </>
      )}
    >
      <Icon name="chevron" />
    </MenuButton>
  );
}

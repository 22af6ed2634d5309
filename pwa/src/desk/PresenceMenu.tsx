import { Trans, useLingui } from '@lingui/react/macro';
import { Button as AriaButton, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components';
import { nameIn, type Settings, useSettings } from '../app/settings';
import { secondsBetween } from '../format/format';
import type { BreakKind } from '../gql/graphql';
import { SHORTCUTS } from '../keyboard/shortcuts';
import { useServerNow } from '../live/clock';
import type { Agent } from '../live/state';
import { useStore } from '../live/store';
import { phone } from '../softphone/softphone';
import { Icon } from '../ui/Icon';
import { LOOKS } from '../ui/StateBadge';
import { Since } from '../ui/Time';
import { ACTIVITIES, notReadyReason, PHONES } from '../words/states';
import { pending, setPresence } from './commands';
import { useAgent } from './current';
import { ownTelephone } from './endpoint';

/** What the agent is doing, since when, and what comes next. The server decides; here one asks. */
export function PresenceMenu({ userId }: { userId: number }) {
  const { i18n, t } = useLingui();
  const agent = useAgent(userId);
  const settings = useSettings();
  const busy = useStore(pending, (keys) => keys.has('presence'));
  const phoneState = useStore(phone.view, (view) => view.state);
  if (!agent) return <div className="presence" data-testid="presence" data-activity="UNKNOWN" />;
  const look = LOOKS[agent.activity];
  const offered = (kind: BreakKind) =>
    settings.breaks
      .filter((each) => each.kind === kind && !each.retired)
      .map((each) => {
        const minutes = each.limitSeconds && Math.round(each.limitSeconds / 60);
        return (
          <MenuItem key={each.id} id={each.id} className="menu-item" textValue={each.name}>
            <Icon name="cup" />
            {each.name}
            {minutes && <span className="quiet small">{t`nejvýš ${minutes} min`}</span>}
          </MenuItem>
        );
      });
  const limit = agent.activity === 'BREAK' ? breakOf(settings, agent)?.limitSeconds : null;
  const disabled = phoneState === 'connected' || ownTelephone(agent) ? [] : ['READY'];
  return (
    <div className="presence" data-testid="presence" data-activity={agent.activity} data-presence={agent.presence}>
      <MenuTrigger>
        <AriaButton
          className={`button presence-button tone-${look.tone}`}
          data-pending={busy || undefined}
          data-testid="presence-menu"
        >
          <Icon name={look.icon} />
          <span className="presence-text">
            <strong>{busy ? t`Probíhá…` : <Activity agent={agent} />}</strong>
            <Next agent={agent} />
          </span>
          {limit ? (
            <Within since={agent.activitySince} limit={limit} />
          ) : (
            <Since since={agent.activitySince} testId="presence-timer" />
          )}
          <Icon name="chevron" />
        </AriaButton>
        <Popover className="popover" placement="bottom start">
          <Menu
            disabledKeys={disabled}
            onAction={(key) => (key === 'READY' ? void setPresence('READY') : void setPresence('BREAK', String(key)))}
          >
            <MenuItem id="READY" className="menu-item" textValue={t`Připraven`}>
              <Icon name="ready" />
              <Trans>Připraven</Trans>
              <kbd className="quiet">{disabled.length ? i18n._(PHONES[phoneState]) : SHORTCUTS.ready.keys}</kbd>
            </MenuItem>
            <MenuSection>
              <Header className="menu-heading">
                <Trans>Přestávka</Trans>
              </Header>
              {offered('PRIVATE')}
            </MenuSection>
            {settings.breaks.some((each) => each.kind === 'WORK' && !each.retired) && (
              <MenuSection>
                <Header className="menu-heading">
                  <Trans>Pracovně mimo linku</Trans>
                </Header>
                {offered('WORK')}
              </MenuSection>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}

const breakOf = (settings: Settings, agent: Agent) => settings.breaks.find((each) => each.id === Number(agent.reason));

/** How long the break has lasted, and that it has lasted too long: by shape and word, not by colour alone. */
function Within({ since, limit }: { since: string; limit: number }) {
  const { t } = useLingui();
  const over = secondsBetween(since, useServerNow()) > limit;
  return (
    <span className={over ? 'presence-over' : undefined} data-testid="break-limit" data-over={over}>
      {over && <Icon name="warn" />}
      <Since since={since} testId="presence-timer" />
      {over && <span className="unseen">{t`déle, než smí přestávka trvat`}</span>}
    </span>
  );
}

function Activity({ agent }: { agent: Agent }) {
  const { i18n } = useLingui();
  const settings = useSettings();
  if (agent.activity === 'BREAK') return nameIn(settings.breaks, Number(agent.reason)) ?? i18n._(ACTIVITIES.BREAK);
  return i18n._(ACTIVITIES[agent.activity]);
}

/** Why not ready; during a contact the state that follows it. */
function Next({ agent }: { agent: Agent }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const reason = agent.activity === 'NOT_READY' ? notReadyReason(agent.reason) : null;
  if (reason) return <span className="small presence-next">{i18n._(reason)}</span>;
  if (!agent.contacts.length) return null;
  const name =
    agent.presence === 'BREAK'
      ? (nameIn(settings.breaks, Number(agent.reason)) ?? i18n._(ACTIVITIES.BREAK))
      : i18n._(ACTIVITIES[agent.presence]);
  return <span className="small presence-next">{t`pak ${name}`}</span>;
}

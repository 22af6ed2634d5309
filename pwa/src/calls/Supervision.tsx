import './calls.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { useMine } from '../desk/current';
import { phoneNumber } from '../format/format';
import type { SupervisionMode } from '../gql/graphql';
import { SHORTCUTS } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import { pending, stopSupervising, supervise, takeOverCall } from './commands';
import { memberOf, mineOf } from './situation';

const MODES: readonly { mode: SupervisionMode; role: string; icon: IconName }[] = [
  { mode: 'LISTEN', role: 'LISTENING', icon: 'ear' },
  { mode: 'WHISPER', role: 'WHISPERING', icon: 'headset' },
  { mode: 'BARGE', role: 'BARGING', icon: 'people' },
];

function useWords(): Record<SupervisionMode, string> {
  const { t } = useLingui();
  return { LISTEN: t`Poslouchat`, WHISPER: t`Našeptávat`, BARGE: t`Vstoupit` };
}

/** The call that this supervisor is in, if any. */
export function useSupervised(me: number): Contact | null {
  return useMine().find((contact) => mineOf(contact, me) === 'supervising') ?? null;
}

/** On every page while a supervisor is in a call: who hears the supervisor, and the way to change it. */
export function SupervisionBanner({ userId }: { userId: number }) {
  const { t } = useLingui();
  const settings = useSettings();
  const contact = useSupervised(userId);
  const words = useWords();
  const keys = useStore(pending);
  if (!contact) return <div role="status" />;
  const role = memberOf(contact, userId)?.role;
  const agent = nameIn(settings.staff, contact.agentId) ?? t`operátor`;
  const heard =
    role === 'LISTENING'
      ? t`Nikdo vás neslyší.`
      : role === 'WHISPERING'
        ? t`Slyší vás jen operátor, volající ne.`
        : t`Slyší vás všichni.`;
  const busy = keys.has(`supervise:${contact.id}`);
  return (
    <div role="status">
      <div className="banner supervision" data-testid="supervision" data-role={role}>
        <Icon name="headset" />
        <span className="supervision-what">
          <strong>
            <Trans>
              Příposlech: {agent}, {phoneNumber(contact.customerNumber)}
            </Trans>
          </strong>{' '}
          {heard}
        </span>
        <span className="strip-buttons">
          {MODES.map(({ mode, role: mine, icon }, index) => (
            <Button
              key={mode}
              icon={icon}
              hint={String(index + 1)}
              pressed={role === mine}
              pending={busy && role !== mine}
              onPress={() => void supervise(contact.id, mode)}
              testId={`supervise-${mode.toLowerCase()}`}
            >
              {words[mode]}
            </Button>
          ))}
          <Button icon="forward" pending={busy} onPress={() => void takeOverCall(contact.id)} testId="supervise-take">
            {t`Převzít hovor`}
          </Button>
          <Button
            tone="bad"
            icon="exit"
            hint={SHORTCUTS.hangUp.keys}
            pending={busy}
            onPress={() => void stopSupervising(contact.id)}
            testId="supervise-end"
          >
            {t`Ukončit`}
          </Button>
        </span>
      </div>
    </div>
  );
}

/** In the floor's row of a call: begin, switch, take over. Disabled where it cannot be done now. */
export function SuperviseButtons({ contact, me }: { contact: Contact; me: number }) {
  const { t } = useLingui();
  const words = useWords();
  const mine = useMine();
  const state = useStore(phone.view, (view) => view.state);
  const keys = useStore(pending);
  const busy = keys.has(`supervise:${contact.id}`);
  const here = mine.find((each) => each.id === contact.id);
  const inIt = Boolean(here && mineOf(here, me) === 'supervising');
  const role = inIt && here ? memberOf(here, me)?.role : null;
  const can = contact.phase === 'ACTIVE' && contact.agentId !== me && state === 'connected' && (inIt || !mine.length);
  return (
    <span
      className="supervise"
      title={state === 'connected' ? '' : t`Nejdřív spusťte směnu, ať máte telefon v prohlížeči.`}
    >
      {MODES.map(({ mode, role: its, icon }) => (
        <Button
          key={mode}
          icon={icon}
          isDisabled={!can}
          pressed={role === its}
          pending={busy}
          onPress={() => void supervise(contact.id, mode)}
          testId={`floor-${mode.toLowerCase()}`}
        >
          {words[mode]}
        </Button>
      ))}
      <Button
        icon="forward"
        isDisabled={!inIt}
        pending={busy}
        onPress={() => void takeOverCall(contact.id)}
        testId="floor-take"
      >
        {t`Převzít`}
      </Button>
    </span>
  );
}

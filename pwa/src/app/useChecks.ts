import { me, useMine } from '../desk/current';
import { useOwnTelephone } from '../desk/endpoint';
import { board, desk } from '../live/feeds';
import { useStore } from '../live/store';
import { soundBlocked } from '../softphone/audio';
import { pushState } from '../softphone/push';
import { callQuality, phone } from '../softphone/softphone';
import { useFeedLost } from './Banners';
import { type CheckName, checksOf, type Facts, type State } from './problems';
import { session, worksAtDesk } from './session';
import { updateWaiting } from './update';

export function useChecks(): { facts: Facts; checks: Record<CheckName, State> } {
  const now = useStore(session);
  const works = (now.kind === 'user' || now.kind === 'expired') && worksAtDesk(now.user) && me() > 0;
  const lost = useFeedLost(works ? desk : board);
  const connection = useStore((works ? desk : board).connection, (each) => each.kind);
  const view = useStore(phone.view);
  const facts: Facts = {
    works,
    // A cut of a moment is no problem.
    connection: lost ? 'lost' : connection === 'lost' ? 'open' : connection,
    phone: view.state,
    denied: view.denied,
    ownTelephone: useOwnTelephone() !== null,
    soundBlocked: useStore(soundBlocked),
    quality: useStore(callQuality),
    push: useStore(pushState),
    notifications: 'Notification' in window ? Notification.permission : 'none',
    update: useStore(updateWaiting),
    busy: useMine().length > 0,
  };
  return { facts, checks: checksOf(facts) };
}

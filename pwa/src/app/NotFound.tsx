import { Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useStore } from '../live/store';
import { Icon } from '../ui/Icon';
import { homeOf, session } from './session';

/** An address that leads nowhere: an old link, a slip. */
export function NotFound() {
  const now = useStore(session);
  const home = now.kind === 'user' || now.kind === 'expired' ? homeOf(now.user) : '/';
  return (
    <section className="empty" data-testid="not-found">
      <Icon name="search" />
      <h1>
        <Trans>Tady nic není</Trans>
      </h1>
      <p>
        <Trans>Odkaz je starý, nebo je v adrese překlep.</Trans>
      </p>
      <Link className="button primary" to={home}>
        <Trans>Na úvodní stránku</Trans>
      </Link>
    </section>
  );
}

import { Trans } from '@lingui/react/macro';
import { ProblemList } from '../app/ProblemList';

/** What this device can and cannot do now, in one place. */
export function ThisDevice() {
  return (
    <section className="panel" data-testid="this-device">
      <header>
        <h2>
          <Trans>Stav tohoto zařízení</Trans>
        </h2>
      </header>
      <div className="account-body">
        <ProblemList all />
      </div>
    </section>
  );
}

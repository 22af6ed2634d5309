import { useLingui } from '@lingui/react/macro';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { moment } from '../format/format';
import { EndOtherSessionsDocument, OwnNewDevicesDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { CHANGE_PASSWORD_NOW, NO_ANSWER } from '../words/refusals';
import { browserName } from './browser';
import type { OwnSecurity } from './Security';

/** The account was used in a browser for the first time. */
export function NewDevices({ devices, onChange }: { devices: OwnSecurity['newDevices']; onChange: () => void }) {
  const { t } = useLingui();
  const act = async (go: () => Promise<unknown>) => {
    try {
      await go();
      onChange();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <section className="panel new-devices" data-testid="new-devices" aria-labelledby="new-devices">
      <header>
        <Icon name="warn" />
        <h2 id="new-devices">{t`Přihlášení z nového zařízení`}</h2>
      </header>
      <ul className="account-list">
        {devices.map((each) => {
          const name = browserName(each.browser) ?? t`Neznámý prohlížeč`;
          const since = moment(each.since, Date.now());
          return (
            <li key={`${each.since} ${each.address}`} className="account-row">
              <div>
                <strong title={each.browser}>{name}</strong>
                <p className="small quiet">{t`${since}, adresa ${each.address}`}</p>
              </div>
            </li>
          );
        })}
      </ul>
      <div className="account-body">
        <Button tone="primary" onPress={() => void act(() => execute(OwnNewDevicesDocument, {}))} testId="devices-mine">
          {t`Ano, to jsem já`}
        </Button>
        <Button
          tone="bad"
          onPress={() =>
            void act(async () => {
              await execute(EndOtherSessionsDocument, {});
              tell(CHANGE_PASSWORD_NOW);
            })
          }
          testId="devices-foreign"
        >
          {t`To nejsem já, odhlásit ostatní`}
        </Button>
      </div>
    </section>
  );
}

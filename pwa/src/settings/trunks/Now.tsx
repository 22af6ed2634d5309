/** A trunk at this moment, bridge by bridge; and bridges that use trunks of their own settings. */
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { moment } from '../../format/format';
import { Empty } from '../../ui/Empty';
import { Badge } from './Badge';
import type { TrunkState, Trunks } from './data';
import { asks, lookOf, statesOf, whole, whyDown } from './state';

export function Now({ trunk, bridges }: { trunk: Trunks['trunks'][number]; bridges: Trunks['bridges'] }) {
  const states = statesOf(trunk.body.name, bridges);
  return (
    <section className="panel setting-section" data-testid="trunk-now">
      <header>
        <h2>
          <Trans>Právě teď</Trans>
        </h2>
        {states.length !== 1 && <Badge look={whole(trunk, bridges)} />}
      </header>
      <ul className="account-list">
        {states.map(({ bridge, state }) => (
          <OnBridge key={bridge} bridge={bridge} state={state} asked={asks(trunk.body)} />
        ))}
      </ul>
    </section>
  );
}

function OnBridge({ bridge, state, asked }: { bridge: string; state: TrunkState; asked: boolean }) {
  const { i18n, t } = useLingui();
  const look = lookOf(state, asked);
  const why = whyDown(state);
  const since = moment(state.since, Date.now());
  const calls = plural(state.calls, { one: '# hovor', few: '# hovory', other: '# hovorů' });
  return (
    <li className="finding" data-testid="trunk-state" data-tone={look.tone}>
      <div>
        <Badge look={look} />{' '}
        <span className="small quiet">
          {bridge} · {t`od ${since}`} · {calls}
        </span>
        {why && <p className="small">{i18n._(why)}</p>}
      </div>
    </li>
  );
}

/** Bridges that do not use what is set here, and why. */
export function Others({ bridges, any }: { bridges: Trunks['bridges']; any: boolean }) {
  const { t } = useLingui();
  const others = bridges.filter((each) => !each.given || each.wrong);
  if (!bridges.length) return any ? <Empty icon="offline">{t`Není připojený žádný most.`}</Empty> : null;
  return (
    <ul className="account-list">
      {others.map(({ bridge, wrong, trunks }) => (
        <li key={bridge} className="finding" data-testid="trunks-of-bridge">
          <div>
            <strong>
              {wrong ? t`Most ${bridge} tyto svazky nepoužil.` : t`Most ${bridge} používá svazky ze svého nastavení`}
            </strong>
            {wrong && <p className="small">{wrong}</p>}
            {trunks.map((state) => (
              <p key={state.name} className="small">
                {state.name} <Badge look={lookOf(state, state.reachable !== 'UNKNOWN')} />
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

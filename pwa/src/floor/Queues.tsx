import { Trans, useLingui } from '@lingui/react/macro';
import { percent } from '../format/format';
import { floor } from '../live/feeds';
import type { Queue } from '../live/state';
import { useStore } from '../live/store';
import { ServiceLevel, WaitingBadge } from '../ui/Thresholds';
import { Since } from '../ui/Time';

export function Queues() {
  const { t } = useLingui();
  const queues = useStore(floor.state, (state) => state.queues);
  const sorted = [...queues.values()].sort((a, b) => b.waiting - a.waiting || a.name.localeCompare(b.name, 'cs'));
  return (
    <section className="panel">
      <header>
        <h2>
          <Trans>Fronty</Trans>
        </h2>
      </header>
      <table className="table" data-testid="floor-queues">
        <thead>
          <tr>
            <th scope="col">{t`Fronta`}</th>
            <th scope="col" className="n">{t`Čeká`}</th>
            <th scope="col" className="n">{t`Nejdéle`}</th>
            <th scope="col" className="n">{t`Připraveno`}</th>
            <th scope="col" className="n">{t`Obsazeno`}</th>
            <th scope="col" className="n">{t`Nabídnuto dnes`}</th>
            <th scope="col" className="n">{t`Přijato`}</th>
            <th scope="col" className="n">{t`Ztraceno`}</th>
            <th scope="col" className="n">{t`Úroveň služby`}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((queue) => (
            <Row key={queue.id} queue={queue} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ queue }: { queue: Queue }) {
  const { t } = useLingui();
  return (
    <tr data-queue={queue.id}>
      <th scope="row">{queue.name}</th>
      <td className="n" data-label={t`Čeká`}>
        <WaitingBadge queue={queue} />
      </td>
      <td className="n" data-label={t`Nejdéle`}>
        <Since since={queue.longestSince} />
      </td>
      <td className="n" data-label={t`Připraveno`}>
        {queue.ready} / {queue.signedIn}
      </td>
      <td className="n" data-label={t`Obsazeno`}>
        {queue.busy}
      </td>
      <td className="n" data-label={t`Nabídnuto dnes`}>
        {queue.offered}
      </td>
      <td className="n" data-label={t`Přijato`}>
        {queue.answered}
      </td>
      <td className="n" data-label={t`Ztraceno`}>
        {queue.abandoned}
      </td>
      <td className="n" data-label={t`Úroveň služby`} title={t`cíl: do ${queue.targetSeconds} s`}>
        <ServiceLevel
          level={queue.serviceLevel ?? null}
          text={queue.serviceLevel == null ? '–' : percent(queue.serviceLevel)}
        />
      </td>
    </tr>
  );
}

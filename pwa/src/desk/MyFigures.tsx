import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { number, percent } from '../format/format';
import { type FiguresPeriod, MyFiguresDocument, type MyFiguresQuery } from '../gql/graphql';
import { desk } from '../live/feeds';
import { useStore } from '../live/store';
import { Empty } from '../ui/Empty';
import { useAnswer } from './detail';

const EVERY_MS = 60_000;

const PERIODS: Record<FiguresPeriod, ReturnType<typeof msg>> = {
  DAY: msg`24 h`,
  WEEK: msg`Týden`,
  FORTNIGHT: msg`14 dní`,
  MONTH: msg`Měsíc`,
};

type Figures = MyFiguresQuery['myFigures'][number];

/** What I and my queues did over a day, a week, a fortnight and a month; anew after each contact and every minute. */
export function MyFigures() {
  const { i18n, t } = useLingui();
  const minute = useMinute();
  const contacts = useStore(desk.state, (state) => state.contacts.size);
  const { value, failed } = useAnswer(
    `${minute} ${contacts}`,
    async (signal) => (await execute(MyFiguresDocument, {}, signal)).myFigures,
  );
  const rows: { name: string; of: (figures: Figures) => string }[] = [
    { name: t`Vyřízené mnou`, of: (x) => number(x.handled) },
    { name: t`Mnou zmeškané`, of: (x) => number(x.lost) },
    { name: t`Vyřízené v mých frontách`, of: (x) => number(x.queuesHandled) },
    { name: t`Ztracené v mých frontách`, of: (x) => number(x.queuesLost) },
    { name: t`Úroveň služby mých front`, of: (x) => (x.serviceLevel === null ? '–' : percent(x.serviceLevel)) },
  ];
  return (
    <section className="panel my-figures" data-testid="my-figures">
      <header>
        <h2>
          <Trans>Moje čísla</Trans>
        </h2>
      </header>
      {value ? (
        <table>
          <thead>
            <tr>
              <td />
              {value.map((each) => (
                <th key={each.period} scope="col">
                  {i18n._(PERIODS[each.period])}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                {value.map((each) => (
                  <td key={each.period} className="figures">
                    {row.of(each)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty icon="history">{failed ? t`Čísla se nepodařilo načíst, zkoušíme to znovu.` : t`Načítá se…`}</Empty>
      )}
    </section>
  );
}

function useMinute(): number {
  const [minute, setMinute] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setMinute((before) => before + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return minute;
}

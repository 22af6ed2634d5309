/** What ICIS has sent: when it was here last, what became of the persons, what it should mend; keys of fields for its makers. */
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { moment, number } from '../../format/format';
import { SynchronisationDocument, type SynchronisationQuery } from '../../gql/graphql';
import { SETTING_PROBLEMS } from '../../words/settings';
import { useRouting } from '../data';
import { dayWords } from '../words';

type Found = SynchronisationQuery['synchronisation'];

const WHY = {
  MISSING: msg`Chybí příjmení i název firmy.`,
  UNKNOWN: msg`Takové pole karta nemá.`,
  OUT_OF_RANGE: msg`Je příliš dlouhé, nebo je hodnot moc.`,
  TAKEN: msg`Tentýž identifikátor je v dávce dvakrát.`,
};

const LATE_DAYS = 8;
const DAY_MS = 86_400_000;

export function Synchronised() {
  const { t } = useLingui();
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    let over = false;
    execute(SynchronisationDocument, {})
      .then(({ synchronisation }) => over || setFound(synchronisation))
      .catch(() => {});
    return () => {
      over = true;
    };
  }, []);
  if (!found) return null;
  return (
    <section className="panel setting-section" aria-labelledby="icis" data-testid="icis">
      <header>
        <h2 id="icis">{t`Synchronizace s ICIS`}</h2>
      </header>
      <Last found={found} />
      {found.days.length > 0 && <Days days={found.days} />}
      {found.problemCount > 0 && <Problems found={found} />}
      <Keys />
    </section>
  );
}

function Last({ found }: { found: Found }) {
  const { t } = useLingui();
  const last = found.days[0];
  if (!last)
    return (
      <p className="small quiet setting-about">
        {found.open
          ? t`Dveře pro ICIS jsou otevřené, zatím neposlal nic.`
          : t`ICIS zatím nemá jak posílat klienty: správce serveru mu nastaví token a certifikát podle návodu k instalaci.`}
      </p>
    );
  const late = Date.now() - Date.parse(last.lastAt) > LATE_DAYS * DAY_MS;
  return (
    <p className={late ? 'error setting-about' : 'small quiet setting-about'} role={late ? 'alert' : undefined}>
      {late
        ? t`Poslední dávka přišla ${moment(last.lastAt, Date.now())}. Má chodit každý týden: zeptejte se správce ICIS.`
        : t`Poslední dávka přišla ${moment(last.lastAt, Date.now())}.`}
    </p>
  );
}

function Days({ days }: { days: Found['days'] }) {
  const { t } = useLingui();
  const columns: [keyof Found['days'][number], string][] = [
    ['received', t`Přišlo`],
    ['created', t`Nových`],
    ['changed', t`Změněných`],
    ['unchanged', t`Beze změny`],
    ['gone', t`Už nejsou v ICIS`],
    ['forgotten', t`Zapomenutých`],
    ['refused', t`Odmítnutých`],
  ];
  return (
    <div className="icis-days">
      <table className="table values">
        <caption className="unseen">{t`Co ICIS poslal v jednotlivých dnech`}</caption>
        <thead>
          <tr>
            <th>{t`Den`}</th>
            {columns.map(([key, label]) => (
              <th key={key} className="n">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.day} data-testid="icis-day">
              <th scope="row">{dayWords(day.day)}</th>
              {columns.map(([key, label]) => (
                <td key={key} className={key === 'refused' && day.refused ? 'n error' : 'n'} data-label={label}>
                  {number(Number(day[key]))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Problems({ found }: { found: Found }) {
  const { i18n, t } = useLingui();
  const fields = useRouting()?.clients.fields;
  return (
    <details className="sync" data-testid="icis-problems">
      <summary>
        <strong>{t`Co má ICIS opravit: ${number(found.problemCount)}`}</strong>
        {found.problems.length < found.problemCount && (
          <span className="small quiet">{t`zobrazeno prvních ${number(found.problems.length)}`}</span>
        )}
      </summary>
      <table className="table values">
        <thead>
          <tr>
            <th>{t`Identifikátor v ICIS`}</th>
            <th>{t`Pole`}</th>
            <th>{t`Proč se nepřevzalo`}</th>
          </tr>
        </thead>
        <tbody>
          {found.problems.map((each, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one may be wrong twice in one day
            <tr key={n}>
              <td>{each.icisId}</td>
              <td>{fields?.find((field) => field.key === each.field)?.name ?? each.field}</td>
              <td className="wide">{i18n._({ ...SETTING_PROBLEMS, ...WHY }[each.problem])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Keys() {
  const { t } = useLingui();
  const fields = useRouting()?.clients.fields.filter((field) => !field.retired) ?? [];
  return (
    <details className="sync">
      <summary>
        <strong>{t`Klíče polí pro ICIS`}</strong>
        <span className="small quiet">
          <Trans>pod nimi ICIS posílá hodnoty</Trans>
        </span>
      </summary>
      <table className="table values">
        <thead>
          <tr>
            <th>{t`Pole`}</th>
            <th>{t`Klíč`}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.key}>
              <td>{field.name}</td>
              <td>
                <code>{field.key}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

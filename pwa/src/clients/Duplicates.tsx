import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { TellApartDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { ClientLine } from './ClientLine';
import { type Card, noteSave, useFields } from './data';

async function tellApart(client: number, other: number, apart: boolean): Promise<void> {
  try {
    const { tellApart: answer } = await execute(TellApartDocument, { client, other, apart });
    if (answer.__typename === 'Refused') tell(refusalText(answer.code));
    else noteSave();
  } catch {
    tell(NO_ANSWER);
  }
}

/** Cards that look like the same person. They are never merged here: ICIS says who is who. */
export function Duplicates({ card }: { card: Card }) {
  const { t } = useLingui();
  const fields = useFields();
  const { client, duplicates, toldApart } = card;
  if (!duplicates.length && !toldApart.length) return null;
  const names = (keys: readonly string[]) =>
    keys.map((key) => fields.find((field) => field.key === key)?.name ?? key).join(', ');
  return (
    <section className="card-section duplicates" data-testid="duplicates">
      {duplicates.length > 0 && (
        <>
          <h4>
            <Icon name="copy" /> <Trans>Možná tatáž osoba</Trans>
          </h4>
          <ul>
            {duplicates.map((each) => (
              <li key={each.client.id}>
                <Link to="/clients/$client" params={{ client: String(each.client.id) }} className="duplicate-link">
                  <ClientLine client={each.client} />
                </Link>
                <span className="small quiet">{t`Shoduje se: ${names(each.because)}`}</span>
                <Button
                  tone="plain"
                  onPress={() => void tellApart(client.id, each.client.id, true)}
                  testId="tell-apart"
                >
                  {t`Není to tatáž osoba`}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      {toldApart.length > 0 && (
        <details className="small">
          <summary>{t`Rozlišeno od: ${toldApart.map((each) => each.name).join(', ')}`}</summary>
          {toldApart.map((each) => (
            <Button key={each.id} tone="plain" icon="undo" onPress={() => void tellApart(client.id, each.id, false)}>
              {t`Vzít zpět: ${each.name}`}
            </Button>
          ))}
        </details>
      )}
    </section>
  );
}

/** One line whole, and what else the same request did. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { AuditTrailDocument } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { flat } from '../model/flat';
import { type Asked, filterOf, type Line, type Person, USUAL } from './search';
import { ANSWERS, actionName, KINDS, SOURCES } from './words';
import { dayAndTime, subjectName } from './write';

export function Details({
  line,
  people,
  onOpen,
  onAsk,
}: {
  line: Line;
  people: readonly Person[];
  onOpen: (line: Line) => void;
  onAsk: (part: Partial<Asked>) => void;
}) {
  const { i18n, t } = useLingui();
  const together = useTogether(line);
  const person = people.find((each) => each.id === line.actorId);
  const source = SOURCES[line.source];
  // what a form began with says little beside what was sent: it comes after it
  const { base, ...given } = (line.parameters ?? {}) as Record<string, unknown>;
  const facts: [string, string | null | undefined][] = [
    [t`Kdy`, dayAndTime(line.at)],
    [t`Kdo`, person ? `${person.name} (${person.login})` : line.actorId === null ? null : `#${line.actorId}`],
    [t`Odkud`, line.address],
    [t`Přihlášení`, line.session],
    [t`Kdo to vyvolal`, source ? i18n._(source) : line.source],
    [t`Druh`, i18n._(KINDS[line.kind])],
    [t`Označení činnosti`, line.action],
    [t`Čeho se to týká`, line.subject],
    [t`Jak to dopadlo`, i18n._(ANSWERS[line.outcome])],
    [t`Důvod`, line.reason],
    [t`Požadavek`, line.request],
    [t`Pečeť`, line.sealed ? t`zapečetěno` : t`čeká na zapečetění`],
    [t`Číslo řádku`, line.id],
  ];
  return (
    <div className="audit-record" data-testid="audit-record">
      <h2>
        {actionName(line.action)} <span className="quiet">{subjectName(line.subject)}</span>
      </h2>
      <dl className="audit-facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div className="form-row">
        {person && <Button onPress={() => onAsk({ actor: person.id })}>{t`Vše od toho člověka`}</Button>}
        {line.subject && (
          <Button onPress={() => onAsk({ subject: line.subject ?? '' })} testId="audit-same-subject">
            {t`Vše k téže věci`}
          </Button>
        )}
      </div>
      <Values title={t`Údaje`} value={given} empty={t`Bez dalších údajů.`} testId="audit-parameters" />
      {base != null && (
        <details>
          <summary>{t`Z čeho se vycházelo`}</summary>
          <Values title={t`Předtím`} value={base} empty={t`Bez dalších údajů.`} testId="audit-base" />
        </details>
      )}
      {line.found != null && (
        <Values title={t`Co bylo ukázáno`} value={line.found} empty={t`Nic.`} testId="audit-found" />
      )}
      {together.length > 0 && (
        <section aria-labelledby="audit-together">
          <h3 id="audit-together">{t`Týž požadavek také`}</h3>
          <ul>
            {together.map((each) => (
              <li key={each.id}>
                <Button tone="plain" onPress={() => onOpen(each)}>
                  {actionName(each.action)}
                </Button>
                <span className="quiet">{subjectName(each.subject)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Values({ title, value, empty, testId }: { title: string; value: unknown; empty: string; testId: string }) {
  const rows = flat(value);
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className="small quiet">{empty}</p>
      ) : (
        <table className="values audit-values" data-testid={testId}>
          <tbody>
            {rows.map(([path, text], n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a path may stand twice
              <tr key={n}>
                <th scope="row">{path}</th>
                <td>{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Other lines of the same request: a command and what came of it. */
function useTogether({ id, request }: Line): readonly Line[] {
  const [found, setFound] = useState<readonly Line[]>([]);
  useEffect(() => {
    if (!request) return;
    let over = false;
    const filter = { ...filterOf({ ...USUAL, period: 'always' }, 0), request };
    execute(AuditTrailDocument, { filter, after: null })
      .then(({ auditTrail }) => !over && setFound(auditTrail.lines.filter((each) => each.id !== id)))
      .catch(() => {});
    return () => {
      over = true;
    };
  }, [id, request]);
  return found;
}

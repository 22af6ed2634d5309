/** Where one call would go by the rules on the screen, and why. */
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { useSettings } from '../app/settings';
import { destinationWords } from '../destinations/words';
import type { Problem } from '../forms/problems';
import { type DecisionFragment, TryEntryRulesDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useParts } from '../menus/parts';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { NO_ANSWER } from '../words/refusals';
import { type EntryRulesBody, useRouting } from './data';
import type { Destination } from './model/shapes';
import { pragueInstant, pragueWall } from './model/times';
import { conditionWords, foundWords } from './words';

export function TryRules({
  rules,
  onWrong,
}: {
  rules: EntryRulesBody;
  onWrong: (problems: readonly Problem[]) => void;
}) {
  const { t } = useLingui();
  const [at, setAt] = useState(() => pragueWall(serverClock.now()));
  const [caller, setCaller] = useState('');
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<{ rules: EntryRulesBody; decision: DecisionFragment } | null>(null);
  const ask = async () => {
    setBusy(true);
    try {
      const number = caller.replaceAll(/\s/g, '');
      const { tryEntryRules: answer } = await execute(TryEntryRulesDocument, {
        draft: rules,
        at: pragueInstant(at),
        caller: /^\d{9}$/.test(number) ? `+420${number}` : number,
      });
      if (answer.__typename === 'SettingRefused') {
        setFound(null);
        onWrong(answer.problems);
      } else setFound({ rules, decision: answer });
    } catch {
      tell(NO_ANSWER);
    }
    setBusy(false);
  };
  return (
    <section className="panel setting-section" aria-labelledby="try" data-testid="try-rules">
      <header>
        <h2 id="try">{t`Vyzkoušet`}</h2>
      </header>
      <div className="setting-check form-row">
        <Field label={t`Kdy`} type="datetime-local" value={at} onChange={setAt} data-testid="try-at" />
        <Field
          label={t`Kdo volá`}
          type="tel"
          value={caller}
          onChange={setCaller}
          placeholder={t`prázdné: skryté číslo`}
          data-testid="try-caller"
        />
        <Button icon="play" pending={busy} onPress={() => void ask()} testId="try-go">{t`Kam půjde?`}</Button>
      </div>
      {found && (
        <div role="status">
          {found.rules !== rules && (
            <p className="small quiet setting-about">{t`Pravidla se mezitím změnila, zkuste to znovu.`}</p>
          )}
          <Decision rules={found.rules} decision={found.decision} />
        </div>
      )}
    </section>
  );
}

/** Each rule that was looked at, and why it did or did not apply; then where the call goes. */
export function Decision({ rules, decision }: { rules: EntryRulesBody; decision: DecisionFragment }) {
  const { t } = useLingui();
  const settings = useSettings();
  const parts = useParts();
  const routing = useRouting();
  return (
    <>
      <ol className="looked" data-testid="looked">
        {decision.looked.map((looked) => (
          <li key={looked.rule} data-testid="looked-rule" data-applied={looked.applied}>
            <Icon name={looked.applied ? 'check' : 'decline'} />
            <div>
              <strong>{looked.name}</strong> {looked.applied ? t`platí` : t`neplatí`}
              <ul>
                {(looked.findings as { condition: number; held: boolean; found: string }[]).map((finding) => {
                  const condition = rules.rules[looked.rule]?.conditions[finding.condition];
                  return (
                    <li key={finding.condition} className="small">
                      {finding.held ? '✓' : '✗'} {condition && conditionWords(condition, settings, routing)}{' '}
                      <span className="quiet">({foundWords(condition, finding.found)})</span>
                    </li>
                  );
                })}
                {(looked.findings as unknown[]).length === 0 && <li className="small quiet">{t`nemá podmínky`}</li>}
              </ul>
            </div>
          </li>
        ))}
      </ol>
      <p className="decision" data-testid="decision">
        <Icon name="forward" />
        {decision.rule === null && <span className="quiet">{t`žádné pravidlo neplatí:`}</span>}{' '}
        <strong>{destinationWords(decision.to as Destination, settings, parts)}</strong>
      </p>
    </>
  );
}

import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { SimulateFlowDocument, type SimulateFlowQuery } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { KINDS } from '../words/menus';
import { type Flow, KEYS, type Kind } from './model/flow';
import { Play } from './Prompts';
import { useParts } from './parts';

type Walked = Extract<SimulateFlowQuery['simulateFlow'], { __typename: 'Simulation' }>['steps'];

/** A caller who is not there: what would be heard, step by step. */
export function Simulation({
  id,
  flow,
  onWalk,
}: {
  id: number;
  flow: Flow;
  onWalk: (path: readonly string[]) => void;
}) {
  const { i18n, t } = useLingui();
  const { prompts } = useParts();
  const [inputs, setInputs] = useState<readonly Record<string, unknown>[]>([]);
  const [caller, setCaller] = useState('');
  const [status, setStatus] = useState('');
  const [at, setAt] = useState('');
  const [answer, setAnswer] = useState('');
  const [steps, setSteps] = useState<Walked | null>(null);
  const [wrong, setWrong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when what is walked changes
  useEffect(() => {
    const gone = new AbortController();
    const variables = {
      id,
      body: flow,
      inputs,
      caller,
      clientStatus: status,
      at: at ? new Date(at).toISOString() : null,
    };
    execute(SimulateFlowDocument, variables, gone.signal).then(
      ({ simulateFlow: found }) => {
        setWrong(found.__typename !== 'Simulation');
        const walked = found.__typename === 'Simulation' ? found.steps : null;
        setSteps(walked);
        onWalk(walked?.filter((step) => step.flow === id).flatMap((step) => step.path) ?? []);
      },
      () => !gone.signal.aborted && setWrong(true),
    );
    return () => gone.abort();
  }, [flow, inputs, caller, status, at, id]);
  const last = steps?.at(-1);
  const give = (...more: Record<string, unknown>[]) => setInputs([...inputs, ...more]);
  const ended = !last || last.awaits === 'end';
  const prompted = { type: 'PromptFinished', step: last?.step };
  const silence = { type: 'SilenceElapsed', step: last?.step, digits: last?.digits.length ?? 0 };
  const exit = last?.exit as { type: Kind } | null | undefined;
  return (
    <div className="simulation" data-testid="simulation">
      <div className="form-row">
        <Field label={t`Volá v`} type="datetime-local" value={at} onChange={setAt} />
        <Field label={t`Z čísla`} value={caller} onChange={setCaller} placeholder="+420…" />
        <Field label={t`Stav klienta`} value={status} onChange={setStatus} placeholder="vip" />
      </div>
      <ol className="heard" aria-live="polite" data-testid="heard">
        {steps?.map((step, n) => {
          const prompt = prompts.find((each) => each.key === step.prompt);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps only grow
            <li key={n}>
              {/^[0-9*#]$/.test(step.given) && <kbd className="key">{step.given}</kbd>}
              {step.says && step.given !== 'PromptFinished' && !prompt && <q>{step.says}</q>}
              {prompt && <Play url={prompt.url} name={prompt.name} />}
              {step.digits && <span className="figures quiet"> {step.digits}</span>}
            </li>
          );
        })}
      </ol>
      {wrong && <p className="error" role="alert">{t`Tudy projít nejde: opravte nejdřív chyby v menu.`}</p>}
      {exit && (
        <p className="state tone-ready" data-testid="walk-exit">
          {t`Volající odchází`}: {i18n._(KINDS[exit.type].name)}
        </p>
      )}
      {!exit && last?.awaits === 'end' && <p className="state tone-rest">{t`Hovor skončil.`}</p>}
      {last?.awaits === 'look_up' && (
        <div className="form-row">
          <Field label={t`Odpověď systému (název=hodnota, …)`} value={answer} onChange={setAnswer} />
          <Button
            onPress={() =>
              give({
                type: 'LookUpAnswered',
                step: last.step,
                values: Object.fromEntries(
                  answer
                    .split(',')
                    .map((each) => each.split('=').map((part) => part.trim()))
                    .filter((pair) => pair.length === 2),
                ),
              })
            }
          >{t`Odpovědět`}</Button>
          <Button
            onPress={() => give({ type: 'LookUpAnswered', step: last.step, values: null })}
          >{t`Bez odpovědi`}</Button>
        </div>
      )}
      <div className="keypad">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'].map((key) => (
          <Button
            key={key}
            isDisabled={ended}
            onPress={() => give({ type: 'KeyPressed', key })}
            testId={`key-${KEYS.indexOf(key as never)}`}
          >
            {key}
          </Button>
        ))}
      </div>
      <div className="form-row">
        <Button
          isDisabled={ended || last.listening}
          onPress={() => give(prompted)}
          testId="prompt-end"
        >{t`Doposlechnout`}</Button>
        <Button
          isDisabled={ended}
          onPress={() => (last?.listening ? give(silence) : give(prompted, silence))}
        >{t`Mlčet`}</Button>
        <Button icon="reload" onPress={() => setInputs([])}>{t`Znovu`}</Button>
      </div>
    </div>
  );
}

import { useLingui } from '@lingui/react/macro';
import { unblockSound } from '../softphone/audio';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { PHONES } from '../words/states';
import { type CheckName, type Facts, type State, wrong } from './problems';
import { applyUpdate } from './update';
import { useChecks } from './useChecks';

/** Each thing that can be wrong, how it is, and what to do. With `all` also what is in order. */
export function ProblemList({ all = false }: { all?: boolean }) {
  const { t } = useLingui();
  const { facts, checks } = useChecks();
  const names = (Object.keys(checks) as CheckName[]).filter((name) => all || wrong(checks).includes(name));
  if (!names.length) return <p className="quiet">{t`Všechno je v pořádku.`}</p>;
  return (
    <ul className="problems" data-testid="problems">
      {names.map((name) => (
        <Check key={name} name={name} state={checks[name]} facts={facts} />
      ))}
    </ul>
  );
}

function Check({ name, state, facts }: { name: CheckName; state: State; facts: Facts }) {
  const { t } = useLingui();
  const words = useWords(name, state, facts);
  const states: Record<State, string> = {
    good: t`v pořádku`,
    warning: t`pozor`,
    bad: t`nefunguje`,
    unused: t`nepoužívá se`,
  };
  return (
    <li className={`problem ${state}`} data-testid={`problem-${name}`} data-state={state}>
      <Icon name={state === 'good' ? 'check' : state === 'unused' ? 'minus' : 'warn'} />
      <div>
        <strong>
          {words.what}: {states[state]}
        </strong>
        {words.advice && <p className="small">{words.advice}</p>}
      </div>
      {words.action}
    </li>
  );
}

function useWords(name: CheckName, state: State, facts: Facts) {
  const { i18n, t } = useLingui();
  const bad = state === 'bad' || state === 'warning';
  const advice = (words: string): string | null => (bad ? words : null);
  switch (name) {
    case 'connection':
      return {
        what: t`Spojení se serverem`,
        advice: advice(
          t`Obnovujeme ho sami. Když to trvá, zkontrolujte síťový kabel nebo Wi-Fi. Běžící hovor pokračuje.`,
        ),
      };
    case 'phone':
      return {
        what: t`Telefon`,
        advice: bad ? i18n._(PHONES[facts.phone]) : null,
        action: facts.phone === 'elsewhere' && <Button onPress={() => void phone.start(true)}>{t`Převzít sem`}</Button>,
      };
    case 'microphone':
      return {
        what: t`Mikrofon`,
        advice: advice(t`Povolte mikrofon vlevo vedle adresy, zapojte náhlavní soupravu a zkuste to znovu.`),
        action: bad && <Button onPress={() => void phone.start()}>{t`Zkusit znovu`}</Button>,
      };
    case 'sound':
      return {
        what: t`Zvuk`,
        advice: advice(t`Prohlížeč čeká na klepnutí, než něco přehraje.`),
        action: bad && <Button onPress={() => void unblockSound()}>{t`Zapnout zvuk`}</Button>,
      };
    case 'quality':
      return {
        what: t`Kvalita hovoru`,
        advice: advice(t`Hlas vypadává. Připojte se kabelem, nebo zavřete stahování a videa.`),
      };
    case 'notifications':
      return {
        what: t`Oznámení`,
        advice: advice(t`O hovoru se nedozvíte, když je okno schované. Povolte oznámení vlevo vedle adresy.`),
      };
    case 'update':
      return {
        what: t`Verze aplikace`,
        advice: advice(
          facts.busy ? t`Je připravená nová verze. Obnoví se, až nebudete mít hovor.` : t`Je připravená nová verze.`,
        ),
        action: bad && !facts.busy && <Button onPress={() => applyUpdate()}>{t`Obnovit`}</Button>,
      };
  }
}

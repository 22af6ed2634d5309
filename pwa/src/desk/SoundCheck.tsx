import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useState } from 'react';
import { useStore } from '../live/store';
import {
  type Heard,
  heardVerdict,
  listen,
  measurePath,
  type Path,
  pathVerdict,
  type Verdict,
} from '../softphone/check';
import { loudest, SPOKEN } from '../softphone/micLevel';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { NO_ANSWER, refusalText } from '../words/refusals';

/** Microphone, speaker, network: what was found, and what to do about it. Look, then be ready. */
export function SoundCheck() {
  const { i18n, t } = useLingui();
  const connected = useStore(phone.view, (view) => view.state === 'connected');
  const [path, setPath] = useState<Path | null>(null);
  const [heard, setHeard] = useState<Heard | null>(null);
  const [listening, setListening] = useState(false);
  const [problem, setProblem] = useState('');
  const spoken = useStore(loudest, (level) => level >= SPOKEN);
  useEffect(() => {
    if (!connected) return;
    let wanted = true;
    void measurePath().then((found) => wanted && setPath(found));
    return () => {
      wanted = false;
    };
  }, [connected]);
  async function check(): Promise<void> {
    setListening(true);
    setProblem('');
    try {
      const [found, way] = await Promise.all([listen(), measurePath()]);
      setPath(way);
      if (typeof found === 'string') setProblem(i18n._(refusalText(found)));
      else setHeard(found);
    } catch {
      setProblem(i18n._(NO_ANSWER));
    } finally {
      setListening(false);
    }
  }
  return (
    <div className="sound-check" data-testid="sound-check">
      <ul aria-live="polite">
        <Found what={t`Mikrofon`} verdict={spoken ? 'good' : 'fair'} testId="check-microphone">
          {spoken
            ? t`Slyšíme vás.`
            : t`Řekněte něco. Když se ukazatel nehýbe, vyberte jiný mikrofon nebo ho zapněte na kabelu.`}
        </Found>
        {path && (
          <Found what={t`Síť`} verdict={pathVerdict(path)} testId="check-path">
            <PathWords path={path} />
          </Found>
        )}
        {heard && (
          <Found what={t`Zvuk od volajícího`} verdict={heardVerdict(heard)} testId="check-sound">
            <HeardWords heard={heard} />
          </Found>
        )}
      </ul>
      <p role="alert" className="error small">
        {problem}
      </p>
      <Button icon="ear" pending={listening} isDisabled={!connected} onPress={() => void check()} testId="check-run">
        {listening ? t`Poslouchejte…` : t`Přehrát zkoušku a změřit spojení`}
      </Button>
    </div>
  );
}

function Found({
  what,
  verdict,
  testId,
  children,
}: {
  what: string;
  verdict: Verdict;
  testId: string;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const words = { good: t`v pořádku`, fair: t`pozor`, poor: t`špatné` };
  return (
    <li className={`found ${verdict}`} data-testid={testId} data-verdict={verdict}>
      <Icon name={verdict === 'good' ? 'check' : 'warn'} />
      <span>
        <strong>
          {what}: {words[verdict]}.
        </strong>{' '}
        {children}
      </span>
    </li>
  );
}

function PathWords({ path }: { path: Path }) {
  const { t } = useLingui();
  const server = Math.round(path.serverMs ?? 0);
  const voice = path.voiceMs === null ? null : Math.round(path.voiceMs);
  const verdict = pathVerdict(path);
  return (
    <>
      {path.serverMs === null ? t`Server neodpovídá.` : t`Odezva serveru ${server} ms.`}{' '}
      {voice !== null && t`Odezva hlasu ${voice} ms.`}{' '}
      {path.protocol === 'tcp' &&
        t`Hlas jde náhradní cestou (TCP), může se zpožďovat. Požádejte správce sítě o povolení UDP.`}{' '}
      {path.relayed && t`Hlas jde přes prostředníka, to je v pořádku, jen o něco pomalejší.`}{' '}
      {verdict !== 'good' && (
        <Trans>Připojte se kabelem, nebo přejděte blíž k Wi-Fi, a zavřete stahování a videa.</Trans>
      )}
    </>
  );
}

function HeardWords({ heard }: { heard: Heard }) {
  const { t } = useLingui();
  const percent = Math.round((1000 * heard.lost) / Math.max(1, heard.packets + heard.lost)) / 10;
  const jitter = Math.round(heard.jitterMs);
  if (!heard.packets) return <>{t`Nic k vám nedorazilo. Síť nepouští hlas: obraťte se na správce sítě.`}</>;
  return (
    <>
      {t`Ztraceno ${percent} % hlasu, kolísání ${jitter} ms.`}{' '}
      {heardVerdict(heard) === 'good'
        ? t`Jestli jste zkoušku neslyšeli, vyberte jiná sluchátka.`
        : t`Volající vám bude vypadávat. Zkuste jiné připojení.`}
    </>
  );
}

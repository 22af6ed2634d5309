import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { phoneNumber, time } from '../format/format';
import { DictateNoticeDocument } from '../gql/graphql';
import { Button } from '../ui/Button';
import { NO_ANSWER, refusalText } from '../words/refusals';

const LOOK_MS = 3000;

interface Drawn {
  oneTimeCode: string;
  until: string;
  numbers: readonly string[];
  /** The recording before. */
  before: string | null;
}

/** Speak the announcement by telephone: the number to call and a code that is good once. `onLook` asks whether it has come. */
export function Dictate({ id, prompt, onLook }: { id: number; prompt: string | null; onLook: () => void }) {
  const { t } = useLingui();
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [pending, setPending] = useState(false);
  const arrived = drawn !== null && prompt !== drawn.before;
  const waiting = drawn !== null && !arrived;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(onLook, LOOK_MS);
    return () => clearInterval(timer);
  }, [waiting, onLook]);
  const draw = async () => {
    setPending(true);
    try {
      const { dictateNotice } = await execute(DictateNoticeDocument, { id });
      if (dictateNotice.__typename === 'Refused') tell(refusalText(dictateNotice.code));
      else setDrawn({ ...dictateNotice, before: prompt });
    } catch {
      tell(NO_ANSWER);
    }
    setPending(false);
  };
  const numbers = drawn?.numbers.map((number) => phoneNumber(number)).join(' / ') ?? '';
  const until = drawn ? time(drawn.until) : '';
  return (
    <div className="notice-dictate" role="status">
      <Button icon="phone" pending={pending} onPress={() => void draw()} testId="notice-dictate">
        {t`Namluvit telefonem`}
      </Button>
      {waiting && drawn.numbers.length === 0 && (
        <p>{t`K namluvení zatím nevede žádné číslo. Správce ho nastaví v pravidlech čísla: kam „namluvení hlášení telefonem“.`}</p>
      )}
      {waiting && drawn.numbers.length > 0 && (
        <p data-testid="notice-dictation">
          {t`Zavolejte na ${numbers} a zadejte kód`}{' '}
          <strong className="code" data-testid="notice-code">
            {drawn.oneTimeCode}
          </strong>
          {'. '}
          {t`Platí jednou, do ${until}.`}
        </p>
      )}
      {arrived && <p>{t`Hlášení je namluvené.`}</p>}
    </div>
  );
}

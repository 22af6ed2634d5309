/** How far the audit is sealed: what stands before that can no longer be changed unseen. */
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { moment } from '../../format/format';
import { serverClock } from '../../live/clock';
import { Icon } from '../../ui/Icon';
import type { Seal } from './search';
import { dayAndTime } from './write';

/** Sealing goes on every few seconds: so long without it, something is wrong. */
const LATE_MS = 120_000;

export function Sealed({ seal, failed }: { seal: Seal | null; failed: boolean }) {
  const { t } = useLingui();
  if (failed)
    return (
      <p className="audit-seal error" data-testid="audit-seal" data-state="unknown">
        <Icon name="warn" />
        <span>{t`Stav pečetě se nepodařilo načíst.`}</span>
      </p>
    );
  if (!seal) return <p className="audit-seal quiet" data-testid="audit-seal" data-state="loading" />;
  const now = serverClock.now();
  const late = seal.waiting > 0 && (!seal.sealedAt || now - Date.parse(seal.sealedAt) > LATE_MS);
  const at = seal.sealedAt ? dayAndTime(seal.sealedAt, now) : null;
  const rows = plural(seal.rows, { one: '# řádek', few: '# řádky', other: '# řádků' });
  const waiting = plural(seal.waiting, { one: '# řádek čeká', few: '# řádky čekají', other: '# řádků čeká' });
  const oldest = seal.oldest ? moment(seal.oldest, now) : null;
  const { head } = seal;
  const hash = seal.headHash.slice(0, 16);
  return (
    <details
      className={late ? 'audit-seal bad' : 'audit-seal'}
      data-testid="audit-seal"
      data-state={late ? 'late' : 'good'}
    >
      <summary>
        <Icon name={late ? 'warn' : 'lock'} />
        {late
          ? at
            ? t`Zapečetěno naposledy v ${at}, ${waiting}. Zavolejte toho, kdo se stará o server.`
            : t`Záznam ještě není zapečetěný, ${waiting}.`
          : seal.waiting
            ? t`Zapečetěno do ${at}, ${waiting}`
            : t`Zapečetěno všechno, naposledy v ${at}`}
      </summary>
      <dl className="audit-facts">
        <div>
          <dt>{t`Zapečetěných řádků`}</dt>
          <dd className="figures">{rows}</dd>
        </div>
        <div>
          <dt>{t`Poslední blok`}</dt>
          <dd className="figures">
            {head} · <code title={seal.headHash}>{hash}…</code>
          </dd>
        </div>
        {oldest && (
          <div>
            <dt>{t`Nejstarší řádek`}</dt>
            <dd className="figures">{oldest}</dd>
          </div>
        )}
      </dl>
      <p className="small quiet">{t`Celý řetěz ověří na serveru příkaz kc audit verify.`}</p>
    </details>
  );
}

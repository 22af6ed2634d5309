import { useLingui } from '@lingui/react/macro';
import { tell } from '../app/notice';
import { nameIn } from '../app/settings';
import { moment } from '../format/format';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { NO_ANSWER } from '../words/refusals';
import type { Editing } from './editing';
import { useNames } from './parts';

/** Two administrators in one draft: who was quicker, and what to do with one's own changes. */
export function Conflict({ editing }: { editing: Editing }) {
  const { t } = useLingui();
  const { staff } = useNames();
  const saving = useStore(editing.saving);
  if (saving.kind !== 'conflict') return null;
  const who = nameIn(staff, saving.byId) ?? t`někdo jiný`;
  const when = saving.at ? moment(saving.at, serverClock.now()) : '';
  return (
    <div className="banner bad editor-conflict" role="alert" data-testid="conflict">
      <Icon name="warn" />
      <span>{t`Toto menu mezitím uložil ${who} (${when}). Vaše změny zatím uložené nejsou.`}</span>
      <Button
        onPress={() => void editing.reload(true).catch(() => tell(NO_ANSWER))}
        testId="conflict-reload"
      >{t`Zahodit moje a načíst`}</Button>
      <Button tone="bad" onPress={() => editing.keepMine()} testId="conflict-mine">{t`Uložit moje`}</Button>
    </div>
  );
}

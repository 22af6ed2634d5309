import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { moment, phoneNumber } from '../format/format';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { CALLBACK_STATES } from '../words/states';
import { type Act, reopen, type Wish } from './lists';

interface Props {
  closed: readonly Wish[];
  act: Act;
  onShow: (wish: Wish) => void;
}

/** What became of the others; what was closed by mistake is opened again. */
export function Closed({ closed, act, onShow }: Props) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  if (closed.length === 0) return null;
  return (
    <details className="panel callbacks-closed" data-testid="callbacks-closed">
      <summary>
        <Trans>Vyřízená a nedovolaná</Trans>
      </summary>
      <ul>
        {closed.map((wish) => (
          <li key={wish.id} className="callback-row" data-testid="callback-closed" data-number={wish.number}>
            <button type="button" className="callback-what" onClick={() => onShow(wish)} disabled={!wish.contactId}>
              <strong className="figures">{phoneNumber(wish.number) || t`Skryté číslo`}</strong>
              <span className="small quiet">
                {i18n._(CALLBACK_STATES[wish.state])}
                {wish.doneAt && ` ${moment(wish.doneAt, serverClock.now())}`}
                {wish.doneById != null && ` · ${nameIn(settings.staff, wish.doneById) ?? ''}`}
              </span>
            </button>
            <Button icon="undo" onPress={() => act(reopen(wish.id))} testId="callback-reopen">
              {t`Znovu otevřít`}
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}

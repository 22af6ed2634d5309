import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { type Draft, type Line, printed, type Typed, taken, type YesNo } from './model';
import { put, type State, write } from './saving';

/** What somebody else saved meanwhile, field by field. What was typed here stays until one says otherwise. */
export function Conflict({
  name,
  draft,
  state,
  onSave,
}: {
  name: string;
  draft: Draft;
  state: Extract<State, { kind: 'conflict' }>;
  onSave: () => void;
}) {
  const { t } = useLingui();
  const settings = useSettings();
  const yesNo: YesNo = [t`ano`, t`ne`];
  const said = (typed: Typed): string =>
    typeof typed === 'object'
      ? typed.filter(Boolean).join(', ')
      : typeof typed === 'boolean'
        ? yesNo[typed ? 0 : 1]
        : typed;
  const who = [...new Set(state.lines.map((line) => nameIn(settings.staff, line.byId) ?? t`synchronizace`))].join(', ');
  const takeTheirs = (line: Line) => {
    write(name, taken(draft, line.field.key));
    put(name, { ...state, lines: state.lines.map((each) => (each === line ? { ...each, mine: undefined } : each)) });
  };
  return (
    <section className="conflict" role="alert" data-testid="conflict">
      <h4>
        <Icon name="warn" /> <Trans>Kartu mezitím uložil někdo jiný: {who}</Trans>
      </h4>
      <p className="small">
        <Trans>Nic z toho, co jste napsali, se neztratilo. Projděte si změny a uložte kartu znovu.</Trans>
      </p>
      <ul>
        {state.lines.map((line) => (
          <li key={line.field.key} data-testid={`conflict-${line.field.key}`}>
            <strong>{line.field.name}</strong> <span className="small quiet">{moment(line.at, serverClock.now())}</span>
            <dl>
              <div>
                <dt>{t`původně`}</dt>
                <dd>{printed(line.field, line.before, yesNo) || '–'}</dd>
              </div>
              <div>
                <dt>{t`teď`}</dt>
                <dd>{printed(line.field, line.theirs, yesNo) || '–'}</dd>
              </div>
              {line.mine !== undefined && (
                <div className="mine">
                  <dt>{t`vaše`}</dt>
                  <dd>{said(line.mine) || '–'}</dd>
                </div>
              )}
            </dl>
            {line.mine === undefined ? (
              <span className="small quiet">{t`zůstane, jak je teď`}</span>
            ) : (
              <Button
                onPress={() => takeTheirs(line)}
                testId={`theirs-${line.field.key}`}
              >{t`Nechat, jak je teď`}</Button>
            )}
          </li>
        ))}
      </ul>
      <Button tone="primary" icon="check" onPress={onSave} testId="conflict-save">
        {state.lines.some((line) => line.mine !== undefined) ? t`Uložit moje změny přes to` : t`Uložit spojené`}
      </Button>
    </section>
  );
}

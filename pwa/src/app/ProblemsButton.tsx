import './problems.css';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { Icon } from '../ui/Icon';
import { ProblemList } from './ProblemList';
import { wrong } from './problems';
import { useChecks } from './useChecks';

/** Here as long as something is wrong. */
export function ProblemsButton() {
  const { t } = useLingui();
  const { checks } = useChecks();
  const count = wrong(checks).length;
  if (!count) return null;
  return (
    <DialogTrigger>
      <AriaButton
        className="button problems-button"
        data-testid="problems-button"
        aria-label={t`${plural(count, { one: '# potíž', few: '# potíže', many: '# potíže', other: '# potíží' })} na tomto pracovišti`}
      >
        <Icon name="warn" />
        {count}
      </AriaButton>
      <Popover className="popover problems-popover" placement="bottom end">
        <Dialog className="problems-dialog">
          <Heading slot="title" level={2}>
            <Trans>Co teď nefunguje</Trans>
          </Heading>
          <ProblemList />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

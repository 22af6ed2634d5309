import { useLingui } from '@lingui/react/macro';
import { Icon } from '../../ui/Icon';
import type { Look } from './state';

export function Badge({ look }: { look: Look }) {
  const { i18n } = useLingui();
  return (
    <span className={`state tone-${look.tone}`}>
      <Icon name={look.icon} />
      {i18n._(look.words)}
    </span>
  );
}

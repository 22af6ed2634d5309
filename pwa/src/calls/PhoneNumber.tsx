import { useLingui } from '@lingui/react/macro';
import { Button } from 'react-aria-components';
import { phoneNumber } from '../format/format';
import { useStore } from '../live/store';
import { Icon } from '../ui/Icon';
import { useCanDial } from './canDial';
import { dial, pending } from './commands';

/** A number that is called with one click, whenever one can call. */
export function PhoneNumber({ number }: { number: string | null | undefined }) {
  const { t } = useLingui();
  const can = useCanDial();
  const busy = useStore(pending, (keys) => keys.has('dial'));
  const text = phoneNumber(number);
  if (!number || !text) return <span>{t`Skryté číslo`}</span>;
  if (!can) return <span className="figures">{text}</span>;
  return (
    <Button
      className="number figures"
      aria-label={t`Zavolat na číslo ${text}`}
      data-pending={busy || undefined}
      onPress={() => void dial(number)}
      data-testid="number"
      data-number={number}
    >
      <Icon name="dial" />
      {text}
    </Button>
  );
}

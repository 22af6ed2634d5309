import { useLingui } from '@lingui/react/macro';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { dismiss, notices } from './notice';

export function Notices() {
  const { i18n, t } = useLingui();
  const shown = useStore(notices);
  return (
    <div className="notices" role="status" data-testid="notices">
      {shown.map((notice) => (
        <div key={notice.id} className={`notice ${notice.tone}`}>
          <Icon name={notice.tone === 'bad' ? 'warn' : 'check'} />
          <span>{i18n._(notice.text)}</span>
          {notice.undo && (
            <Button
              onPress={() => {
                notice.undo?.();
                dismiss(notice.id);
              }}
              testId="undo"
            >
              {t`Vzít zpět`}
            </Button>
          )}
          <Button tone="plain" icon="close" iconOnly onPress={() => dismiss(notice.id)}>
            {t`Zavřít`}
          </Button>
        </div>
      ))}
    </div>
  );
}

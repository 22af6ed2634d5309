import { useLingui } from '@lingui/react/macro';
import { Link, useParams } from '@tanstack/react-router';
import { may, session } from '../../app/session';
import { useStore } from '../../live/store';
import { Icon } from '../../ui/Icon';
import { historyOf } from './places';

/**
 * To the history of the section that is open, or (`here`) of the thing that is open in it; on a screen that is no section of
 * the settings, `of` what (`flows:5`). Nothing for who may not see it.
 */
export function HistoryLink({ here, of }: { here?: boolean; of?: string }) {
  const { t } = useLingui();
  const now = useStore(session);
  const { section, item } = useParams({ strict: false }) as { section?: string; item?: string };
  const allowed = (now.kind === 'user' || now.kind === 'expired') && may(now.user, 'UNDO_SETTINGS');
  const open = section ? historyOf(section, here ? item : undefined) : null;
  const to = allowed ? (of ?? open) : null;
  if (!to) return null;
  return (
    <Link
      to="/settings/$section/$item"
      params={{ section: 'history', item: to }}
      className="button plain history-link"
      data-testid={here ? 'history-here' : 'history-section'}
      title={t`Historie změn`}
    >
      <Icon name="history" />
      <span className={here ? 'button-text' : 'unseen'}>{t`Historie změn`}</span>
    </Link>
  );
}

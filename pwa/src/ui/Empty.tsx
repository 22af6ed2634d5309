import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

/** Nothing here, and what will be. */
export function Empty({ icon, children }: { icon: IconName; children: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p>{children}</p>
    </div>
  );
}

import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useMine } from '../desk/current';
import { duration } from '../format/format';
import { useServerNow } from '../live/clock';
import { board, desk, socket } from '../live/feeds';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { PhoneBanner } from './PhoneBanner';
import { applyUpdate, updateWaiting } from './update';

/** A cut shorter than this is nobody's business. */
const SHOW_AFTER_MS = 2_000;

export function Banners({ works, userId }: { works: boolean; userId: number }) {
  return (
    <div className="banners">
      <ConnectionBanner works={works} />
      {works && <PhoneBanner userId={userId} />}
      <UpdateBanner />
    </div>
  );
}

/** Whether the feed has been away for so long that one should know. */
export function useFeedLost(feed: typeof desk): boolean {
  const connection = useStore(feed.connection);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (connection.kind === 'open') return setShown(false);
    const timer = setTimeout(() => setShown(true), Math.max(0, connection.since + SHOW_AFTER_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [connection]);
  return shown;
}

function ConnectionBanner({ works }: { works: boolean }) {
  const lost = useFeedLost(works ? desk : board);
  return (
    <div role="status">
      {lost && (
        <div className="banner bad" data-testid="connection-banner">
          <Icon name="offline" />
          <span>
            <Trans>Spojení se serverem je přerušené, obnovujeme ho. Běžící hovor pokračuje.</Trans> <DataAge />
          </span>
        </div>
      )}
    </div>
  );
}

function DataAge() {
  useServerNow();
  const heardAt = useStore(socket.heardAt);
  if (!heardAt) return null;
  const age = duration((Date.now() - heardAt) / 1000);
  return (
    <span className="figures">
      <Trans>Údaje staré {age}.</Trans>
    </span>
  );
}

function UpdateBanner() {
  const { t } = useLingui();
  const waiting = useStore(updateWaiting);
  const busy = useMine().length > 0;
  if (!waiting || busy) return null;
  return (
    <div className="banner calm" role="status" data-testid="update">
      {t`Je připravená nová verze aplikace.`}
      <Button onPress={() => applyUpdate()}>{t`Obnovit`}</Button>
    </div>
  );
}

import { useLingui } from '@lingui/react/macro';
import { execute } from '../api/client';
import { useAnswer } from '../desk/detail';
import { moment } from '../format/format';
import { MessagesDocument } from '../gql/graphql';
import { RecordingPlayer } from '../history/RecordingPlayer';
import { serverClock } from '../live/clock';

/** What the number has left, to be heard. Nothing for a callback without messages. `version`: ask anew when it changes. */
export function Messages({ wish, version = 0 }: { wish: string; version?: number }) {
  const { t } = useLingui();
  const { value, failed } = useAnswer(`${wish}:${version}`, () => execute(MessagesDocument, { id: wish }));
  const messages = value?.callback?.messages ?? [];
  if (failed) return <p className="quiet">{t`Vzkazy se nepodařilo načíst.`}</p>;
  return messages.map((each) => {
    const title = t`Vzkaz ${moment(each.leftAt, serverClock.now())}`;
    return (
      each.recording && (
        <div key={each.recordingId} data-testid="message" data-recording={each.recordingId}>
          <RecordingPlayer recording={each.recording} title={title} />
        </div>
      )
    );
  });
}

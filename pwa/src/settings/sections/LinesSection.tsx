import { useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { LineSettingsDocument, SaveLinesDocument } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { Icon } from '../../ui/Icon';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { LINES } from '../model/labels';

const load = async (): Promise<unknown> => (await execute(LineSettingsDocument, {})).lineSettings;

/** Lines of the exchange, as the transfer panel shows them. */
export function LinesSection() {
  const { t } = useLingui();
  const [initial, setInitial] = useState<unknown>(null);
  const [failed, setFailed] = useState(false);
  const read = useCallback(() => {
    setFailed(false);
    load()
      .then(setInitial)
      .catch(() => setFailed(true));
  }, []);
  useEffect(read, [read]);
  if (initial !== null) return <Lines initial={initial} />;
  if (!failed) return <Empty icon="gear">{t`Načítá se…`}</Empty>;
  return (
    <div className="empty">
      <Icon name="offline" />
      <p>{t`Nastavení se nepodařilo načíst.`}</p>
      <Button onPress={read}>{t`Zkusit znovu`}</Button>
    </div>
  );
}

function Lines({ initial }: { initial: unknown }) {
  const editor = useEditor(initial, (body, base) => execute(SaveLinesDocument, { body, base }), undefined, load);
  // What was new has its id from now on.
  return (
    <div className="panes-single">
      <FormFrame editor={editor} onReload={load} onSaved={() => void load().then(editor.restart)}>
        <Sections sections={LINES} />
      </FormFrame>
    </div>
  );
}

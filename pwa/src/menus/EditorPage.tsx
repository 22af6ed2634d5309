import './menus.css';
import { useLingui } from '@lingui/react/macro';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { useSettings } from '../app/settings';
import { FlowDetailDocument } from '../gql/graphql';
import { Empty } from '../ui/Empty';
import { NO_ANSWER } from '../words/refusals';
import { Editor } from './Editor';
import { Editing } from './editing';
import { loadParts, SettingsContext } from './parts';

/** One voice menu. */
export function EditorPage() {
  const { t } = useLingui();
  const { flow: id } = useParams({ strict: false });
  const settings = useSettings();
  const [editing, setEditing] = useState<Editing | null>(null);
  const [gone, setGone] = useState(false);
  useEffect(() => {
    let made: Editing | null = null;
    let left = false;
    Promise.all([execute(FlowDetailDocument, { id: Number(id) }), loadParts()]).then(
      ([{ flow }]) => {
        if (left) return;
        if (!flow) return setGone(true);
        made = new Editing(flow);
        setEditing(made);
      },
      () => tell(NO_ANSWER),
    );
    return () => {
      left = true;
      made?.close();
    };
  }, [id]);
  if (gone) {
    return (
      <Empty icon="keypad">
        {t`Takové menu tu není.`} <Link to="/menus">{t`Zpět na seznam`}</Link>
      </Empty>
    );
  }
  if (!editing) return <Empty icon="keypad">{t`Načítá se…`}</Empty>;
  return (
    <SettingsContext value={settings}>
      <Editor editing={editing} />
    </SettingsContext>
  );
}

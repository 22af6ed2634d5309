import { useState } from 'react';
import { execute } from '../../api/client';
import { SaveCallSettingsDocument } from '../../gql/graphql';
import { loadRouting, type Routing } from '../data';
import { Sections } from '../Fields';
import { FormFrame, type Send, useEditor } from '../form';
import { CALLS } from '../model/others';
import { CutOff, type Place } from './CutOff';

interface Asked {
  places: readonly Place[];
  answer: (sure: boolean) => void;
}

/** What is never recorded, what of supervision the agent sees, limits of calls, and which may go out. */
export function CallsSection({ routing }: { routing: Routing }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const send: Send<unknown> = async (body, base) => {
    const { saved } = await execute(SaveCallSettingsDocument, { body, base, cuttingOff: false });
    if (saved.__typename !== 'CutOffRefused') return { saved };
    const { places } = saved;
    const sure = await new Promise<boolean>((answer) => setAsked({ places, answer }));
    setAsked(null);
    if (!sure) return null;
    const again = await execute(SaveCallSettingsDocument, { body, base, cuttingOff: true });
    return again.saved.__typename === 'CutOffRefused' ? null : { saved: again.saved };
  };
  const editor = useEditor(routing.calls, send);
  return (
    <div className="panes-single">
      <FormFrame editor={editor} onReload={async () => (await loadRouting()).calls}>
        <Sections sections={CALLS} />
      </FormFrame>
      {asked && <CutOff {...asked} />}
    </div>
  );
}

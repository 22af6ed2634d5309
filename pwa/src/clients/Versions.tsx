import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { useAnswer } from '../desk/detail';
import { moment } from '../format/format';
import { ClientVersionsDocument, type ClientVersionsQuery } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { useFields } from './data';
import { type Field, printed, type Value } from './model';

type Version = ClientVersionsQuery['clientVersions']['versions'][number];

/** Who changed what on the card, newest first; nothing is lost. */
export function Versions({ client, version }: { client: number; version: number }) {
  const { t } = useLingui();
  const [older, setOlder] = useState<readonly Version[]>([]);
  const [end, setEnd] = useState<boolean | null>(null);
  const { value, failed } = useAnswer(`${client} ${version}`, async (signal) => {
    return (await execute(ClientVersionsDocument, { id: client, before: null }, signal)).clientVersions;
  });
  if (!value) return <p role="status">{failed ? t`Historii se nepodařilo načíst.` : t`Načítá se…`}</p>;
  const shown = [...value.versions, ...older];
  const more = end === null ? value.more : !end;
  const load = async () => {
    const before = shown.at(-1)?.version ?? null;
    const { clientVersions: page } = await execute(ClientVersionsDocument, { id: client, before });
    setOlder([...older, ...page.versions]);
    setEnd(!page.more);
  };
  return (
    <div className="versions" data-testid="versions">
      <ol>
        {shown.map((each) => (
          <OneVersion key={each.version} version={each} names={value.names as Record<string, string>} />
        ))}
      </ol>
      {more && <Button onPress={() => void load().catch(() => setEnd(null))}>{t`Načíst starší`}</Button>}
    </div>
  );
}

function OneVersion({ version, names }: { version: Version; names: Readonly<Record<string, string>> }) {
  const { t } = useLingui();
  const settings = useSettings();
  const fields = useFields();
  const said = (key: string, value: Value | null) => {
    const field: Field | undefined = fields.find((each) => each.key === key);
    return value === null ? '–' : field ? printed(field, value, [t`ano`, t`ne`]) : String(value);
  };
  return (
    <li>
      <span className="quiet">
        {moment(version.at, serverClock.now())} · {nameIn(settings.staff, version.authorId) ?? t`systém`}
      </span>
      <dl>
        {version.changes.map((change) => (
          <div key={change.field}>
            <dt>{fields.find((each) => each.key === change.field)?.name ?? names[change.field] ?? change.field}</dt>
            <dd>
              {change.before !== null && (
                <>
                  <del>{said(change.field, change.before as Value)}</del> →{' '}
                </>
              )}
              <ins>{said(change.field, change.after as Value | null)}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

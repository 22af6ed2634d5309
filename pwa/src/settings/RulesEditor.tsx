/** The rules of one number: draft, trying, replay, publishing, older versions. */
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import { PublishEntryRulesDocument, SaveEntryRulesDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type EntryNumberBody, type EntryRulesBody, loadRouting, type Routing, type RulesVersion } from './data';
import { FormFrame, useEditor } from './form';
import { blankDestination } from './model/shapes';
import { Replay } from './Replay';
import { Rules } from './Rules';
import { TryRules } from './TryRules';

export function versionsOf(routing: Routing, number: string): readonly RulesVersion[] {
  return routing.entryRules.filter((each) => each.number === number).toSorted((a, b) => b.version - a.version);
}

function newest(routing: Routing, number: EntryNumberBody): EntryRulesBody {
  const last = versionsOf(routing, number.number)[0];
  return last?.rules ?? { number: number.number, rules: [], default: blankDestination('flow', { flow: number.flow }) };
}

export function RulesEditor({ number, routing }: { number: EntryNumberBody; routing: Routing }) {
  const { t } = useLingui();
  const [replay, setReplay] = useState<'look' | 'publish' | null>(null);
  const editor = useEditor<EntryRulesBody>(newest(routing, number), (body) =>
    execute(SaveEntryRulesDocument, { body }),
  );
  const versions = versionsOf(routing, number.number);
  const publish = async (version: number) => {
    try {
      const { saved } = await execute(PublishEntryRulesDocument, { number: number.number, version });
      if (saved.__typename === 'Refused') return tell(refusalText(saved.code));
      if (saved.__typename === 'SettingRefused') return editor.refuse(saved.problems);
      await loadRouting();
      tell(msg`Pravidla platí pro každého, kdo odteď zavolá.`, 'info');
    } catch {
      tell(NO_ANSWER);
    }
  };
  const publishScreen = async () => {
    const saved = editor.dirty || !versions[0] ? await editor.save() : versions[0].version;
    setReplay(null);
    if (saved !== null) await publish(saved);
  };
  const nothing = !editor.dirty && versions[0]?.inForce === true;
  return (
    <>
      <FormFrame
        editor={editor}
        saveText={t`Uložit koncept`}
        onReload={async () => newest(await loadRouting(), number)}
        more={
          <Button
            icon="upload"
            isDisabled={nothing}
            onPress={() => setReplay('publish')}
            testId="publish"
          >{t`Zveřejnit…`}</Button>
        }
      >
        <p className="rules-state">
          <VersionState versions={versions} />
        </p>
        <Rules />
        <TryRules rules={editor.state.value} onWrong={editor.refuse} />
        <section className="panel setting-section" aria-labelledby="versions" data-testid="rule-versions">
          <header>
            <h2 id="versions">{t`Verze`}</h2>
            <Button
              tone="plain"
              icon="history"
              onPress={() => setReplay('look')}
              testId="replay-open"
            >{t`Přehrát včerejší hovory`}</Button>
          </header>
          <Versions
            versions={versions}
            onOpen={(version) => editor.begin(version.rules)}
            onPublish={(version) => publish(version.version)}
          />
        </section>
      </FormFrame>
      {replay && (
        <Replay
          rules={editor.state.value}
          onPublish={replay === 'publish' ? publishScreen : null}
          onClose={() => setReplay(null)}
          onWrong={editor.refuse}
        />
      )}
    </>
  );
}

function VersionState({ versions }: { versions: readonly RulesVersion[] }) {
  const { t } = useLingui();
  const force = versions.find((each) => each.inForce);
  const number = force?.version ?? 0;
  const newest = versions[0];
  const unpublished = newest?.version ?? 0;
  return (
    <>
      <span className={`state tone-${force ? 'ready' : 'rest'}`} data-testid="in-force">
        {force ? t`v provozu verze ${number}` : t`zatím žádná pravidla v provozu`}
      </span>{' '}
      {newest && !newest.inForce && (
        <span className="state tone-ring">
          {newest.publishedAt
            ? t`na obrazovce je pozdější verze ${unpublished}`
            : t`nezveřejněný koncept, verze ${unpublished}`}
        </span>
      )}
    </>
  );
}

function Versions({
  versions,
  onOpen,
  onPublish,
}: {
  versions: readonly RulesVersion[];
  onOpen: (version: RulesVersion) => void;
  onPublish: (version: RulesVersion) => Promise<void>;
}) {
  const { t } = useLingui();
  const { staff } = useSettings();
  const now = serverClock.now();
  if (!versions.length) {
    return <p className="small quiet setting-about">{t`Po prvním uložení tu bude, kdo co kdy změnil.`}</p>;
  }
  return (
    <ol className="setting-list">
      {versions.map((version) => {
        const saved = moment(version.savedAt, now);
        const who = nameIn(staff, version.authorId) ?? '';
        const published = version.publishedAt ? moment(version.publishedAt, now) : '';
        const { version: number } = version;
        return (
          <li key={number} className="version-row" data-testid="rule-version" data-force={version.inForce}>
            <span>
              <strong>{number}</strong> {version.inForce && <span className="state tone-ready">{t`v provozu`}</span>}{' '}
              <span className="small quiet">
                {t`uloženo ${saved}`} {who}
                {published && `, ${t`zveřejněno ${published}`}`}
              </span>
            </span>
            <span className="form-row">
              <Button
                tone="plain"
                icon="pen"
                onPress={() => onOpen(version)}
              >{t`Převzít verzi ${number} do konceptu`}</Button>
              {!version.inForce && (
                <Button
                  tone="plain"
                  icon="undo"
                  onPress={() => void onPublish(version)}
                  testId={`put-${number}`}
                >{t`Dát verzi ${number} do provozu`}</Button>
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

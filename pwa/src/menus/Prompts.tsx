import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { nameIn, useSettings } from '../app/settings';
import { duration, moment } from '../format/format';
import { DropPromptDocument } from '../gql/graphql';
import { HistoryLink } from '../settings/changes/HistoryLink';
import { microphone } from '../softphone/audio';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Field } from '../ui/Field';
import { Select } from '../ui/Select';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { loadPrompts, useParts } from './parts';
import { toWav } from './wav';

const LONGEST_MS = 300_000;

/** The recording's key, or null: it was said why not. */
export async function upload(name: string, file: Blob): Promise<string | null> {
  try {
    const answer = await fetch(`/prompts?name=${encodeURIComponent(name)}`, { method: 'POST', body: file });
    if (answer.ok) return ((await answer.json()) as { key: string }).key;
    tell(
      answer.status === 413
        ? msg`Soubor je příliš velký.`
        : answer.status === 422
          ? msg`V souboru není zvuk, kterému rozumíme. Použijte WAV, MP3, OGG nebo FLAC do pěti minut.`
          : msg`Nahrávku se nepodařilo uložit.`,
    );
  } catch {
    tell(NO_ANSWER);
  }
  return null;
}

/** Record by microphone: one press begins, another ends. */
export function Recorder({ name, onDone }: { name: string; onDone: (key: string) => void }) {
  const { t } = useLingui();
  const [state, setState] = useState<'idle' | 'recording' | 'sending'>('idle');
  const recorder = useRef<MediaRecorder | null>(null);
  useEffect(
    () => () => {
      if (recorder.current?.state === 'recording') recorder.current.stop();
    },
    [],
  );
  const start = async () => {
    try {
      const stream = await microphone();
      const made = new MediaRecorder(stream);
      const pieces: Blob[] = [];
      made.ondataavailable = (event) => pieces.push(event.data);
      made.onstop = async () => {
        for (const track of stream.getTracks()) track.stop();
        setState('sending');
        try {
          const key = await upload(name, await toWav(new Blob(pieces, { type: made.mimeType })));
          if (key) onDone(key);
        } catch {
          tell(msg`Z mikrofonu nic nepřišlo. Zkuste to znovu.`);
        }
        setState('idle');
      };
      made.start();
      setTimeout(() => made.state === 'recording' && made.stop(), LONGEST_MS - 1_000);
      recorder.current = made;
      setState('recording');
    } catch {
      tell(msg`Mikrofon není k dispozici. Povolte ho v prohlížeči.`);
    }
  };
  return (
    <Button
      icon={state === 'recording' ? 'off' : 'mic'}
      tone={state === 'recording' ? 'bad' : (undefined as never)}
      isDisabled={!name.trim() || state === 'sending'}
      onPress={() => (state === 'recording' ? recorder.current?.stop() : void start())}
      testId="record"
    >
      {state === 'recording' ? t`Ukončit nahrávání` : state === 'sending' ? t`Ukládá se…` : t`Nahrát mikrofonem`}
    </Button>
  );
}

/** In the place of the spoken text. */
export function PromptField({ value, onChange }: { value: string | null; onChange: (key: string | null) => void }) {
  const { t } = useLingui();
  const { prompts } = useParts();
  const known = prompts.find((each) => each.key === value);
  return (
    <>
      <Select
        label={t`Nahrávka místo textu`}
        choices={[{ id: '', name: t`žádná, text se řekne` }, ...prompts.map(({ key, name }) => ({ id: key, name }))]}
        value={value ?? ''}
        onChange={(key) => onChange(key || null)}
      />
      {known && <Play url={known.url} name={known.name} />}
    </>
  );
}

export function Play({ url, name }: { url: string; name: string }) {
  const { t } = useLingui();
  // biome-ignore lint/a11y/useMediaCaption: a prompt is its text
  return <audio controls preload="none" src={url} aria-label={t`Přehrát ${name}`} />;
}

/** All recordings: upload, record, play, remove. */
export function PromptLibrary() {
  const { t } = useLingui();
  const { prompts } = useParts();
  const { staff } = useSettings();
  const [name, setName] = useState('');
  const done = () => {
    setName('');
    void loadPrompts();
  };
  const drop = async (key: string) => {
    try {
      const { dropPrompt } = await execute(DropPromptDocument, { key });
      if (dropPrompt.__typename === 'Refused') tell(refusalText(dropPrompt.code));
      await loadPrompts();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <section className="panel" data-testid="prompts">
      <header>
        <h2>{t`Nahrávky`}</h2>
        <HistoryLink of="prompts" />
      </header>
      <div className="menus-form">
        <Field
          label={t`Název nové nahrávky`}
          value={name}
          onChange={setName}
          maxLength={100}
          data-testid="prompt-name"
        />
        <div className="form-row">
          <label className="button">
            {t`Vybrat soubor`}
            <input
              type="file"
              className="unseen"
              accept=".wav,.mp3,.ogg,.flac,audio/*"
              data-testid="prompt-file"
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = '';
                if (file)
                  void upload(name.trim() || file.name.replace(/\.\w+$/, ''), file).then((key) => key && done());
              }}
            />
          </label>
          <Recorder name={name} onDone={done} />
        </div>
        <p className="small quiet">{t`Stejný zvuk nahraný znovu pod jiným názvem se přejmenuje.`}</p>
      </div>
      {prompts.length === 0 && <Empty icon="mic">{t`Zatím žádné nahrávky.`}</Empty>}
      <ul className="menus-list">
        {prompts.map((prompt) => (
          <li key={prompt.key} data-testid="prompt">
            <strong>{prompt.name}</strong>
            <span className="quiet small figures">
              {duration(prompt.durationMs / 1000)} · {nameIn(staff, prompt.authorId)} · {moment(prompt.at, Date.now())}
            </span>
            <Play url={prompt.url} name={prompt.name} />
            <Button
              tone="plain"
              icon="trash"
              iconOnly
              onPress={() => void drop(prompt.key)}
            >{t`Odstranit ${prompt.name}`}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

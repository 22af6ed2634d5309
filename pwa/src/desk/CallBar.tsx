import { useLingui } from '@lingui/react/macro';
import { act } from '../calls/act';
import { keypadOpen, panel } from '../calls/commands';
import { barOf, type Verb } from '../calls/situation';
import { SHORTCUTS, type ShortcutName } from '../keyboard/shortcuts';
import { useStore } from '../live/store';
import { Button, type ButtonProps } from '../ui/Button';
import type { IconName } from '../ui/Icon';
import { CallInfo } from './CallInfo';
import * as commands from './commands';
import { useCall } from './current';
import { takenThere, useOwnTelephone } from './endpoint';

interface Look extends Pick<ButtonProps, 'tone' | 'className' | 'pressed'> {
  verb: Verb & ShortcutName;
  /** The command whose answer is waited for. */
  command: commands.CommandName | null;
  icon: IconName;
  text: string;
  testId: string;
}

/** Always here, always in this order. What cannot be done now is disabled, never hidden. */
export function CallBar({ userId }: { userId: number }) {
  const { t } = useLingui();
  const call = useCall();
  const own = useOwnTelephone();
  const keys = useStore(commands.pending);
  const open = useStore(panel);
  const keypad = useStore(keypadOpen);
  const bar = barOf(call, userId);
  const talking = bar.mine === 'talking';
  const held = Boolean(talking && call?.heldSince);
  const muted = Boolean(talking && call?.muted);
  const paused = Boolean(talking && call?.recordingPaused);
  const hold = { hold: t`Podržet`, resume: t`Vrátit`, swap: t`Vyměnit` }[bar.hold];
  const looks: Look[] = [
    { verb: 'accept', command: 'accept', icon: 'phone', text: t`Přijmout`, tone: 'good', testId: 'call-accept' },
    { verb: 'decline', command: 'decline', icon: 'decline', text: t`Odmítnout`, testId: 'call-decline' },
    {
      verb: 'mute',
      command: 'mute',
      icon: muted ? 'micOff' : 'mic',
      text: muted ? t`Zapnout` : t`Ztlumit`,
      className: 'apart',
      pressed: muted,
      testId: 'call-mute',
    },
    {
      verb: 'hold',
      command: 'hold',
      icon: bar.hold === 'swap' ? 'swap' : held ? 'play' : 'pause',
      text: hold,
      pressed: held,
      testId: 'call-hold',
    },
    {
      verb: 'consult',
      command: 'consult',
      icon: 'ask',
      text: t`Konzultace`,
      pressed: open?.intent === 'consult',
      testId: 'call-consult',
    },
    {
      verb: 'transfer',
      command: 'transfer',
      icon: 'forward',
      text: t`Přepojit`,
      pressed: open?.intent === 'transfer',
      testId: 'call-transfer',
    },
    {
      verb: 'conference',
      command: 'conference',
      icon: 'people',
      text: t`Konference`,
      pressed: open?.intent === 'add',
      testId: 'call-conference',
    },
    { verb: 'park', command: 'park', icon: 'park', text: t`Zaparkovat`, testId: 'call-park' },
    {
      verb: 'keypad',
      command: null,
      icon: 'keypad',
      text: t`Klávesnice`,
      pressed: keypad && talking,
      testId: 'call-keypad',
    },
    {
      verb: 'record',
      command: 'recording',
      icon: paused ? 'record' : 'recordOff',
      text: paused ? t`Nahrávat` : t`Nenahrávat`,
      pressed: paused,
      testId: 'call-recording',
    },
    {
      verb: 'hangUp',
      command: bar.mine === 'supervising' ? 'supervise' : 'hangUp',
      icon: 'hangUp',
      text: t`Zavěsit`,
      className: 'apart far',
      tone: 'bad',
      testId: 'call-hang-up',
    },
  ];
  return (
    <section
      className="call-bar"
      aria-label={t`Ovládání hovoru`}
      data-testid="call-bar"
      data-phase={call?.phase ?? 'NONE'}
      data-mine={bar.mine}
    >
      <CallInfo call={call} me={userId} />
      <div className="call-buttons">
        {looks.map(({ verb, command, text, testId, ...look }) => (
          <Button
            key={verb}
            {...look}
            hint={SHORTCUTS[verb].keys}
            isDisabled={!bar.can.has(verb) || (verb === 'accept' && takenThere(own))}
            pending={command !== null && keys.has(`${command}:${call?.id ?? ''}`)}
            onPress={() => act(verb, call, userId)}
            testId={testId}
          >
            {text}
          </Button>
        ))}
      </div>
    </section>
  );
}

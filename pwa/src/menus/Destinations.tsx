import { useLingui } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { Select } from '../ui/Select';
import { KINDS } from '../words/menus';
import { Count, Group, Pick, Text, Toggle } from './fields';
import { blank, type Destination, type SkillStep } from './model/flow';
import { useNames, useParts } from './parts';

const FURTHER = [
  'queue',
  'agent',
  'group',
  'flow',
  'number',
  'voicemail',
  'announcement',
  'callback',
  'hang_up',
] as const;

/** Where a caller is sent, and where further when that cannot take the call. */
export function DestinationForm({ to, onChange }: { to: Destination; onChange: (to: Destination) => void }) {
  const { t } = useLingui();
  const { queues, staff } = useNames();
  const { flows, groups } = useParts();
  const choose = t`vyberte…`;
  const queue = (value: number, set: (queue: number) => void) => (
    <Pick label={t`Fronta`} list={queues} value={value} onChange={set} placeholder={choose} />
  );
  switch (to.type) {
    case 'queue':
      return (
        <>
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
          <Count
            label={t`Přednost (vyšší dřív)`}
            value={to.priority}
            min={0}
            max={100}
            onChange={(priority) => onChange({ ...to, priority })}
          />
          <Steps steps={to.steps} onChange={(steps) => onChange({ ...to, steps })} />
        </>
      );
    case 'voicemail':
      return (
        <>
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
          <Text
            long
            label={t`Uvítání (prázdné: jako u fronty)`}
            value={to.text ?? ''}
            onChange={(text) => onChange({ ...to, text: text || null })}
          />
        </>
      );
    case 'callback':
      return queue(to.queue, (queue) => onChange({ ...to, queue }));
    case 'agent':
      return (
        <>
          <Pick
            label={t`Operátor`}
            list={staff}
            value={to.agent}
            onChange={(agent) => onChange({ ...to, agent })}
            placeholder={choose}
          />
          <Further label={t`Když nemůže`} to={to.otherwise} onChange={(otherwise) => onChange({ ...to, otherwise })} />
        </>
      );
    case 'group':
      return (
        <>
          <Pick
            label={t`Skupina`}
            list={groups}
            value={to.group}
            onChange={(group) => onChange({ ...to, group })}
            placeholder={choose}
          />
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
        </>
      );
    case 'flow':
      return (
        <Pick
          label={t`Menu`}
          list={flows.filter((flow) => flow.version !== null)}
          value={to.flow}
          onChange={(flow) => onChange({ ...to, flow })}
          placeholder={choose}
        />
      );
    case 'number':
      return (
        <>
          <Text label={t`Číslo nebo linka`} value={to.number} onChange={(number) => onChange({ ...to, number })} />
          <Count
            label={t`Jak dlouho zvonit (s)`}
            value={to.ring_timeout_s}
            min={5}
            max={120}
            onChange={(ring_timeout_s) => onChange({ ...to, ring_timeout_s })}
          />
          <Toggle label={t`Nahrávat`} value={to.recorded} onChange={(recorded) => onChange({ ...to, recorded })} />
          <Further
            label={t`Když se nedovolá`}
            to={to.otherwise}
            onChange={(otherwise) => onChange({ ...to, otherwise })}
          />
        </>
      );
    case 'announcement':
      return (
        <>
          <Text long label={t`Co se řekne`} value={to.text} onChange={(text) => onChange({ ...to, text })} />
          <Further label={t`A pak`} to={to.then} onChange={(then) => onChange({ ...to, then })} />
        </>
      );
    case 'hang_up':
      return (
        <Text
          long
          label={t`Rozloučení (může být prázdné)`}
          value={to.text ?? ''}
          onChange={(text) => onChange({ ...to, text: text || null })}
        />
      );
  }
}

function Further({
  label,
  to,
  onChange,
}: {
  label: string;
  to: Destination | null;
  onChange: (to: Destination | null) => void;
}) {
  const { i18n, t } = useLingui();
  const { queues, staff } = useNames();
  const { groups, flows } = useParts();
  const first = {
    queue: queues[0]?.id ?? 0,
    agent: staff[0]?.id ?? 0,
    group: groups[0]?.id ?? 0,
    flow: flows[0]?.id ?? 0,
  };
  return (
    <Group title={label}>
      <Select
        label={t`Kam`}
        choices={[
          { id: 'none', name: t`nikam, zavěsit` },
          ...FURTHER.map((kind) => ({ id: kind as string, name: i18n._(KINDS[kind].name) })),
        ]}
        value={to?.type ?? 'none'}
        onChange={(kind) =>
          onChange(kind === 'none' ? null : (blank(kind as Destination['type'], first) as Destination))
        }
      />
      {to && <DestinationForm to={to} onChange={onChange} />}
    </Group>
  );
}

function Steps({ steps, onChange }: { steps: readonly SkillStep[]; onChange: (steps: readonly SkillStep[]) => void }) {
  const { t } = useLingui();
  const { groups } = useParts();
  if (groups.length === 0 && steps.length === 0) return null;
  const put = (n: number, step: SkillStep) => onChange(steps.map((each, i) => (i === n ? step : each)));
  return (
    <Group title={t`Koho oslovit postupně`}>
      {steps.map((step, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name
        <div key={n} className="form-row">
          <Count
            label={t`Po kolika sekundách`}
            value={step.after_s}
            min={0}
            max={3600}
            onChange={(after_s) => put(n, { ...step, after_s })}
          />
          <Pick
            label={t`Skupina`}
            list={groups}
            value={step.groups[0] ?? 0}
            onChange={(group) => put(n, { ...step, groups: [group] })}
            placeholder={t`vyberte…`}
          />
          <Button
            tone="plain"
            icon="trash"
            iconOnly
            onPress={() => onChange(steps.filter((_, i) => i !== n))}
          >{t`Odebrat`}</Button>
        </div>
      ))}
      <Button
        icon="plus"
        onPress={() =>
          onChange([
            ...steps,
            { after_s: (steps.at(-1)?.after_s ?? 0) + 30, skills: [], groups: groups[0] ? [groups[0].id] : [] },
          ])
        }
      >{t`Přidat krok`}</Button>
    </Group>
  );
}

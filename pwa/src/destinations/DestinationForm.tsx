/** Where a caller is sent, and where further when that cannot take the call. The same everywhere. */
import { useLingui } from '@lingui/react/macro';
import { useSettings } from '../app/settings';
import { ChoiceField, NumberField, TextField, ToggleField } from '../forms/controls';
import { join, type Path } from '../forms/path';
import { Wrong } from '../forms/problems';
import { useParts } from '../menus/parts';
import { blankDestination, DESTINATION_KINDS, type Destination, type DestinationKind } from '../settings/model/shapes';
import { DESTINATIONS } from '../words/settings';
import { SkillList, SkillSteps } from './Skills';

/** A kind, and what belongs to it. `none` says what happens when nothing is chosen; without it something must be. */
export function DestinationPicker({
  label,
  none,
  path,
  to,
  onChange,
}: {
  label: string;
  none?: string | undefined;
  path: Path;
  to: Destination | null;
  onChange: (to: Destination | null) => void;
}) {
  const { i18n, t } = useLingui();
  const first = useFirst();
  return (
    <fieldset className={to ? 'destination wide' : 'destination'} data-field={path}>
      <legend>{label}</legend>
      <ChoiceField
        path={path}
        label={`${label}: ${t`kam`}`}
        choices={[
          ...(none === undefined ? [] : [{ id: 'none', name: none }]),
          ...DESTINATION_KINDS.map((kind) => ({ id: kind as string, name: i18n._(DESTINATIONS[kind]) })),
        ]}
        value={to?.type ?? 'none'}
        onChange={(kind) => onChange(kind === 'none' ? null : blankDestination(kind as DestinationKind, first))}
        testId={`to-${path}`}
      />
      {to && <DestinationForm path={path} to={to} onChange={onChange} />}
    </fieldset>
  );
}

/** What belongs to the kind of a destination. */
export function DestinationForm({
  path = '',
  to,
  onChange,
}: {
  path?: Path;
  to: Destination;
  onChange: (to: Destination) => void;
}) {
  const { t } = useLingui();
  const { queues, staff } = useSettings();
  const { flows, groups } = useParts();
  const queue = (value: number, set: (queue: number) => void) => (
    <ChoiceField path={join(path, 'queue')} label={t`Fronta`} choices={queues} value={value} onChange={set} />
  );
  const further = (name: 'otherwise' | 'then', label: string, value: Destination | null) => (
    <DestinationPicker
      label={label}
      none={t`zavěsit`}
      path={join(path, name)}
      to={value}
      onChange={(made) => onChange({ ...to, [name]: made } as Destination)}
    />
  );
  switch (to.type) {
    case 'queue':
      return (
        <>
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
          <NumberField
            path={join(path, 'priority')}
            label={t`Přednost (vyšší dřív)`}
            value={to.priority}
            min={-1000}
            max={1000}
            onChange={(priority) => onChange({ ...to, priority })}
          />
          <SkillList
            path={join(path, 'skills')}
            label={t`Potřebné dovednosti navíc`}
            skills={to.skills}
            onChange={(skills) => onChange({ ...to, skills })}
          />
          <SkillSteps path={join(path, 'steps')} steps={to.steps} onChange={(steps) => onChange({ ...to, steps })} />
        </>
      );
    case 'voicemail':
      return (
        <>
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
          <TextField
            long
            path={join(path, 'text')}
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
          <ChoiceField
            path={join(path, 'agent')}
            label={t`Operátor`}
            choices={staff}
            value={to.agent}
            onChange={(agent) => onChange({ ...to, agent })}
          />
          {further('otherwise', t`Když nemůže`, to.otherwise)}
        </>
      );
    case 'group':
      return (
        <>
          <ChoiceField
            path={join(path, 'group')}
            label={t`Skupina`}
            choices={groups}
            value={to.group}
            onChange={(group) => onChange({ ...to, group })}
          />
          {queue(to.queue, (queue) => onChange({ ...to, queue }))}
        </>
      );
    case 'flow':
      return (
        <ChoiceField
          path={join(path, 'flow')}
          label={t`Menu`}
          choices={flows.filter((flow) => flow.version !== null)}
          value={to.flow}
          onChange={(flow) => onChange({ ...to, flow })}
        />
      );
    case 'number':
      return (
        <>
          <TextField
            path={join(path, 'number')}
            label={t`Číslo nebo linka`}
            type="tel"
            value={to.number}
            onChange={(number) => onChange({ ...to, number: number.replaceAll(/\s/g, '') })}
          />
          <NumberField
            path={join(path, 'ring_timeout_s')}
            label={t`Jak dlouho zvonit (s)`}
            value={to.ring_timeout_s}
            min={5}
            max={120}
            unit="s"
            onChange={(ring_timeout_s) => onChange({ ...to, ring_timeout_s })}
          />
          <ToggleField
            path={join(path, 'recorded')}
            label={t`Nahrávat`}
            value={to.recorded}
            onChange={(recorded) => onChange({ ...to, recorded })}
          />
          {further('otherwise', t`Když se nedovolá`, to.otherwise)}
        </>
      );
    case 'announcement':
      return (
        <>
          <TextField
            long
            path={join(path, 'text')}
            label={t`Co se řekne`}
            value={to.text}
            onChange={(text) => onChange({ ...to, text })}
          />
          {further('then', t`A pak`, to.then)}
        </>
      );
    case 'hang_up':
      return (
        <TextField
          long
          path={join(path, 'text')}
          label={t`Rozloučení (může být prázdné)`}
          value={to.text ?? ''}
          onChange={(text) => onChange({ ...to, text: text || null })}
        />
      );
    default:
      return <Wrong path={path} whole />;
  }
}

function useFirst() {
  const { queues, staff } = useSettings();
  const { groups, flows } = useParts();
  return {
    queue: queues[0]?.id ?? 0,
    agent: staff[0]?.id ?? 0,
    group: groups[0]?.id ?? 0,
    flow: flows.find((flow) => flow.version !== null)?.id ?? 0,
  };
}

/** Fields of a table, drawn. */
import { useLingui } from '@lingui/react/macro';
import { useSettings } from '../app/settings';
import { DestinationPicker } from '../destinations/DestinationForm';
import { SkillList } from '../destinations/Skills';
import {
  ChoiceField,
  ManyField,
  NumberField,
  OptionalNumberField,
  Parsed,
  TextField,
  ToggleField,
} from '../forms/controls';
import { join, moved, type Path, valueAt } from '../forms/path';
import { Wrong } from '../forms/problems';
import { useParts } from '../menus/parts';
import { BUILT_IN_ROLES, roleName } from '../words/access';
import { useAccess } from './access/data';
import { DirectoryGroup } from './DirectoryGroup';
import { named, useRouting } from './data';
import { useForm } from './form';
import type { Field, Section, Source } from './model/fields';
import type { Destination } from './model/shapes';
import { printMinute, readMinute } from './model/times';
import { Steps } from './Steps';

/** As a field of a date and a time has it: of this clock, without seconds. */
function localOf(at: string | null): string {
  if (!at) return '';
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const WORDS = 60;
/** The key of no choice; no recording is called so. */
const NOTHING = '–';

export function Sections({ sections }: { sections: readonly Section[] }) {
  const { i18n } = useLingui();
  return (
    <>
      {sections.map((section) => (
        <section
          key={section.id}
          className="panel setting-section"
          aria-labelledby={`section-${section.id}`}
          data-testid={`section-${section.id}`}
        >
          <header>
            <h2 id={`section-${section.id}`}>{i18n._(section.title)}</h2>
          </header>
          {section.about && <p className="small quiet setting-about">{i18n._(section.about)}</p>}
          <div className="setting-fields">
            <Fields fields={section.fields} at="" />
          </div>
        </section>
      ))}
    </>
  );
}

/** `at`: of the thing whose fields these are. */
export function Fields({ fields, at }: { fields: readonly Field[]; at: Path }) {
  const { value } = useForm();
  const whole = valueAt(value, at);
  return (
    <>
      {fields
        .filter((field) => !field.when || field.when(whole))
        .map((field) => (
          <One key={field.path} field={field} at={at} />
        ))}
    </>
  );
}

/** What a field of this source may name. */
export function useSource(): (from: Source) => readonly { id: number | string; name: string }[] {
  const { staff, queues, groups, locations } = useSettings();
  const access = useAccess();
  const { flows, prompts } = useParts();
  const routing = useRouting();
  return (from) =>
    ({
      queues,
      staff,
      flows: flows.filter((flow) => flow.version !== null),
      skills: routing?.skills ?? [],
      prompts: prompts.map(({ key, name }) => ({ id: key, name })),
      calendars: named(routing?.calendars),
      groups: routing ? named(routing.groups) : groups,
      locations,
      roles: (access?.roles ?? Object.keys(BUILT_IN_ROLES).map((key) => ({ key }))).map(({ key }) => ({
        id: key,
        name: roleName(key, access?.roles ?? []),
      })),
      filters: (access?.filters ?? []).map(({ id, body }) => ({ id, name: body.name })),
    })[from];
}

function One({ field, at }: { field: Field; at: Path }) {
  const { i18n, t } = useLingui();
  const { value: whole, set } = useForm();
  const source = useSource();
  const path = join(at, field.path);
  const value = valueAt(whole, path);
  const common = {
    path,
    label: i18n._(field.label),
    ...(field.hint ? { hint: i18n._(field.hint) } : {}),
    onChange: (made: unknown) => set(path, made),
  };
  switch (field.kind) {
    case 'text':
      return (
        <TextField
          {...common}
          long={field.long ?? false}
          type={field.type}
          value={(value as string | null) ?? ''}
          onChange={(text) => {
            const made = field.type === 'tel' ? text.replaceAll(/\s/g, '') : text;
            set(path, field.optional && made === '' ? null : made);
          }}
        />
      );
    case 'secret': {
      const kept = valueAt(whole, join(at, field.set)) === true;
      return (
        <TextField
          {...common}
          type="password"
          hint={kept ? t`Je nastavené a neukazuje se. Vyplňte, jen když se mění.` : t`Není nastavené.`}
          value={(value as string | null) ?? ''}
          onChange={(text) => set(path, text || null)}
        />
      );
    }
    case 'number':
      return field.optional ? (
        <OptionalNumberField
          {...common}
          value={(value as number | null) ?? null}
          min={field.min}
          max={field.max}
          unit={field.unit}
        />
      ) : (
        <NumberField {...common} value={value as number} min={field.min} max={field.max} unit={field.unit} />
      );
    case 'minute':
      return <Parsed {...common} value={value as number} print={printMinute} read={readMinute} />;
    case 'toggle':
      return <ToggleField {...common} value={value === true} />;
    case 'choice':
      return (
        <ChoiceField
          {...common}
          choices={[
            ...(field.none ? [{ id: NOTHING, name: i18n._(field.none) }] : []),
            ...Object.entries(field.words).map(([id, words]) => ({ id, name: i18n._(words) })),
          ]}
          value={(value as string | null) ?? NOTHING}
          onChange={(id) => set(path, id === NOTHING ? null : id)}
        />
      );
    case 'moment':
      return (
        <TextField
          {...common}
          type="datetime-local"
          value={localOf(value as string | null)}
          onChange={(text) => set(path, text ? new Date(text).toISOString() : null)}
        />
      );
    case 'limited':
      return (
        <>
          <ToggleField {...common} value={value !== null} onChange={(only) => set(path, only ? [] : null)} />
          {value !== null && (
            <ManyField {...common} choices={source(field.from)} value={(value as (number | string)[]) ?? []} />
          )}
        </>
      );
    case 'many':
      return (
        <ManyField
          {...common}
          choices={Object.entries(field.words).map(([id, words]) => ({ id, name: i18n._(words) }))}
          value={value as string[]}
        />
      );
    case 'pick': {
      const { none } = field;
      const choices = source(field.from);
      return (
        <ChoiceField
          {...common}
          choices={none ? [{ id: NOTHING, name: i18n._(none) }, ...choices] : choices}
          value={(value as number | string | null) ?? NOTHING}
          onChange={(id) => set(path, id === NOTHING ? null : id)}
        />
      );
    }
    case 'picks': {
      const choices = source(field.from);
      return choices.length ? (
        <ManyField {...common} choices={choices} value={(value as (number | string)[]) ?? []} />
      ) : null;
    }
    case 'destination':
      return (
        <DestinationPicker
          {...common}
          none={field.none ? i18n._(field.none) : undefined}
          to={(value as Destination | null) ?? null}
        />
      );
    case 'directory-group':
      return <DirectoryGroup at={at} label={common.label} />;
    case 'skills':
      return <SkillList {...common} skills={(value as [number, number][]) ?? []} />;
    case 'texts': {
      const list = (value as string[]) ?? [];
      const name = i18n._(field.item);
      return (
        <Steps
          path={path}
          label={common.label}
          hint={common.hint}
          add={i18n._(field.add)}
          count={list.length}
          onAdd={() => set(path, [...list, ''])}
          title={(n) => list[n]?.slice(0, WORDS) || name}
          short={field.short ?? false}
        >
          {(n) => (
            <TextField
              long={!field.short}
              path={join(path, n)}
              label={field.short ? name : t`Text`}
              value={list[n] ?? ''}
              onChange={(text) => set(join(path, n), text)}
            />
          )}
        </Steps>
      );
    }
    case 'list': {
      const list = (value as unknown[]) ?? [];
      const name = i18n._(field.item);
      return (
        <Steps
          path={path}
          label={common.label}
          hint={common.hint}
          add={i18n._(field.add)}
          count={list.length}
          onAdd={() => set(path, [...list, field.blank(list)])}
          title={(n) => (list[n] as { name?: string }).name || `${name} ${n + 1}`}
          fixed={(n) => field.keep === true && (list[n] as { id?: number | null }).id != null}
          onMove={field.ordered ? (from, to) => set(path, moved(list, from, to)) : undefined}
        >
          {(n) => <Fields fields={field.fields} at={join(path, n)} />}
        </Steps>
      );
    }
  }
  return <Wrong path={path} whole />;
}

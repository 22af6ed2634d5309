/** A form as a table: one line a field. Adding an option of the server is adding its line here. Pure. */
import type { MessageDescriptor } from '@lingui/core';
import type { Path } from '../../forms/path';

/** What can be picked from. */
export type Source =
  | 'queues'
  | 'calendars'
  | 'groups'
  | 'flows'
  | 'staff'
  | 'skills'
  | 'prompts'
  | 'locations'
  | 'roles'
  | 'filters';

interface Base {
  path: Path;
  label: MessageDescriptor;
  hint?: MessageDescriptor;
  /** Shown only when this holds for the whole value (of a list: for the item). */
  when?: (value: unknown) => boolean;
}

export type Field = Base &
  (
    | { kind: 'text'; long?: boolean; type?: string /** Empty is null. */; optional?: boolean }
    | { kind: 'number'; min: number; max: number; unit?: 's' | 'ms' /** Empty is null. */; optional?: boolean }
    | { kind: 'toggle' }
    /** Never shown: nothing typed leaves it as it is. `set` says whether there is one. */
    | { kind: 'secret'; set: Path }
    /** A time of the day, kept as minutes after midnight. */
    | { kind: 'minute' }
    | {
        kind: 'choice';
        words: Record<string, MessageDescriptor> /** May be nothing (null), said so. */;
        none?: MessageDescriptor;
      }
    | { kind: 'moment' }
    | { kind: 'limited' /** All of them (null), or only these. */; from: Source }
    | { kind: 'many'; words: Record<string, MessageDescriptor> }
    | { kind: 'pick'; from: Source /** May be nothing, said so. */; none?: MessageDescriptor }
    | { kind: 'picks'; from: Source }
    | { kind: 'destination'; none?: MessageDescriptor }
    | { kind: 'texts'; item: MessageDescriptor; add: MessageDescriptor; short?: boolean }
    /** A group of the directory, found by its name. */
    | { kind: 'directory-group' }
    | { kind: 'skills' }
    | {
        kind: 'list';
        /** One of them, and what the button that makes one says. */
        item: MessageDescriptor;
        add: MessageDescriptor;
        fields: readonly Field[];
        blank: (list: readonly unknown[]) => unknown;
        /** Their order means something: they can be moved. */
        ordered?: boolean;
        /** Those that are saved are never taken away: what they named would lose its name. */
        keep?: boolean;
      }
  );

export interface Section {
  id: string;
  title: MessageDescriptor;
  about?: MessageDescriptor;
  fields: readonly Field[];
}

/** Every path that a table edits; a list of things stands for all of them. */
export function pathsOf(sections: readonly Section[]): Path[] {
  return sections.flatMap((section) => section.fields.map((field) => field.path));
}

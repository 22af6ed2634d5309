/** What steps can name: queues, people, groups, menus, announcements, recordings. And how a step is called. */
import { i18n } from '@lingui/core';
import { createContext, useContext } from 'react';
import { execute } from '../api/client';
import { nameIn, type Settings } from '../app/settings';
import {
  FlowsDocument,
  MenuPartsDocument,
  type MenuPartsQuery,
  type PromptFieldsFragment,
  PromptsDocument,
} from '../gql/graphql';
import { Store, useStore } from '../live/store';
import { KINDS } from '../words/menus';
import type { Flow, FlowNode } from './model/flow';

interface Named {
  id: number;
  name: string;
}

export interface Parts {
  flows: readonly (Named & { version: number | null })[];
  groups: readonly Named[];
  skills: readonly Named[];
  notices: MenuPartsQuery['notices'];
  prompts: readonly PromptFieldsFragment[];
}

export const parts = new Store<Parts>({ flows: [], groups: [], skills: [], notices: [], prompts: [] });

export async function loadParts(): Promise<void> {
  const [{ flows }, rest] = await Promise.all([execute(FlowsDocument, {}), execute(MenuPartsDocument, {})]);
  parts.set({
    flows: flows.map(({ id, name, version }) => ({ id, name, version: version ?? null })),
    groups: rest.routingSettings.groups.map(({ id, body }) => ({ id, name: (body as Named).name })),
    skills: rest.routingSettings.skills,
    notices: rest.notices,
    prompts: rest.prompts,
  });
}

export async function loadPrompts(): Promise<void> {
  const { prompts } = await execute(PromptsDocument, {});
  parts.set({ ...parts.get(), prompts });
}

export const useParts = (): Parts => useStore(parts);

export const SettingsContext = createContext<Settings | null>(null);
export function useNames(): Settings {
  const found = useContext(SettingsContext);
  if (!found) throw new Error('outside of the editor');
  return found;
}

/** A few words of what a step does, to be read on the canvas. */
export function summary(node: FlowNode, settings: Settings, known: Parts): string {
  switch (node.type) {
    case 'queue':
    case 'voicemail':
    case 'callback':
      return nameIn(settings.queues, node.queue) ?? '';
    case 'agent':
      return nameIn(settings.staff, node.agent) ?? '';
    case 'group':
      return nameIn(known.groups, node.group) ?? '';
    case 'flow':
    case 'sub_flow':
      return nameIn(known.flows, node.flow) ?? '';
    case 'notice':
      return nameIn(known.notices, node.notice) ?? '';
    case 'number':
      return node.number;
    case 'dictation':
      return '';
    case 'set':
      return node.name ? `${node.name} = ${node.value}` : '';
    case 'look_up':
      return node.url;
    case 'condition':
      return node.values.join(' – ');
    case 'return':
      return '';
    default: {
      const prompt = 'prompt' in node && node.prompt ? known.prompts.find((each) => each.key === node.prompt) : null;
      return prompt ? `♪ ${prompt.name}` : (node.text ?? '');
    }
  }
}

const LONGEST = 40;

/** The title that somebody gave, else what the step does. */
export function titleOf(flow: Flow, id: string, settings: Settings, known: Parts): string {
  const node = flow.nodes[id];
  if (!node) return '';
  const given = flow.places[id]?.title.trim();
  if (given) return given;
  const words = summary(node, settings, known).trim();
  const kind = i18n._(KINDS[node.type].name);
  if (!words) return kind;
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1).trimEnd()}…` : words;
}

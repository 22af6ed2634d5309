/** Beginnings of a new menu. */
import { i18n, type MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { blank, type Flow, type FlowNode } from './model/flow';
import { arranged } from './model/layout';

export const TEMPLATES = { empty: msg`Prázdné`, welcome: msg`Uvítání a menu`, hours: msg`Mimo pracovní dobu` } as const;
export type Template = keyof typeof TEMPLATES;

export function made(template: Template, name: string): Flow {
  const nodes: Record<string, FlowNode> = {};
  const say = (text: MessageDescriptor, next: string) => ({ ...blank('speak'), text: i18n._(text), next }) as FlowNode;
  const bye = { ...blank('hang_up'), text: i18n._(msg`Děkujeme za zavolání. Na shledanou.`) } as FlowNode;
  if (template === 'welcome') {
    nodes.uvitani = say(msg`Dobrý den, dovolali jste se do zdravotní pojišťovny.`, 'menu');
    nodes.menu = {
      ...blank('menu'),
      text: i18n._(msg`Pro pokračování stiskněte jedničku.`),
      choices: { 1: 'konec' },
      otherwise: 'konec',
    } as FlowNode;
    nodes.konec = bye;
  }
  if (template === 'hours') {
    nodes.doba = { ...blank('condition'), then: 'otevreno', otherwise: 'zavreno' } as FlowNode;
    nodes.otevreno = say(msg`Spojíme vás s operátorem.`, 'konec');
    nodes.zavreno = say(
      msg`Voláte mimo pracovní dobu. Zavolejte prosím ve všední den od osmi do šestnácti hodin.`,
      'konec',
    );
    nodes.konec = bye;
  }
  const flow: Flow = { name, start: Object.keys(nodes)[0] ?? '', nodes, places: {} };
  if (Object.keys(nodes).length === 0) return flow;
  return {
    ...flow,
    places: Object.fromEntries(Object.entries(arranged(flow)).map(([id, at]) => [id, { ...at, title: '' }])),
  };
}

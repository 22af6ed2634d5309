import { expect, test } from 'vitest';
import schema from '../../../../schema.graphql?raw';
import { COMMANDS, VIEWS } from './words';

function rootFields(type: string): string[] {
  const body = new RegExp(`^type ${type} \\{([^]*?)^\\}`, 'm').exec(schema)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+)[(:]/gm)].map((found) => found[1] as string);
}

test('every command has words', () => {
  const commands = rootFields('Mutation');
  expect(commands.length).toBeGreaterThan(50);
  expect(commands.filter((name) => !(name in COMMANDS))).toEqual([]);
  expect(Object.keys(COMMANDS).filter((name) => !commands.includes(name))).toEqual([]);
});

test('words of views are of views that there are', () => {
  const views = [...rootFields('Query'), ...rootFields('Subscription')];
  expect(Object.keys(VIEWS).filter((name) => !name.includes('.') && !views.includes(name))).toEqual([]);
});

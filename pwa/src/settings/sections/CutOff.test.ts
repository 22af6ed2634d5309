import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import { placeText } from './CutOff';

beforeAll(() => i18n.loadAndActivate({ locale: 'cs', messages: {} }));

const place = { object: 'queues/Platby', field: '', name: '', number: '+420602333444' };
/** Descriptors have no words before they are compiled: their ids stand for them. */
const after = (text: string) => text.slice(text.indexOf('„'));

test('a place is named by its author where it can be, otherwise by its field', () => {
  expect(after(placeText({ ...place, object: 'flows/Vstup', name: 'Pobočka' }))).toBe(
    '„Vstup“, Pobočka: 602\u00a0333\u00a0444',
  );
  expect(after(placeText({ ...place, object: 'lines/Ústředí' }))).toBe('„Ústředí“: 602\u00a0333\u00a0444');
  const queue = after(placeText({ ...place, field: 'options.overflow.0.to' }));
  expect(queue).toMatch(/^„Platby“, .+ › 1\. › .+: 602/);
  expect(queue).not.toMatch(/options|overflow/);
});

import { describe, expect, it } from 'vitest';
import { type Change, type Draft, type Field, merged, patchOf, printed, sectionsOf, toType, withTyped } from './model';

const field = (key: string, type = 'TEXT', more: Partial<Field> = {}): Field => ({
  key,
  name: key,
  type,
  section: 'Osoba',
  required: false,
  many: false,
  verify: false,
  sensitive: false,
  choices: [],
  mayEdit: true,
  ...more,
});
const CITY = field('city');
const STREET = field('street');
const MOBILE = field('mobile', 'PHONE', { many: true });
const BORN = field('born', 'DATE');
const STATUS = field('status', 'CHOICE', { choices: [{ value: 'vip', name: 'přednostní' }] });
const CONSENT = field('consent', 'YES_NO');
const FIELDS = [CITY, STREET, MOBILE, BORN, STATUS, CONSENT];
const NONE: Draft = { version: 1, typed: {}, key: 'k' };
const change = (field: string, before: Change['before'], after: Change['after']): Change => ({
  field,
  before,
  after,
  byId: 2,
  at: '2026-11-27T09:00:00Z',
});

describe('a card', () => {
  it('is read as Czechs write', () => {
    expect(printed(BORN, '1980-02-01')).toBe('1. 2. 1980');
    expect(printed(MOBILE, ['+420602111222', '+421903111222'])).toBe(
      '602\u00a0111\u00a0222, +421\u00a0903\u00a0111\u00a0222',
    );
    expect(printed(STATUS, 'vip')).toBe('přednostní');
    expect(printed(CONSENT, false)).toBe('ne');
    expect(printed(field('cp', 'INSURED_NUMBER'), '7551231237')).toBe('755123/1237');
    expect(printed(CITY, undefined)).toBe('');
  });

  it('what is typed back as it was is no change', () => {
    const values = { city: 'Brno', mobile: ['+420602111222'] };
    const once = withTyped(NONE, CITY, 'Praha', values);
    expect(once.typed).toEqual({ city: 'Praha' });
    expect(withTyped(once, CITY, 'Brno', values).typed).toEqual({});
    expect(withTyped(NONE, MOBILE, ['602 111 222', ''], values).typed).toEqual({});
    expect(withTyped(NONE, MOBILE, ['602 111 223'], values).typed).toEqual({ mobile: ['602 111 223'] });
    expect(withTyped(NONE, CONSENT, false, {}).typed).toEqual({ consent: false });
    expect(toType(CONSENT, undefined)).toBe('');
  });

  it('an emptied field is sent as null', () => {
    expect(patchOf({ ...NONE, typed: { city: '', mobile: [], consent: false } })).toEqual({
      city: null,
      mobile: [],
      consent: false,
    });
  });

  it('of two who edit at once, the second sees every change and keeps what was typed', () => {
    const draft: Draft = { ...NONE, typed: { street: 'Krátká 5', city: 'Zlín' } };
    const now = { version: 3, values: { street: 'Dlouhá 2', city: 'Zlín', born: '1980-02-01' } };
    const { lines, draft: next } = merged(
      draft,
      now,
      [change('street', 'Lipová 1', 'Dlouhá 2'), change('city', 'Brno', 'Zlín'), change('born', null, '1980-02-01')],
      FIELDS,
    );
    expect(lines.map((line) => [line.field.key, line.before, line.theirs, line.mine])).toEqual([
      ['street', 'Lipová 1', 'Dlouhá 2', 'Krátká 5'],
      ['born', null, '1980-02-01', undefined],
    ]);
    expect(next).toEqual({ version: 3, typed: { street: 'Krátká 5' }, key: 'k' });
  });

  it('shows sections in the order of the administrator', () => {
    expect(sectionsOf([CITY, field('x', 'TEXT', { section: 'Firma' }), STREET]).map((each) => each.name)).toEqual([
      'Osoba',
      'Firma',
    ]);
  });
});

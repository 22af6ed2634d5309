import { expect, test } from 'vitest';
import { browserName } from './browser';

test('a browser is called by its own name, not by those it pretends to be', () => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36';
  expect(browserName(chrome)).toBe('Chrome, Windows');
  expect(browserName(`${chrome} Edg/156.0`)).toBe('Edge, Windows');
  expect(browserName('Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0')).toBe('Firefox, Android');
  expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1')).toBe(
    'Safari, iOS',
  );
  expect(browserName('curl/8.0')).toBeNull();
});

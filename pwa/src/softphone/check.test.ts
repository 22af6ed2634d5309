import { expect, it, vi } from 'vitest';

vi.mock('./softphone', () => ({ phone: { peer: null } }));

const { heardVerdict, pathVerdict } = await import('./check');
const path = { serverMs: 20, voiceMs: 30, protocol: 'udp', relayed: false };

it('judges the way by its slower half, and no answer as bad', () => {
  expect(pathVerdict(path)).toBe('good');
  expect(pathVerdict({ ...path, voiceMs: 250 })).toBe('fair');
  expect(pathVerdict({ ...path, serverMs: 450 })).toBe('poor');
  expect(pathVerdict({ ...path, serverMs: null })).toBe('poor');
});

it('judges what was heard by loss and jitter, and silence as bad', () => {
  expect(heardVerdict({ packets: 200, lost: 0, jitterMs: 3 })).toBe('good');
  expect(heardVerdict({ packets: 200, lost: 4, jitterMs: 3 })).toBe('fair');
  expect(heardVerdict({ packets: 200, lost: 0, jitterMs: 60 })).toBe('fair');
  expect(heardVerdict({ packets: 180, lost: 20, jitterMs: 3 })).toBe('poor');
  expect(heardVerdict({ packets: 10, lost: 0, jitterMs: 3 })).toBe('poor');
});

import { describe, expect, it } from 'vitest';
import { type Agent, type Contact, type Frame, type LiveState, NOTHING, type Queue, reduce } from './state';

const contact = (id: string, version: number, more: Partial<Contact> = {}) =>
  ({ id, version, phase: 'ACTIVE', ...more }) as Contact;
const agent = (userId: number, activity: string) => ({ userId, activity }) as Agent;
const queue = (id: number, waiting: number) => ({ id, waiting }) as Queue;

function frame(part: Partial<Frame>): Frame {
  return { snapshot: false, cursor: '0-0', now: '', agents: [], contacts: [], queues: [], gone: [], ...part } as Frame;
}

const apply = (state: LiveState, ...frames: Frame[]) =>
  frames.reduce((before, each) => reduce(before, { type: 'frame', frame: each }), state);

const plain = (state: LiveState) => ({
  agents: Object.fromEntries([...state.agents].sort()),
  contacts: Object.fromEntries([...state.contacts].sort()),
  queues: Object.fromEntries([...state.queues].sort()),
});

describe('the live picture', () => {
  it('is replaced whole by a snapshot', () => {
    const before = apply(NOTHING, frame({ snapshot: true, contacts: [contact('a', 5)], agents: [agent(1, 'READY')] }));
    const after = apply(before, frame({ snapshot: true, contacts: [contact('b', 1)], cursor: '7-1' }));
    expect([...after.contacts.keys()]).toEqual(['b']);
    expect(after.agents.size).toBe(0);
    expect(after.cursor).toBe('7-1');
  });

  it('replaces items by id and removes what is gone', () => {
    const after = apply(
      NOTHING,
      frame({ snapshot: true, contacts: [contact('a', 1), contact('b', 1)], queues: [queue(1, 0)] }),
      frame({ contacts: [contact('a', 2, { muted: true })], queues: [queue(1, 3)], gone: ['b'] }),
    );
    expect([...after.contacts.values()]).toEqual([contact('a', 2, { muted: true })]);
    expect(after.queues.get(1)?.waiting).toBe(3);
  });

  it('never puts an older version over a newer', () => {
    const after = apply(
      NOTHING,
      frame({ snapshot: true, contacts: [contact('a', 4, { muted: true })] }),
      frame({ contacts: [contact('a', 3, { muted: false })] }),
    );
    expect(after.contacts.get('a')).toEqual(contact('a', 4, { muted: true }));
  });

  it('takes the answer of a command when it is newer than the feed', () => {
    const before = apply(NOTHING, frame({ snapshot: true, contacts: [contact('a', 4)] }));
    const held = reduce(before, { type: 'answered', contact: contact('a', 5, { heldSince: 'x' }) });
    expect(held.contacts.get('a')?.heldSince).toBe('x');
    expect(reduce(held, { type: 'answered', contact: contact('a', 4) })).toBe(held);
  });

  it('does not bring a contact back by the answer of a command', () => {
    const before = apply(NOTHING, frame({ snapshot: true, contacts: [contact('a', 4)] }), frame({ gone: ['a'] }));
    expect(reduce(before, { type: 'answered', contact: contact('a', 9) })).toBe(before);
  });

  it('keeps the maps that did not change, so that views need not render again', () => {
    const before = apply(NOTHING, frame({ snapshot: true, contacts: [contact('a', 1)], agents: [agent(1, 'READY')] }));
    const after = apply(before, frame({ queues: [queue(1, 1)] }));
    expect(after.contacts).toBe(before.contacts);
    expect(after.agents).toBe(before.agents);
  });
});

/** A small generator of chance, so that a failure can be repeated. */
function dice(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server that changes at random and remembers what changed: frames, and what a cursor has missed. */
class Server {
  contacts = new Map<string, Contact>();
  agents = new Map<number, Agent>();
  log: { contact?: string; agent?: number }[] = [];

  constructor(private readonly chance: () => number) {}

  change(): Frame {
    if (this.chance() < 0.3) {
      const id = Math.floor(this.chance() * 4);
      this.agents.set(id, agent(id, String(this.log.length)));
      this.log.push({ agent: id });
    } else {
      const id = String(Math.floor(this.chance() * 6));
      const known = this.contacts.get(id);
      if (known && this.chance() < 0.3) this.contacts.delete(id);
      else this.contacts.set(id, contact(id, this.log.length + 1));
      this.log.push({ contact: id });
    }
    return this.since(this.log.length - 1);
  }

  since(cursor: number | null): Frame {
    const changes = cursor === null ? [] : this.log.slice(cursor);
    const ids = new Set(cursor === null ? this.contacts.keys() : changes.flatMap((each) => each.contact ?? []));
    const users = new Set(cursor === null ? this.agents.keys() : changes.flatMap((each) => each.agent ?? []));
    return frame({
      snapshot: cursor === null,
      cursor: String(this.log.length),
      contacts: [...ids].flatMap((id) => this.contacts.get(id) ?? []),
      agents: [...users].flatMap((id) => this.agents.get(id) ?? []),
      gone: [...ids].filter((id) => !this.contacts.has(id)),
    });
  }
}

describe('a client that is cut off at random', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('ends with what the server has (seed %i)', (seed) => {
    const chance = dice(seed);
    const server = new Server(chance);
    let client = NOTHING;
    let connected = false;
    for (let step = 0; step < 120; step++) {
      const update = server.change();
      if (connected) {
        client = apply(client, update);
        if (chance() < 0.2) client = apply(client, update);
      }
      if (chance() < 0.15) connected = false;
      else if (!connected && chance() < 0.4) {
        const forgotten = chance() < 0.2;
        client = apply(client, server.since(client.cursor === null || forgotten ? null : Number(client.cursor)));
        connected = true;
      }
    }
    client = apply(client, server.since(client.cursor === null ? null : Number(client.cursor)));
    expect(plain(client)).toEqual(plain({ ...NOTHING, contacts: server.contacts, agents: server.agents }));
  });
});

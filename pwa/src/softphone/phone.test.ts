import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenAnswer } from './link';
import { Softphone } from './phone';

/** A peer that connects when answered, and can lose its path. */
class FakePeer {
  static made: FakePeer[] = [];
  connectionState = 'new';
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  restarts = 0;
  offers = 0;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: unknown = null;
  willConnect = true;

  constructor() {
    FakePeer.made.push(this);
  }
  addTransceiver() {
    return { setCodecPreferences() {} };
  }
  async createOffer({ iceRestart }: { iceRestart: boolean }) {
    this.offers += 1;
    if (iceRestart) this.restarts += 1;
    return { type: 'offer', sdp: `a=ice-ufrag:u${this.offers}\r\n` };
  }
  async setLocalDescription(description: { type: string; sdp?: string }) {
    this.signalingState = description.type === 'rollback' ? 'stable' : 'have-local-offer';
    if (description.sdp) this.localDescription = { sdp: description.sdp };
  }
  async setRemoteDescription() {
    this.signalingState = 'stable';
    if (this.willConnect) this.become('connected');
  }
  async getStats() {
    return new Map();
  }
  getSenders() {
    return [];
  }
  close() {
    this.connectionState = 'closed';
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

function set(answers: (OpenAnswer | Error)[] = []) {
  const opened: { owner: string; takeOver: boolean }[] = [];
  const lock = { free: true, stolen: false, freed: () => {} };
  let owner = 'tab-1';
  const track = { stop: vi.fn(), enabled: true, addEventListener() {} };
  const phone: Softphone = new Softphone({
    async open(owner, _sdp, takeOver) {
      opened.push({ owner, takeOver });
      const answer = answers.shift() ?? { answerSdp: 'v=0' };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close: vi.fn(async () => {}),
    createPeer: () => new FakePeer() as unknown as RTCPeerConnection,
    microphone: async () => ({ getAudioTracks: () => [track], getTracks: () => [track] }) as unknown as MediaStream,
    hear() {},
    silence() {},
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: () => 0.5,
    owner: () => owner,
    renewOwner: () => {
      owner = 'tab-2';
    },
    rememberShift: vi.fn(),
    lock: {
      acquire: async ({ force }) => {
        if (force) lock.stolen = true;
        return lock.free || Boolean(force);
      },
      release() {},
      whenFree: (callback) => {
        lock.freed = callback;
      },
    },
  });
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  return { phone, opened, lock, track, settle, peer: () => FakePeer.made.at(-1) as FakePeer };
}

beforeEach(() => {
  FakePeer.made = [];
  vi.useFakeTimers();
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs: [] }) });
  vi.stubGlobal('MediaStream', class {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the telephone', () => {
  it('connects from one click', async () => {
    const { phone, opened, settle } = set();
    await phone.start();
    await settle();
    expect(phone.state).toBe('connected');
    expect(opened).toEqual([{ owner: 'tab-1', takeOver: false }]);
  });

  it('says when another tab has it, takes over when told, and takes a name of its own', async () => {
    const { phone, opened, lock, settle } = set();
    lock.free = false;
    await phone.start();
    expect(phone.view.get()).toMatchObject({ state: 'elsewhere', where: 'tab' });
    expect(opened).toEqual([]);
    await phone.start(true);
    await settle();
    expect(phone.state).toBe('connected');
    expect(opened).toEqual([{ owner: 'tab-2', takeOver: true }]);
  });

  it('offers itself again when the other tab is closed', async () => {
    const { phone, lock } = set();
    lock.free = false;
    await phone.start();
    lock.freed();
    expect(phone.state).toBe('off');
  });

  it('gives way to another browser', async () => {
    const { phone } = set([{ refused: 'PHONE_ELSEWHERE' }]);
    await phone.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(phone.view.get()).toMatchObject({ state: 'elsewhere', where: 'browser' });
    expect(FakePeer.made.every((peer) => peer.connectionState === 'closed')).toBe(true);
  });

  it('restarts ICE on the same connection when the path is lost', async () => {
    const { phone, opened, peer, settle } = set();
    await phone.start();
    await settle();
    const first = peer();
    first.become('disconnected');
    expect(phone.state).toBe('restoring');
    await settle();
    expect(phone.state).toBe('connected');
    expect(peer()).toBe(first);
    expect(first.restarts).toBe(1);
    expect(opened.length).toBe(2);
  });

  it('makes a new connection when the restart does not help', async () => {
    const { phone, peer, settle } = set();
    await phone.start();
    await settle();
    const first = peer();
    first.willConnect = false;
    first.become('failed');
    await settle(4_000);
    expect(peer()).not.toBe(first);
    expect(phone.state).toBe('connected');
    expect(first.connectionState).toBe('closed');
  });

  it('leaves running media alone while the API is away, and goes on trying when the path is lost too', async () => {
    const away = () => new Error('away');
    const { phone, peer, opened, settle } = set([{ answerSdp: 'v=0' }, away(), away(), away()]);
    await phone.start();
    await settle();
    const first = peer();
    phone.networkChanged();
    await settle();
    expect(first.connectionState).toBe('connected');
    first.become('disconnected');
    await settle(5_000);
    expect(opened.length).toBeGreaterThan(3);
    expect(phone.state).toBe('connected');
  });

  it('connects again when the server has forgotten it', async () => {
    const { phone, opened, settle } = set();
    await phone.start();
    await settle();
    phone.serverSays({ connected: true, owner: 'tab-1' });
    phone.serverSays({ connected: false, owner: null });
    await settle(2_100);
    expect(opened.length).toBe(2);
    expect(phone.state).toBe('connected');
  });

  it('stops when the server shows another owner', async () => {
    const { phone, track, settle } = set();
    await phone.start();
    await settle();
    phone.serverSays({ connected: true, owner: 'somebody' });
    expect(phone.state).toBe('connected');
    phone.serverSays({ connected: true, owner: 'tab-1' });
    phone.serverSays({ connected: true, owner: 'somebody' });
    expect(phone.view.get()).toMatchObject({ state: 'elsewhere', where: 'browser' });
    expect(track.stop).toHaveBeenCalled();
  });

  it('follows the mute of the server', async () => {
    const { phone, track } = set();
    await phone.start();
    phone.setMuted(true);
    expect(track.enabled).toBe(false);
    phone.setMuted(false);
    expect(track.enabled).toBe(true);
  });
});

/**
 * The agent's telephone. Free of React: give it an outside, send it commands, watch `view`.
 */
import { Store } from '../live/store';
import { Link, type LinkOutside, type OpenAnswer } from './link';
import { next, type PhoneEvent, type PhoneState } from './machine';

export interface PhoneView {
  readonly state: PhoneState;
  /** Of 'elsewhere': this browser's other tab, or another browser. */
  readonly where: 'tab' | 'browser' | null;
  /** Name of the DOMException of 'denied'. */
  readonly denied: string | null;
  /** Why connecting takes long: a refusal's code or an error's text. */
  readonly trouble: string | null;
}

export interface PhoneLockLike {
  acquire(how: { force?: boolean; patience?: number }): Promise<boolean>;
  release(): void;
  whenFree(callback: () => void): void;
}

export interface PhoneOutside extends Pick<LinkOutside, 'createPeer' | 'hear' | 'pause' | 'chance'> {
  open(owner: string, offerSdp: string, takeOver: boolean): Promise<OpenAnswer>;
  close(owner: string): Promise<unknown>;
  microphone(): Promise<MediaStream>;
  silence(): void;
  owner(): string;
  renewOwner(): void;
  rememberShift(running: boolean): void;
  lock: PhoneLockLike;
}

/** What the server says of this agent's telephone. */
export interface ServerPhone {
  connected: boolean;
  owner: string | null;
}

/** The server may take this long to notice that we are connected. */
const SERVER_NOTICES_MS = 2_000;
const RELOAD_PATIENCE_MS = 2_000;

export class Softphone {
  readonly view = new Store<PhoneView>({ state: 'off', where: null, denied: null, trouble: null });
  #link: Link | null = null;
  #stream: MediaStream | null = null;
  /** The server has shown us as the owner since we connected: any other owner is somebody who took over. */
  #owned = false;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  #doubts = 0;
  #muted = false;

  constructor(private readonly outside: PhoneOutside) {}

  get state(): PhoneState {
    return this.view.get().state;
  }

  get peer(): RTCPeerConnection | null {
    return this.#link?.peer ?? null;
  }

  get stream(): MediaStream | null {
    return this.#stream;
  }

  /** Begin the shift, from a click. `takeOver`: also when another tab or browser has the telephone. */
  async start(takeOver = false, patience = 0): Promise<void> {
    if (!['off', 'denied', 'elsewhere'].includes(this.state)) return;
    this.#step('start', { where: null, denied: null, trouble: null });
    if (!(await this.outside.lock.acquire({ force: takeOver, patience }))) {
      this.outside.renewOwner();
      this.#release();
      this.#step('taken', { where: 'tab' });
      this.outside.lock.whenFree(() => this.#step('freed', { where: null }));
      return;
    }
    try {
      this.#stream = await this.outside.microphone();
    } catch (error) {
      this.#release();
      this.#step('noMicrophone', { denied: (error as DOMException).name });
      return;
    }
    if (this.state !== 'asking') return this.#release();
    this.outside.rememberShift(true);
    this.#step('microphone');
    this.#watchTrack();
    this.#link = new Link(this.#linkOutside(), this.#stream.getAudioTracks()[0] as MediaStreamTrack);
    this.#link.connect(takeOver);
  }

  /** Go on after a reload of the page. */
  resume(): Promise<void> {
    return this.start(false, RELOAD_PATIENCE_MS);
  }

  /** End the shift: hang the telephone up for good. */
  async stop(): Promise<void> {
    this.outside.rememberShift(false);
    this.#release();
    this.#step('stop', { where: null, trouble: null });
    await this.outside.close(this.outside.owner()).catch(() => {});
  }

  /** The other tab has taken the lock. */
  stolen(): void {
    this.#taken('tab');
  }

  /** The network has changed: do not wait for the browser to notice. */
  networkChanged(): void {
    if (this.state === 'connected' || this.state === 'restoring') this.#link?.suspect();
  }

  /** Packets that were flowing have stopped. */
  mediaStopped(): void {
    if (this.state === 'connected') this.#link?.suspect();
  }

  serverSays(phone: ServerPhone): void {
    clearTimeout(this.#doubt);
    if (this.state !== 'connected' && this.state !== 'restoring') return;
    const mine = phone.owner === this.outside.owner();
    if (this.#owned && phone.owner !== null && !mine) return this.#taken('browser');
    this.#owned ||= mine;
    if (mine && phone.connected) this.#doubts = 0;
    else if (this.state === 'connected') {
      // It has forgotten us (a restart), or never heard of our success: say it again, ever more seldom.
      const after = SERVER_NOTICES_MS * 2 ** Math.min(this.#doubts, 4);
      this.#doubt = setTimeout(() => {
        this.#doubts += 1;
        this.#link?.suspect();
      }, after);
    }
  }

  /** The server mutes; the microphone follows it, so that a muted agent is silent twice. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Use the microphone that the preferences name now. */
  async changeMicrophone(): Promise<void> {
    if (!this.#stream || !this.#link) return;
    const stream = await this.outside.microphone();
    const track = stream.getAudioTracks()[0] as MediaStreamTrack;
    await this.#link.replaceTrack(track);
    for (const old of this.#stream.getTracks()) old.stop();
    this.#stream = stream;
    this.setMuted(this.#muted);
    this.#watchTrack();
    this.view.set({ ...this.view.get() });
  }

  #linkOutside(): LinkOutside {
    return {
      createPeer: this.outside.createPeer,
      hear: this.outside.hear,
      pause: this.outside.pause,
      chance: this.outside.chance,
      open: (offerSdp, takeOver) => this.outside.open(this.outside.owner(), offerSdp, takeOver),
      linked: () => this.#step('linked', { trouble: null }),
      lost: () => this.#step('lost'),
      troubled: (trouble) => this.#step(null, { trouble }),
      refused: (code) => (code === 'PHONE_ELSEWHERE' ? this.#taken('browser') : this.#step(null, { trouble: code })),
    };
  }

  #taken(where: 'tab' | 'browser'): void {
    this.outside.rememberShift(false);
    this.#release();
    this.#step('taken', { where });
    if (where === 'tab') this.outside.lock.whenFree(() => this.#step('freed', { where: null }));
  }

  /** A headset was unplugged: go on with another microphone. */
  #watchTrack(): void {
    const track = this.#stream?.getAudioTracks()[0];
    track?.addEventListener('ended', () => {
      if (this.#stream?.getAudioTracks()[0] === track) void this.changeMicrophone().catch(() => {});
    });
  }

  #release(): void {
    clearTimeout(this.#doubt);
    this.#owned = false;
    this.#doubts = 0;
    this.#link?.close();
    this.#link = null;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.outside.silence();
    this.outside.lock.release();
  }

  #step(event: PhoneEvent | null, details: Partial<Omit<PhoneView, 'state'>> = {}): void {
    const view = this.view.get();
    this.view.set({ ...view, ...details, state: event ? next(view.state, event) : view.state });
  }
}

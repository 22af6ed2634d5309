/**
 * The WebRTC leg to the bridge, kept up over changes of network and restarts of the other side.
 *
 * Repairing is a ladder: first an ICE restart on the same connection (nobody hears it), then a new connection, with
 * growing pauses. The running media is never touched before an answer is here: while the API is away, the call goes on.
 */
import { backoff } from '../live/backoff';

/** Chance to link before the next rung. */
const LINK_WITHIN_MS = 2_500;
const LOOK_EVERY_MS = 150;
const LONGEST_PAUSE_MS = 4_000;

export type OpenAnswer = { answerSdp: string } | { refused: string };

export interface LinkOutside {
  /** Throws when there is no answer. */
  open(offerSdp: string, takeOver: boolean): Promise<OpenAnswer>;
  createPeer(): RTCPeerConnection;
  hear(stream: MediaStream): void;
  /** Ends early when the network comes back. */
  pause(ms: number): Promise<void>;
  chance(): number;
  linked(): void;
  lost(): void;
  /** Refused for good; the link is closed. */
  refused(code: string): void;
  /** A try failed; it goes on trying. */
  troubled(why: string): void;
}

/** Refusals that trying again cannot heal. */
const FINAL = new Set(['PHONE_ELSEWHERE', 'NOT_ALLOWED']);

export class Link {
  peer: RTCPeerConnection | null = null;
  #closed = false;
  #repairing = false;
  #up = false;
  #takeOver = false;
  /** Somebody knows better than `connectionState` that the path is gone. */
  #suspected = false;

  constructor(
    private readonly outside: LinkOutside,
    private track: MediaStreamTrack,
  ) {}

  connect(takeOver: boolean): void {
    this.#takeOver = takeOver;
    void this.#repair();
  }

  /** The path is, or is about to be, gone: build it again. */
  suspect(): void {
    this.#suspected = true;
    this.#down();
    void this.#repair();
  }

  replaceTrack(track: MediaStreamTrack): Promise<void> | undefined {
    this.track = track;
    return this.peer?.getSenders()[0]?.replaceTrack(track);
  }

  close(): void {
    this.#closed = true;
    this.peer?.close();
    this.peer = null;
  }

  get up(): boolean {
    return this.#up;
  }

  async #repair(): Promise<void> {
    if (this.#repairing) return;
    this.#repairing = true;
    let tries = 0;
    while (!this.#closed && !this.#healthy()) {
      // Every other rung is a new connection: for a bridge that has forgotten the one we have.
      const fresh = this.peer === null || tries % 2 === 1;
      this.#suspected = false;
      const peer = await this.#negotiate(fresh);
      if (this.#closed) break;
      if (peer) {
        await this.#linkedWithin(peer, LINK_WITHIN_MS);
        if (this.#healthy()) break;
      } else {
        this.#suspected ||= this.peer?.connectionState !== 'connected';
      }
      await this.outside.pause(backoff(tries, this.outside.chance(), LONGEST_PAUSE_MS));
      tries += 1;
    }
    this.#repairing = false;
    if (!this.#closed) this.#nowUp();
  }

  /** Offers, and applies the answer. Null when there was none. */
  async #negotiate(fresh: boolean): Promise<RTCPeerConnection | null> {
    const peer = fresh ? this.#newPeer() : (this.peer as RTCPeerConnection);
    const drop = () => {
      if (peer !== this.peer) peer.close();
      return null;
    };
    try {
      if (peer.signalingState !== 'stable') await peer.setLocalDescription({ type: 'rollback' });
      await peer.setLocalDescription(await peer.createOffer({ iceRestart: !fresh }));
      const answer = await this.outside.open(peer.localDescription?.sdp ?? '', this.#takeOver);
      if (this.#closed) return drop();
      if ('refused' in answer) {
        if (FINAL.has(answer.refused)) {
          drop();
          this.close();
          this.outside.refused(answer.refused);
        } else {
          this.outside.troubled(answer.refused);
        }
        return drop();
      }
      this.#takeOver = false;
      await peer.setRemoteDescription({ type: 'answer', sdp: answer.answerSdp });
    } catch (error) {
      this.outside.troubled(String(error));
      return drop();
    }
    if (fresh) {
      this.peer?.close();
      this.peer = peer;
    }
    return peer;
  }

  #newPeer(): RTCPeerConnection {
    const peer = this.outside.createPeer();
    const transceiver = peer.addTransceiver(this.track, { direction: 'sendrecv' });
    const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
    const wanted = known.filter(
      (codec) =>
        codec.clockRate === 8000 && ['audio/pcma', 'audio/telephone-event'].includes(codec.mimeType.toLowerCase()),
    );
    if (wanted.length) transceiver.setCodecPreferences(wanted);
    peer.ontrack = (event) => this.outside.hear(event.streams[0] ?? new MediaStream([event.track]));
    peer.onconnectionstatechange = () => {
      if (peer !== this.peer || this.#closed) return;
      if (peer.connectionState === 'connected') this.#nowUp();
      if (peer.connectionState === 'disconnected' || peer.connectionState === 'failed') this.suspect();
    };
    return peer;
  }

  #healthy(): boolean {
    return !this.#suspected && this.peer?.connectionState === 'connected';
  }

  async #linkedWithin(peer: RTCPeerConnection, ms: number): Promise<void> {
    for (let waited = 0; waited < ms && !this.#closed; waited += LOOK_EVERY_MS) {
      if (peer.connectionState === 'connected' && (await answersFrom(peer))) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    this.#suspected = true;
  }

  #nowUp(): void {
    if (this.#up || !this.#healthy()) return;
    this.#up = true;
    this.outside.linked();
  }

  #down(): void {
    if (!this.#up) return;
    this.#up = false;
    this.outside.lost();
  }
}

/** Whether the other side answers checks of the present generation, not of the one before a restart. */
async function answersFrom(peer: RTCPeerConnection): Promise<boolean> {
  const ufrag = /a=ice-ufrag:(\S+)/.exec(peer.localDescription?.sdp ?? '')?.[1];
  const stats = await peer.getStats();
  let known = false;
  let answers = false;
  for (const report of stats.values()) {
    if (report.type !== 'candidate-pair' || report.state !== 'succeeded') continue;
    const own = stats.get(report.localCandidateId)?.usernameFragment;
    if (own === undefined) continue;
    known = true;
    if (own === ufrag && report.responsesReceived > 0) answers = true;
  }
  return answers || !known;
}

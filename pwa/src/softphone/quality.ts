/** What the browser measures of its own leg, and when to worry. */

export interface Sample {
  at: number;
  packets: number;
  lost: number;
  jitterMs: number;
  roundTripMs: number | null;
}

export async function sample(peer: RTCPeerConnection, now: number): Promise<Sample | null> {
  const found: Sample = { at: now, packets: 0, lost: 0, jitterMs: 0, roundTripMs: null };
  for (const report of (await peer.getStats()).values()) {
    if (report.type === 'inbound-rtp' && report.kind === 'audio') {
      found.packets = report.packetsReceived;
      found.lost = report.packetsLost;
      found.jitterMs = (report.jitter ?? 0) * 1000;
    }
    if (report.type === 'candidate-pair' && report.nominated && report.currentRoundTripTime !== undefined) {
      found.roundTripMs = report.currentRoundTripTime * 1000;
    }
  }
  return found;
}

export type Grade = 'good' | 'fair' | 'poor';

/** Of two samples of one call: by loss and round trip, as ITU-T G.107 makes them felt. */
export function grade(before: Sample, after: Sample): Grade {
  const received = after.packets - before.packets;
  const lost = Math.max(0, after.lost - before.lost);
  const share = received + lost > 0 ? lost / (received + lost) : 0;
  const delay = (after.roundTripMs ?? 0) / 2 + 2 * after.jitterMs;
  if (share > 0.05 || delay > 350) return 'poor';
  if (share > 0.015 || delay > 200) return 'fair';
  return 'good';
}

/** Packets that flowed must not stop. */
const FLOWING_PACKETS = 20;
export const STOPPED_AFTER_MS = 1_500;

export class FlowWatch {
  #packets = 0;
  #flowingSince = 0;
  #lastAt = 0;
  #told = false;

  /** Whether a flow has just stopped; true once for each. */
  observe(packets: number, now: number): boolean {
    if (packets < this.#packets) this.#flowingSince = 0;
    if (packets > this.#packets) {
      if (!this.#flowingSince) this.#flowingSince = packets;
      this.#packets = packets;
      this.#lastAt = now;
      this.#told = false;
      return false;
    }
    this.#packets = packets;
    const flowed = this.#flowingSince > 0 && packets - this.#flowingSince >= FLOWING_PACKETS;
    if (!flowed || this.#told || now - this.#lastAt < STOPPED_AFTER_MS) return false;
    this.#told = true;
    this.#flowingSince = 0;
    return true;
  }
}

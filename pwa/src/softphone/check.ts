/** The way between this browser and the people it talks with: measured before anybody depends on it. */
import { execute } from '../api/client';
import { CheckSoundDocument } from '../gql/graphql';
import { phone } from './softphone';

export interface Path {
  /** Round trip to the server, the median of some; null when it did not answer. */
  serverMs: number | null;
  /** Round trip of the telephone's packets. */
  voiceMs: number | null;
  protocol: string | null;
  /** `relay`: all packets go through a helper. */
  relayed: boolean;
}

export interface Heard {
  packets: number;
  lost: number;
  jitterMs: number;
}

export type Verdict = 'good' | 'fair' | 'poor';

const TRIES = 5;
/** The sentence that is said takes about this long. */
const LISTEN_MS = 5_000;
const SETTLE_MS = 400;
/** 20 ms each: fewer than this in the time means that hardly anything came. */
const FEWEST_PACKETS = 40;

/** By ITU-T G.114: 150 ms one way disturb nobody. */
export function pathVerdict(path: Path): Verdict {
  const slowest = Math.max(path.voiceMs ?? 0, path.serverMs ?? 0);
  if (path.serverMs === null || slowest > 400) return 'poor';
  return slowest > 200 ? 'fair' : 'good';
}

export function heardVerdict(heard: Heard): Verdict {
  const share = heard.lost / Math.max(1, heard.packets + heard.lost);
  if (heard.packets < FEWEST_PACKETS || share > 0.05) return 'poor';
  return share > 0.01 || heard.jitterMs > 40 ? 'fair' : 'good';
}

export async function measurePath(): Promise<Path> {
  const trips: number[] = [];
  for (let n = 0; n < TRIES; n++) {
    const begun = performance.now();
    try {
      await fetch('/health/live', { cache: 'no-store', signal: AbortSignal.timeout(3_000) });
      trips.push(performance.now() - begun);
    } catch {
      break;
    }
  }
  trips.sort((a, b) => a - b);
  const path: Path = {
    serverMs: trips.length === TRIES ? (trips[TRIES >> 1] ?? null) : null,
    voiceMs: null,
    protocol: null,
    relayed: false,
  };
  const reports = [...((await phone.peer?.getStats()) ?? new Map()).values()];
  const pair = reports.find((each) => each.type === 'candidate-pair' && each.nominated);
  const local = reports.find((each) => each.id === pair?.localCandidateId);
  if (pair?.currentRoundTripTime !== undefined) path.voiceMs = pair.currentRoundTripTime * 1000;
  path.protocol = local?.protocol ?? null;
  path.relayed = local?.candidateType === 'relay';
  return path;
}

async function received(): Promise<Heard> {
  const reports = [...((await phone.peer?.getStats()) ?? new Map()).values()];
  const flow = reports.find((each) => each.type === 'inbound-rtp' && each.kind === 'audio');
  return {
    packets: flow?.packetsReceived ?? 0,
    lost: flow?.packetsLost ?? 0,
    jitterMs: (flow?.jitter ?? 0) * 1000,
  };
}

/** Has a sentence said over the way of a caller's voice and counts what comes; the refusal's code when it is not said. */
export async function listen(): Promise<Heard | string> {
  const before = await received();
  const { checkSound } = await execute(CheckSoundDocument, {});
  if (checkSound.__typename === 'Refused') return checkSound.code;
  await new Promise((resolve) => setTimeout(resolve, LISTEN_MS + SETTLE_MS));
  const after = await received();
  return {
    packets: after.packets - before.packets,
    lost: Math.max(0, after.lost - before.lost),
    jitterMs: after.jitterMs,
  };
}

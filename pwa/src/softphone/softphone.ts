/** The telephone of this page, connected to the API, the live feed and the browser. */
import { execute } from '../api/client';
import { CloseSoftphoneDocument, OpenSoftphoneDocument } from '../gql/graphql';
import { desk, socket } from '../live/feeds';
import { Store } from '../live/store';
import { hear, microphone, silence } from './audio';
import { handheld, isAwake, keepAwake, onFront } from './awake';
import { PhoneLock } from './lock';
import { owner, rememberShift, renewOwner, shiftOf } from './owner';
import { Softphone } from './phone';
import { FlowWatch, type Grade, grade, type Sample, sample } from './quality';

const LOOK_EVERY_MS = 500;
const GRADE_OVER_MS = 3_000;

declare global {
  interface Window {
    kcPhone?: { stats(): Promise<RTCStatsReport | null>; state(): string; owner(): string; awake(): boolean };
  }
}

let user = 0;

const lock = new PhoneLock('kc.phone', () => phone.stolen());

export const phone: Softphone = new Softphone({
  async open(owner, offerSdp, takeOver) {
    const { openSoftphone } = await execute(OpenSoftphoneDocument, { owner, offerSdp, takeOver });
    return openSoftphone.__typename === 'SoftphoneOpened'
      ? { answerSdp: openSoftphone.answerSdp }
      : { refused: openSoftphone.code };
  },
  close: (owner) => execute(CloseSoftphoneDocument, { owner }),
  createPeer: () => new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' }),
  microphone,
  hear,
  silence,
  pause: (ms) => socket.pause(ms),
  chance: Math.random,
  owner,
  renewOwner,
  rememberShift: (running) => rememberShift(running ? user : null),
  lock,
});

/** Quality of the running call as this browser hears it; null without a flow. */
export const callQuality = new Store<Grade | null>(null);

export function attachPhone(userId: number): void {
  user = userId;
  if (shiftOf(userId)) void phone.resume();
}

window.kcPhone = {
  stats: async () => (await phone.peer?.getStats()) ?? null,
  state: () => phone.state,
  owner,
  awake: isAwake,
};

desk.state.subscribe(() => {
  const state = desk.state.get();
  const agent = state.agents.get(user);
  if (state.known && agent) phone.serverSays({ connected: agent.phoneConnected, owner: agent.phoneOwner ?? null });
  if (agent && agent.endpoint.kind !== 'BROWSER' && phone.state !== 'off') void phone.stop();
  const rings =
    agent?.rungByPush && agent.endpoint.kind === 'BROWSER' && agent.contacts.some((x) => x.stage === 'OFFERED');
  // The app was opened for a call that a push announced: the telephone connects by itself.
  if (rings && phone.state === 'off') void phone.start();
  const talking = [...state.contacts.values()].find(
    (contact) => contact.phase === 'ACTIVE' && contact.agentId === user,
  );
  phone.setMuted(talking?.muted ?? false);
});

phone.view.subscribe(() => keepAwake(handheld() && phone.state !== 'off' && phone.state !== 'denied'));
onFront(() => phone.networkChanged());
window.addEventListener('online', () => phone.networkChanged());
(navigator as { connection?: EventTarget }).connection?.addEventListener('change', () => phone.networkChanged());

let watched: { peer: RTCPeerConnection; flow: FlowWatch; samples: Sample[] } | null = null;
setInterval(async () => {
  const peer = phone.peer;
  if (!peer || phone.state !== 'connected') {
    watched = null;
    callQuality.set(null);
    return;
  }
  if (watched?.peer !== peer) watched = { peer, flow: new FlowWatch(), samples: [] };
  const watch = watched;
  const now = await sample(peer, Date.now());
  if (!now || watched !== watch) return;
  if (watch.flow.observe(now.packets, now.at)) phone.mediaStopped();
  watch.samples = [...watch.samples.filter((each) => now.at - each.at < GRADE_OVER_MS), now];
  const first = watch.samples[0] as Sample;
  callQuality.set(now.packets > first.packets ? grade(first, now) : null);
}, LOOK_EVERY_MS);

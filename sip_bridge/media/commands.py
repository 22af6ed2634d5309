"""What each command of the control does, one small function each; refusals are values."""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sip_bridge.media import protocol as p
from sip_bridge.media.engine import LegMedia
from sip_bridge.media.g711 import FRAME
from sip_bridge.media.latch import Latch
from sip_bridge.media.ports import NoFreePort
from sip_bridge.media.protocol import RefusalReason, Refused, Result
from sip_bridge.media.reports import LegReports
from sip_bridge.media.rtp import DIGITS
from sip_bridge.media.srtp import SDES_KEY_SIZE, SDES_SUITES, SrtpPair
from sip_bridge.media.transport import LegLine
from sip_bridge.webrtc.dtls import is_known_fingerprint

if TYPE_CHECKING:
    from sip_bridge.media.worker import Worker

MOST_DIGITS = 64
DONE = p.Done()


def refused(reason: RefusalReason, detail: str = "") -> Refused:
    return Refused(reason=reason, detail=detail)


STEREO_FRAME = 2 * FRAME
"""Bytes of a tick on disk."""


def open_rtp_leg(worker: Worker, id_: str, command: p.OpenRtpLeg) -> Result:
    if command.leg in worker.engine.slots:
        return refused(RefusalReason.LEG_EXISTS, command.leg)
    srtp = _srtp(command.srtp)
    if isinstance(srtp, Refused):
        return srtp
    host = command.local_address or worker.addresses[0]
    if host not in worker.addresses:
        return refused(RefusalReason.BAD_PARAMETER, "local_address")
    remote = _address(command.remote)
    if isinstance(remote, Refused):
        return remote
    now = worker.now()
    engine, transport = worker.engine, worker.transport
    slot = engine.open(command.leg, _media(command), now)
    line = LegLine(command.leg, slot, LegReports(slot), host=host, srtp=srtp, wants_srtp=srtp is not None)
    line.rtcp_mux = command.rtcp_mux
    shared = command.port_mode is p.PortMode.SHARED or (command.port_mode is p.PortMode.AUTO and remote is not None)
    try:
        if shared:
            line.shared = transport.shared_port(host, remote, slot, command.port)
            line.port = line.shared.rtp.port
        else:
            line.port, line.own_rtp, line.own_rtcp = transport.ports.open_pair(host, command.port)
            line.latch = Latch(remote, now, proven=srtp is not None)
    except NoFreePort:
        engine.close(command.leg)
        return refused(RefusalReason.NO_FREE_PORT)
    transport.add(line)
    transport.aim(line, remote, _address_or_none(command.remote_rtcp))
    opened = p.RtpLegOpened(address=host, port=line.port, rtcp_port=line.port + 1, ssrc=int(engine.senders.ssrc[slot]))
    worker.rtp_legs[command.leg] = (msgspec.structs.replace(command, srtp=None), opened)
    return opened


def update_rtp_leg(worker: Worker, id_: str, command: p.UpdateRtpLeg) -> Result:
    known = worker.rtp_legs.get(command.leg)
    if known is None:
        return _unknown(worker, command.leg)
    line = worker.line(command.leg)
    remote, srtp = _address(command.remote), _srtp(command.srtp)
    if isinstance(remote, Refused):
        return remote
    if isinstance(srtp, Refused):
        return srtp
    if remote is not None and line.shared is not None and not line.shared.is_free(remote, line.slot):
        return refused(RefusalReason.ADDRESS_TAKEN)
    changes = {
        name: value
        for name in command.__struct_fields__
        if name not in ("leg", "srtp") and (value := getattr(command, name)) is not None
    }
    merged = msgspec.structs.replace(known[0], **changes)
    worker.rtp_legs[command.leg] = (merged, known[1])
    worker.engine.update(command.leg, _media(merged))
    line.rtcp_mux = merged.rtcp_mux
    if isinstance(srtp, SrtpPair):
        line.srtp, line.wants_srtp = srtp, True
    rtcp_target = _address_or_none(merged.remote_rtcp)
    if line.latch is not None:
        line.latch.proven = line.wants_srtp
        if remote is not None:
            line.latch.update(remote, worker.now())
        worker.transport.aim(line, line.latch.target, rtcp_target)
    else:
        worker.transport.aim(line, _address_or_none(merged.remote), rtcp_target)
    return DONE


def open_browser_leg(worker: Worker, id_: str, command: p.OpenBrowserLeg) -> Result:
    if command.leg in worker.engine.slots:
        return refused(RefusalReason.LEG_EXISTS, command.leg)
    if not is_known_fingerprint(command.remote_fingerprint) or not command.remote_ufrag:
        return refused(RefusalReason.BAD_PARAMETER, "remote_fingerprint or remote_ufrag")
    now = worker.now()
    slot = worker.engine.open(command.leg, _media(command), now)
    line = LegLine(command.leg, slot, LegReports(slot), wants_srtp=True, is_browser=True, rtcp_mux=True)
    worker.transport.add(line)
    credentials = worker.browsers.open(command.leg, slot, command.remote_ufrag, command.remote_fingerprint, now)
    worker.browser_legs[command.leg] = command
    return _browser_opened(worker, slot, credentials.ufrag, credentials.password)


def restart_browser_leg(worker: Worker, id_: str, command: p.RestartBrowserLeg) -> Result:
    known = worker.browser_legs.get(command.leg)
    if known is None:
        return _unknown(worker, command.leg)
    if not is_known_fingerprint(command.remote_fingerprint) or not command.remote_ufrag:
        return refused(RefusalReason.BAD_PARAMETER, "remote_fingerprint or remote_ufrag")
    merged = msgspec.structs.replace(
        known,
        remote_ufrag=command.remote_ufrag,
        remote_password=command.remote_password,
        remote_fingerprint=command.remote_fingerprint,
        payload_type=known.payload_type if command.payload_type is None else command.payload_type,
        telephone_event=known.telephone_event if command.telephone_event is None else command.telephone_event,
    )
    worker.browser_legs[command.leg] = merged
    worker.engine.update(command.leg, _media(merged))
    credentials = worker.browsers.restart(command.leg, command.remote_ufrag, command.remote_fingerprint)
    return _browser_opened(worker, worker.engine.slots[command.leg], credentials.ufrag, credentials.password)


def close_leg(worker: Worker, id_: str, command: p.CloseLeg) -> Result:
    if command.leg not in worker.engine.slots:
        return _unknown(worker, command.leg)
    line = worker.line(command.leg)
    statistics = line.reports.statistics(command.leg, worker.engine)
    if worker.browser_legs.pop(command.leg, None) is not None:
        worker.browsers.close(command.leg)
    worker.rtp_legs.pop(command.leg, None)
    worker.transport.remove(line)
    worker.engine.close(command.leg)
    worker.control.emit(p.Quality(statistics=statistics, final=True))
    return p.LegClosed(statistics=statistics)


def set_topology(worker: Worker, id_: str, command: p.SetTopology) -> Result:
    if any(edge.gain < 0 or edge.gain > 16 for edge in command.edges):
        return refused(RefusalReason.BAD_PARAMETER, "gain")
    worker.engine.set_topology(command.group, command.edges)
    return DONE


def play(worker: Worker, id_: str, command: p.Play) -> Result:
    if command.leg not in worker.engine.slots:
        return _unknown(worker, command.leg)
    if not command.sources:
        return refused(RefusalReason.BAD_PARAMETER, "sources")
    for source in command.sources:
        if isinstance(source, p.ToneSource) and not _is_tone(source):
            return refused(RefusalReason.BAD_PARAMETER, "tone")
        if isinstance(source, p.SilenceSource) and not 20 <= source.duration_ms <= 60_000:
            return refused(RefusalReason.BAD_PARAMETER, "silence")
    worker.engine.play(command)
    return DONE


def stop_play(worker: Worker, id_: str, command: p.StopPlay) -> Result:
    return DONE if worker.engine.stop_play(command.leg, command.play) else refused(RefusalReason.UNKNOWN_PLAY)


def start_recording(worker: Worker, id_: str, command: p.StartRecording) -> Result:
    if command.recording in worker.engine.recorder.recordings or command.recording in worker.stopping:
        return refused(RefusalReason.RECORDING_EXISTS)
    path = _inside(worker.recordings, command.path)
    if path is None:
        return refused(RefusalReason.BAD_PARAMETER, "path")
    was, there = command.taken_up, 0
    try:
        if was is None:
            file = worker.storage.open(command.recording, path)
        else:
            file, there = worker.storage.take_up(command.recording, path, was.elapsed_ms // 20 * STEREO_FRAME)
    except FileExistsError:
        return refused(RefusalReason.RECORDING_EXISTS, "the file exists")
    except OSError as error:
        return refused(RefusalReason.STORAGE, error.strerror or "")
    worker.files[command.recording] = file
    recording = worker.engine.recorder.start(command)
    if was is not None:
        recording.go_on(was, file.size // STEREO_FRAME, there // STEREO_FRAME)
        if command.quiet_ms is not None:
            recording.listen(worker.storage.written(file, there))
    return DONE


def change_recording(worker: Worker, id_: str, command: p.ChangeRecording) -> Result:
    recording = worker.engine.recorder.recordings.get(command.recording)
    if recording is None:
        return refused(RefusalReason.UNKNOWN_RECORDING)
    worker.engine.recorder.change(recording, command.left, command.right)
    return DONE


def pause_recording(worker: Worker, id_: str, command: p.PauseRecording) -> Result:
    recording = worker.engine.recorder.recordings.get(command.recording)
    if recording is None:
        return refused(RefusalReason.UNKNOWN_RECORDING)
    worker.engine.recorder.pause(recording)
    return DONE


def resume_recording(worker: Worker, id_: str, command: p.ResumeRecording) -> Result:
    recording = worker.engine.recorder.recordings.get(command.recording)
    if recording is None:
        return refused(RefusalReason.UNKNOWN_RECORDING)
    worker.engine.recorder.resume(recording)
    return DONE


def stop_recording(worker: Worker, id_: str, command: p.StopRecording) -> Result | None:
    """Answered when the storage thread has closed and hashed the file."""
    recording = worker.engine.recorder.recordings.get(command.recording)
    if recording is None:
        return refused(RefusalReason.UNKNOWN_RECORDING)
    tail = worker.engine.recorder.stop(recording)
    file = worker.files.pop(command.recording)
    if file.failed:
        os.close(file.descriptor)
        return refused(RefusalReason.STORAGE, "writing failed before")
    worker.stopping[command.recording] = (id_, recording)
    worker.storage.finish(file, tail)
    return None


def send_digits(worker: Worker, id_: str, command: p.SendDigits) -> Result:
    if command.leg not in worker.engine.slots:
        return _unknown(worker, command.leg)
    digits = command.digits.upper()
    known = all(digit in DIGITS for digit in digits)
    if not known or not 0 < len(digits) <= MOST_DIGITS or not 40 <= command.duration_ms <= 5000:
        return refused(RefusalReason.BAD_PARAMETER, "digits")
    worker.engine.send_digits(command.leg, digits, command.duration_ms, max(40, min(command.gap_ms, 5000)))
    return DONE


def statistics(worker: Worker, id_: str, command: p.Statistics) -> Result:
    if command.leg not in worker.engine.slots:
        return _unknown(worker, command.leg)
    return worker.line(command.leg).reports.statistics(command.leg, worker.engine)


def take_snapshot(worker: Worker, id_: str, command: p.TakeSnapshot) -> Result:
    engine = worker.engine
    legs: dict[str, p.RtpLegState | p.BrowserLegState] = {}
    for leg, (opened, local) in worker.rtp_legs.items():
        line = worker.line(leg)
        source = line.latch.source if line.latch is not None else line.target
        legs[leg] = p.RtpLegState(
            opened=opened,
            local=local,
            source=p.Address(*source) if source else None,
            media_lost=bool(engine.rows.lost[line.slot]),
        )
    for leg, command_ in worker.browser_legs.items():
        browser, slot = worker.browsers.legs[leg], engine.slots[leg]
        selected = browser.ice.selected
        legs[leg] = p.BrowserLegState(
            leg=leg,
            state=browser.state,
            ufrag=browser.ice.generations[-1].ufrag,
            fingerprint=worker.browsers.server.fingerprint,
            remote_ufrag=command_.remote_ufrag,
            remote_fingerprint=command_.remote_fingerprint,
            port=worker.webrtc_port,
            ssrc=int(engine.senders.ssrc[slot]),
            payload_type=command_.payload_type,
            telephone_event=command_.telephone_event,
            source=p.Address(*selected) if selected else None,
            media_lost=bool(engine.rows.lost[slot]),
        )
    recordings = tuple(
        p.RecordingState(each.command, each.paused_at is not None, each.duration_ms)
        for each in engine.recorder.recordings.values()
    )
    plays = tuple(p.PlayState(command_, position) for command_, position in engine.player.active())
    return p.Snapshot(
        legs=legs, topology=dict(engine.topology), plays=plays, recordings=recordings, counters=worker.counters()
    )


COMMANDS: dict[type, Callable[[Any, str, Any], Result | None]] = {
    p.OpenRtpLeg: open_rtp_leg,
    p.UpdateRtpLeg: update_rtp_leg,
    p.OpenBrowserLeg: open_browser_leg,
    p.RestartBrowserLeg: restart_browser_leg,
    p.CloseLeg: close_leg,
    p.SetTopology: set_topology,
    p.Play: play,
    p.StopPlay: stop_play,
    p.StartRecording: start_recording,
    p.ChangeRecording: change_recording,
    p.PauseRecording: pause_recording,
    p.ResumeRecording: resume_recording,
    p.StopRecording: stop_recording,
    p.SendDigits: send_digits,
    p.Statistics: statistics,
    p.TakeSnapshot: take_snapshot,
}


def _media(command: p.OpenRtpLeg | p.OpenBrowserLeg) -> LegMedia:
    return LegMedia(
        codec=command.codec,
        payload_type=command.payload_type,
        telephone_event=command.telephone_event,
        inband_digits=command.inband_digits if isinstance(command, p.OpenRtpLeg) else False,
        media_timeout=command.media_timeout,
    )


def _unknown(worker: Worker, leg: str) -> Refused:
    exists = leg in worker.engine.slots
    return refused(RefusalReason.WRONG_KIND if exists else RefusalReason.UNKNOWN_LEG, leg)


def _browser_opened(worker: Worker, slot: int, ufrag: str, password: str) -> p.BrowserLegOpened:
    return p.BrowserLegOpened(
        ufrag=ufrag,
        password=password,
        fingerprint=worker.browsers.server.fingerprint,
        port=worker.webrtc_port,
        ssrc=int(worker.engine.senders.ssrc[slot]),
    )


def _srtp(keys: p.SrtpKeys | None) -> SrtpPair | Refused | None:
    if keys is None:
        return None
    profile = SDES_SUITES.get(keys.suite)
    if profile is None or len(keys.receive) != SDES_KEY_SIZE or len(keys.send) != SDES_KEY_SIZE:
        return refused(RefusalReason.BAD_PARAMETER, "srtp")
    return SrtpPair(profile, keys.receive, keys.send)


def _address(address: p.Address | None) -> tuple[str, int] | Refused | None:
    """A usable IP address in its normal form."""
    if address is None:
        return None
    try:
        host = str(ip_address(address.host))
    except ValueError:
        return refused(RefusalReason.BAD_PARAMETER, "not an IP address")
    if not 0 < address.port < 65536:
        return refused(RefusalReason.BAD_PARAMETER, "port")
    return host, address.port


def _address_or_none(address: p.Address | None) -> tuple[str, int] | None:
    found = _address(address)
    return None if isinstance(found, Refused) else found


def _inside(folder: Path, name: str) -> Path | None:
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder) and path != folder else None


def _is_tone(tone: p.ToneSource) -> bool:
    return (
        0 < len(tone.frequencies) <= 4
        and all(0 < frequency < 4000 for frequency in tone.frequencies)
        and len(tone.cadence_ms) <= 16
        and all(20 <= ms <= 60_000 for ms in tone.cadence_ms)
        and -60 <= tone.level_dbm0 <= 3
    )

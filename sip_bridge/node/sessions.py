"""The media of SIP legs: what is offered, what was agreed, and the worker's ports for it."""

import secrets

import structlog

from sip_bridge.media import protocol as m
from sip_bridge.media.client import WorkerGone
from sip_bridge.node.legs import LegRecord, Legs
from sip_bridge.node.media import Media
from sip_bridge.sdp.audio import SdesKey, Suite
from sip_bridge.sdp.negotiation import Agreed, Capabilities, Negotiator
from sip_bridge.sip.transport import Application
from sip_bridge.sip.trunk import Srtp

log = structlog.get_logger()
MEDIA_PATIENCE_S = 3.0


class Sessions:
    def __init__(self, application: Application, media: Media, legs: Legs, address: str) -> None:
        self.endpoint = application.endpoint
        self.media = media
        self.legs = legs
        self.address = address
        self._negotiators: dict[str, Negotiator] = {}

    def forget(self, record: LegRecord) -> None:
        self._negotiators.pop(record.leg, None)

    async def open(self, record: LegRecord, offer: bytes | None) -> bytes | None:
        """Our answer to ``offer``, or our own offer when there is none, with the leg's media open. SdpError when malformed."""
        agreed = None
        if offer is not None:
            # What will be agreed is known before there is a port, and the worker wants to know it when it gives one.
            trial = Negotiator(self._capabilities(record, 9), 1, secrets.token_bytes).answer(offer)
            if trial is None:
                return None
            agreed = trial[1]
        negotiator = await self.new_negotiator(record, agreed)
        if negotiator is None:
            return None
        if offer is None:
            return negotiator.offer()
        answered = negotiator.answer(offer)
        if answered is None:
            return None
        body, agreed = answered
        if agreed.local_key is not None:
            await self.apply(record, agreed)
        return body

    async def new_negotiator(self, record: LegRecord, agreed: Agreed | None) -> Negotiator | None:
        command = m.OpenRtpLeg(leg=record.leg)
        if agreed is not None:
            command = m.OpenRtpLeg(
                leg=record.leg,
                codec=m.Codec(agreed.codec.name.upper()),
                payload_type=agreed.codec.payload_type,
                telephone_event=agreed.dtmf_receive,
                remote=_address(agreed.send_to),
                remote_rtcp=_address(agreed.rtcp_to),
                rtcp_mux=agreed.rtcp_to == agreed.send_to,
                port_mode=self._port_mode(record, agreed),
            )
        try:
            result = await self.media.request(command, within=MEDIA_PATIENCE_S)
        except (TimeoutError, WorkerGone):
            return None
        if not isinstance(result, m.RtpLegOpened):
            log.error("no_media", result=type(result).__name__, reason=getattr(result, "reason", ""))
            return None
        record.port = result.port
        negotiator = Negotiator(self._capabilities(record, result.port), record.session_id, secrets.token_bytes)
        self._negotiators[record.leg] = negotiator
        return negotiator

    def anew(self, record: LegRecord) -> Negotiator:
        """For an offer by the trunk that the record names now. Nothing was agreed with the one before: the port is as good."""
        negotiator = Negotiator(self._capabilities(record, record.port), record.session_id, secrets.token_bytes)
        self._negotiators[record.leg] = negotiator
        return negotiator

    def _port_mode(self, record: LegRecord, agreed: Agreed) -> m.PortMode:
        """A shared port hears only the signalled address. Where that differs from where the signalling comes from, the
        peer is behind NAT or has its media elsewhere: it gets a port of its own, which latches (RFC 7362 3.3)."""
        trunk = self.endpoint.trunk_named(record.trunk)
        if (trunk and trunk.symmetric) or self.endpoint.peer_host(record.sip) != agreed.send_to[0]:
            return m.PortMode.OWN
        return m.PortMode.AUTO

    def _capabilities(self, record: LegRecord, port: int) -> Capabilities:
        trunk = self.endpoint.trunk_named(record.trunk)
        srtp = trunk.srtp if trunk else Srtp.OFF
        return Capabilities(self.address, port, srtp_allowed=srtp is not Srtp.OFF, srtp_required=srtp is Srtp.REQUIRED)

    def of(self, record: LegRecord) -> Negotiator:
        """Of this leg, also when an earlier process began it."""
        negotiator = self._negotiators.get(record.leg)
        if negotiator is None:
            negotiator = Negotiator(self._capabilities(record, record.port), record.session_id, secrets.token_bytes)
            negotiator.version = record.session_version
            if record.our_offer is not None:
                negotiator.expect_answer_to(record.our_offer)
            negotiator._keys = tuple(SdesKey(tag, Suite(suite), master) for tag, suite, master in record.srtp_keys)
            self._negotiators[record.leg] = negotiator
        return negotiator

    def remember(self, record: LegRecord) -> None:
        negotiator = self._negotiators.get(record.leg)
        if negotiator is not None:
            record.session_version = negotiator.version
            record.srtp_keys = tuple((k.tag, k.suite.value, k.master) for k in negotiator._keys)
        self.legs.put(record)

    async def apply(self, record: LegRecord, agreed: Agreed) -> None:
        keys = None
        if agreed.local_key is not None and agreed.remote_key is not None:
            keys = m.SrtpKeys(
                receive=agreed.remote_key.master, send=agreed.local_key.master, suite=agreed.local_key.suite.value
            )
        update = m.UpdateRtpLeg(
            leg=record.leg,
            codec=m.Codec(agreed.codec.name.upper()),
            payload_type=agreed.codec.payload_type,
            telephone_event=agreed.dtmf_receive,
            remote=None if agreed.send_to[0] in ("0.0.0.0", "::") else _address(agreed.send_to),
            remote_rtcp=None if agreed.send_to[0] in ("0.0.0.0", "::") else _address(agreed.rtcp_to),
            rtcp_mux=agreed.rtcp_to == agreed.send_to,
            srtp=keys,
        )
        try:
            await self.media.request(update, within=MEDIA_PATIENCE_S)
        except (TimeoutError, WorkerGone):
            log.error("media_update_failed")


def _address(pair: tuple[str, int]) -> m.Address:
    return m.Address(*pair)

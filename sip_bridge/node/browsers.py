"""Browser legs: opened from an offer, and given a new media path when the browser comes back."""

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.node.legs import LegRecord, Legs
from sip_bridge.node.media import Media
from sip_bridge.webrtc import sdp as browser_sdp


async def open_browser_leg(
    media: Media, legs: Legs, addresses: tuple[str, ...], id: str, body: k.OpenBrowserLeg
) -> k.CommandDone | k.CommandRefused:
    offer = browser_sdp.read_offer(body.offer_sdp)
    if isinstance(offer, browser_sdp.OfferRefused):
        return k.CommandRefused(command=id, code="bad_offer", detail=f"{offer.problem.value} {offer.detail}".strip())
    record = legs.get(body.leg)
    if record is None:
        record = LegRecord(leg=body.leg, kind=k.LegKind.BROWSER, state=k.LegState.RINGING, session_id=1, told=True)
    again = m.RestartBrowserLeg(
        leg=body.leg,
        remote_ufrag=offer.ufrag,
        remote_password=offer.password,
        remote_fingerprint=offer.fingerprint,
        payload_type=offer.payload_type,
        telephone_event=offer.telephone_event,
    )
    result = await media.request(again)
    if isinstance(result, m.Refused) and result.reason is m.RefusalReason.UNKNOWN_LEG:
        result = await media.request(
            m.OpenBrowserLeg(
                leg=body.leg,
                remote_ufrag=offer.ufrag,
                remote_password=offer.password,
                remote_fingerprint=offer.fingerprint,
                payload_type=offer.payload_type,
                telephone_event=offer.telephone_event,
            )
        )
    if not isinstance(result, m.BrowserLegOpened):
        return k.CommandRefused(command=id, code="failed", detail=str(getattr(result, "reason", "")))
    record.owner = body.owner
    record.state = k.LegState.RINGING
    record.session_version += 1
    legs.put(record)
    local = browser_sdp.LocalEnd(result.ufrag, result.password, result.fingerprint, result.port, result.ssrc, addresses)
    answer = browser_sdp.answer(offer, local, session_id=1, version=record.session_version)
    return k.CommandDone(command=id, answer_sdp=answer)

"""The media worker, whichever process it is: what one had to do that died, the next one does.

Legs get the ports that they had, so that no peer has to be told; who hears whom, what is played and what is recorded begins
anew from what was wanted last. A request that meets the death waits, and is made again of the new worker.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from msgspec.structs import replace

from sip_bridge.media import protocol as m
from sip_bridge.media.client import MediaClient, WorkerGone

log = structlog.get_logger()
LASTING = (m.SetTopology, m.Play, m.StopPlay, m.PauseRecording, m.ResumeRecording)
"""What holds until something else is asked for. Given up, it would stay undone for the rest of the call: somebody who left would
be heard, a card number recorded. It waits for the next worker, however long that takes."""
FIELDS = ("codec", "payload_type", "telephone_event", "remote", "remote_rtcp", "rtcp_mux", "srtp", "inband_digits")


class Media:
    """``request`` as of the client. What was wanted is kept by it."""

    def __init__(self, client: MediaClient) -> None:
        self.client = client
        self.legs: dict[str, m.OpenRtpLeg] = {}
        """As they would have to be opened now."""
        self._groups: dict[str, m.SetTopology] = {}
        self._plays: dict[str, m.Play] = {}
        self._whole = asyncio.Event()
        self._whole.set()

    async def request(self, command: m.Command, within: float | None = 10.0) -> m.Result:
        """Raises TimeoutError (not for what is lasting), and WorkerGone when there will be no other worker."""
        async with asyncio.timeout(None if isinstance(command, LASTING) else within):
            while True:
                await self._whole.wait()
                try:
                    result = await self.client.request(command, within=None)
                except WorkerGone:
                    if self.client.closed or self.client.superseded:
                        raise
                    continue
                self._note(command, result)
                return result

    def worker_was_replaced(self) -> None:
        """Nothing more is asked until ``restore`` is done."""
        self._whole.clear()

    async def restore(self, recordings: Callable[[MediaClient], Awaitable[None]]) -> None:
        """Have the new worker do what is wanted; legs for which it cannot are no longer in ``legs``. Raises WorkerGone."""
        for leg, command in list(self.legs.items()):
            result = await self.client.request(command)
            if not isinstance(result, m.RtpLegOpened):
                log.error("leg_without_media", reason=getattr(result, "reason", ""))
                del self.legs[leg]
        again: list[m.Command] = [*self._groups.values(), *self._plays.values()]
        for wanted in again:
            await self.client.request(wanted)
        await recordings(self.client)
        self._whole.set()

    def adopt(self, snapshot: m.Snapshot) -> None:
        """What an earlier control process had asked for. The keys of encrypted legs are not in it."""
        for leg, state in snapshot.legs.items():
            if isinstance(state, m.RtpLegState):
                self._opened(leg, state.opened, state.local)
        self._groups = {group: m.SetTopology(group=group, edges=edges) for group, edges in snapshot.topology.items()}
        self._plays = {state.command.leg: state.command for state in snapshot.plays}

    def play_finished(self, leg: str, play: str) -> None:
        if leg in self._plays and self._plays[leg].play == play:
            del self._plays[leg]

    def _opened(self, leg: str, command: m.OpenRtpLeg, local: m.RtpLegOpened) -> None:
        shared = command.port_mode is m.PortMode.SHARED
        shared = shared or (command.port_mode is m.PortMode.AUTO and command.remote is not None)
        self.legs[leg] = replace(
            command,
            port=local.port,
            local_address=local.address,
            port_mode=m.PortMode.SHARED if shared else m.PortMode.OWN,
        )

    def _note(self, command: m.Command, result: m.Result) -> None:
        match command, result:
            case m.OpenRtpLeg(leg=leg), m.RtpLegOpened():
                self._opened(leg, command, result)
            case m.UpdateRtpLeg(leg=leg), m.Done() if leg in self.legs:
                changed = {name: value for name in FIELDS if (value := getattr(command, name)) is not None}
                self.legs[leg] = replace(self.legs[leg], **changed)
            case m.CloseLeg(leg=leg), _:
                self.legs.pop(leg, None)
                self._plays.pop(leg, None)
            case m.SetTopology(group=group), m.Done():
                self._groups[group] = command
                if not command.edges:
                    del self._groups[group]
            case m.Play(leg=leg), m.Done():
                self._plays[leg] = command
            case m.StopPlay(leg=leg, play=play), _:
                self.play_finished(leg, play)

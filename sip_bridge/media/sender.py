"""The outgoing packet of every stream, kept ready as rows of one matrix (RFC 3550 §5.1)."""

from __future__ import annotations

import secrets
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Columns, Layout, Slots
from sip_bridge.media.g711 import FRAME
from sip_bridge.media.rtp import HEADER, build_event
from sip_bridge.media.telephone_events import EventPacket

ROW = 192  # header 12 + 160 + SRTP tag up to 16, rounded up
AUDIO_LENGTH = HEADER + FRAME


class Senders(Columns):
    """`packet[slot, :length[slot]]` is what goes out after `prepare`."""

    layout: ClassVar[Layout] = {
        "packet": (np.uint8, (ROW,), 0),
        "length": (np.int32, (), AUDIO_LENGTH),
        "sequence": (np.uint16, (), 0),
        "timestamp": (np.uint32, (), 0),
        "ssrc": (np.uint32, (), 0),
        "payload_type": (np.uint8, (), 8),
        "marker": (np.uint8, (), 0x80),
        "packets": (np.int64, (), 0),
        "octets": (np.int64, (), 0),
    }

    def begin(self, slot: int, payload_type: int) -> None:
        """A fresh stream with SSRC, sequence number and timestamp by chance (RFC 3550 §5.1)."""
        self.reset(slot)
        self.ssrc[slot] = secrets.randbits(32)
        self.sequence[slot] = secrets.randbits(15)
        self.timestamp[slot] = secrets.randbits(32)
        self.payload_type[slot] = payload_type
        self.packet[slot, 0] = 0x80
        self.packet[slot, 8:12] = np.frombuffer(int(self.ssrc[slot]).to_bytes(4, "big"), np.uint8)

    def prepare(
        self,
        slots: Slots,
        heard: NDArray[np.uint8],
        events: dict[int, EventPacket | None],
        event_type: NDArray[np.int16],
    ) -> None:
        """Write this tick's packets: `heard` (all slots, 160) code words; `events` replaces the audio of some slots."""
        packet = self.packet
        packet[slots, HEADER : HEADER + FRAME] = heard[slots]
        packet[slots, 1] = self.payload_type[slots] | self.marker[slots]
        packet[slots, 2:4] = self.sequence[slots].astype(">u2").view(np.uint8).reshape(-1, 2)
        packet[slots, 4:8] = self.timestamp[slots].astype(">u4").view(np.uint8).reshape(-1, 4)
        self.length[slots] = AUDIO_LENGTH
        self.marker[slots] = 0
        for slot, event in events.items():
            if event is not None:
                body = build_event(event.event)
                packet[slot, 1] = int(event_type[slot]) | (0x80 if event.marker else 0)
                packet[slot, 4:8] = np.frombuffer(event.timestamp.to_bytes(4, "big"), np.uint8)
                packet[slot, HEADER : HEADER + len(body)] = np.frombuffer(body, np.uint8)
                self.length[slot] = HEADER + len(body)
                self.marker[slot] = 0x80  # audio starts anew after the key
        self.octets[slots] += self.length[slots] - HEADER
        self.packets[slots] += 1
        self.sequence[slots] += 1
        self.timestamp[slots] += FRAME

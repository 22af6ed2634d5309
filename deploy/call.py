"""A caller for a first try: places a real SIP call with Czech speech to the running contact centre.

It is a small telephone of its own (our SIP core, G.711 over RTP). Keys typed here are sent as telephone events; it
prints what is going on and how loud it hears the other side.
"""

import argparse
import asyncio
import contextlib
import os
import secrets
import signal
import socket
import struct
import sys
import wave
from pathlib import Path

import numpy as np

from backend.adapters.speech import Speech
from backend.application.voice import prompt_key
from backend.demo import CALLER, NUMBER
from sip_bridge.media.g711 import decode, encode
from sip_bridge.sdp.negotiation import Agreed, Capabilities, Negotiator
from sip_bridge.sip import events as s
from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk

FRAME = 160
SPEECH = (
    "Dobrý den, tady Marie Černá. Potřebovala bych se zeptat, jak dlouho trvá vystavení nového průkazu pojištěnce.",
    "A ještě bych prosila, jestli bych mohla změnit kontaktní adresu.",
)


class Phone:
    """One call: speaks ``speech`` over and over with pauses, sends digits, measures what it hears."""

    def __init__(self, address: str, speech: np.ndarray) -> None:
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((address, 0))
        self.rtp.setblocking(False)
        self.port = self.rtp.getsockname()[1]
        self.speech = speech
        self.speaking = False
        self.digits: asyncio.Queue[str] = asyncio.Queue()
        self.level = 0.0
        self.received = 0

    async def run(self, agreed: Agreed) -> None:
        asyncio.get_running_loop().add_reader(self.rtp, self._hear)
        sequence, timestamp, ssrc, at = secrets.randbelow(65536), secrets.randbelow(2**31), secrets.randbits(32), 0
        due = asyncio.get_running_loop().time()
        while True:
            if not self.digits.empty():
                sequence, timestamp = await self._dial(self.digits.get_nowait(), agreed, sequence, timestamp, ssrc)
                due = asyncio.get_running_loop().time()
            frame = np.zeros(FRAME, np.int16)
            if self.speaking:
                frame = self.speech[at : at + FRAME]
                at = (at + FRAME) % (len(self.speech) - FRAME)
            header = struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
            self._send(header + encode(frame).tobytes(), agreed)
            sequence, timestamp, due = sequence + 1, timestamp + FRAME, due + 0.02
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    async def _dial(self, digit: str, agreed: Agreed, sequence: int, timestamp: int, ssrc: int) -> tuple[int, int]:
        """RFC 4733: 100 ms of one key, the end three times."""
        event = "0123456789*#".index(digit)
        for i in range(8):
            ended = i >= 5
            duration = min((i + 1) * FRAME, 6 * FRAME)
            marker = 0x80 if i == 0 else 0
            header = struct.pack("!BBHII", 0x80, marker | (agreed.dtmf_send or 101), sequence & 0xFFFF, timestamp, ssrc)
            self._send(header + struct.pack("!BBH", event, (0x80 if ended else 0) | 10, duration), agreed)
            sequence += 1
            await asyncio.sleep(0.02)
        return sequence, timestamp + 8 * FRAME

    def _send(self, packet: bytes, agreed: Agreed) -> None:
        with contextlib.suppress(OSError):
            self.rtp.sendto(packet, agreed.send_to)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = self.rtp.recv(2048)
                if len(packet) == 12 + FRAME and packet[1] & 0x7F == 8:
                    sound = decode(packet[12:]).astype(np.float64)
                    self.level = 0.9 * self.level + 0.1 * float(np.sqrt((sound**2).mean()))
                    self.received += 1


async def speech_samples(folder: Path) -> np.ndarray:
    speech = Speech(folder)
    parts = []
    for text in SPEECH:
        await speech.ensure(prompt_key(text), text)
        with wave.open(str(speech.path(prompt_key(text)))) as wav:
            parts.append(np.frombuffer(wav.readframes(wav.getnframes()), np.int16))
        parts.append(np.zeros(8000 * 2, np.int16))
    return np.concatenate(parts)


async def main() -> None:
    parser = argparse.ArgumentParser(description="Place a demo call to the running contact centre.")
    parser.add_argument("--to", default=NUMBER)
    parser.add_argument("--caller", default=CALLER)
    parser.add_argument("--host", default=os.environ.get("KC_ADDRESS", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("KC_SIP_PORT", "5060")))
    parser.add_argument("--press", default="1", help="keys pressed one after another in the menu")
    parser.add_argument("--after", type=float, default=7.0, help="seconds before the first key")
    parser.add_argument("--seconds", type=float, default=0, help="hang up after this long; 0: until Ctrl+C")
    arguments = parser.parse_args()
    files = Path(os.environ.get("KC_VAR", Path(__file__).resolve().parent.parent / "var")) / "files" / "prompts"
    phone = Phone("127.0.0.1", await speech_samples(files))
    sip = udp_socket("127.0.0.1", 0)
    local = HostPort(*sip.getsockname())
    trunk = Trunk(name="kc", host=arguments.host, port=arguments.port)
    endpoint = SipEndpoint(EndpointConfig(listen={Transport.UDP: local}, trunks=(trunk,), advertised="127.0.0.1"))
    over = asyncio.Event()
    negotiator = Negotiator(Capabilities("127.0.0.1", phone.port), secrets.randbelow(2**62), secrets.token_bytes)
    media: list[asyncio.Task] = []

    def say(text: str) -> None:
        print(text, flush=True)

    def heard(event: s.Event) -> None:
        match event:
            case s.CallProgressed(status=180):
                say("It rings.")
            case s.CallAnswered(sdp=bytes(answer)):
                agreed = negotiator.accept_answer(answer)
                if agreed is not None:
                    say(f"Answered. Listening to the menu; pressing {arguments.press!r} in {arguments.after:.0f} s.")
                    say("Type keys and Enter to press more; Ctrl+C hangs up.")
                    media.append(asyncio.create_task(phone.run(agreed)))
                    media.append(asyncio.create_task(press()))
            case s.SessionOffered(leg=leg, sdp=bytes(offer)):
                if (answered := negotiator.answer(offer)) is not None:
                    endpoint.answer(leg, answered[0], application.now())
            case s.CallEnded():
                say(f"The call ended: {event.cause.value} {event.status or ''}".rstrip())
                over.set()

    async def press() -> None:
        await asyncio.sleep(arguments.after)
        for digit in arguments.press:
            say(f"Pressing {digit}.")
            phone.digits.put_nowait(digit)
            await asyncio.sleep(3)
        phone.speaking = True
        while True:
            await asyncio.sleep(2)
            say(f"hearing level {phone.level:6.0f}  packets {phone.received}")

    def typed() -> None:
        for digit in sys.stdin.readline().strip():
            if digit in "0123456789*#":
                phone.digits.put_nowait(digit)

    application = Application(endpoint, heard)
    application.listen_udp(sip)
    made = endpoint.invite("kc", arguments.to, negotiator.offer(), application.now(), caller=arguments.caller)
    if isinstance(made, Refused):
        raise SystemExit(f"The call could not be placed: {made.because.value}")
    application.flush()
    say(f"Calling {arguments.to} at {arguments.host}:{arguments.port} from {arguments.caller} …")
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, ValueError, PermissionError):
        loop.add_reader(sys.stdin, typed)
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, over.set)
    try:
        await asyncio.wait_for(over.wait(), arguments.seconds or None)
    except TimeoutError:
        pass
    endpoint.hang_up(made, application.now())
    application.flush()
    await asyncio.sleep(0.3)
    for task in media:
        task.cancel()
    await application.close()


if __name__ == "__main__":
    asyncio.run(main())

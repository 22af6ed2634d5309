"""Frames to bytes and back. JSON, so that a golden frame can be read and diffed."""

import msgspec

from sip_bridge.contract.frames import BackendFrame, BridgeFrame


class ContractError(Exception):
    """The bytes are not a frame of this contract."""


class UnknownFrame(ContractError):
    """A well-formed frame of a type (or holding an event or command) this side does not know.

    ``seq`` or ``command`` is set when the frame carried one, so that it can be acknowledged or refused, and counted.
    """

    def __init__(self, kind: str, seq: int | None = None, command: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.seq = seq
        self.command = command


_encoder = msgspec.json.Encoder()
_bridge = msgspec.json.Decoder(BridgeFrame)
_backend = msgspec.json.Decoder(BackendFrame)
_any = msgspec.json.Decoder(dict)


def encode(frame: BridgeFrame | BackendFrame) -> str:
    return _encoder.encode(frame).decode()


def decode_bridge_frame(text: str | bytes) -> BridgeFrame:
    """Raises UnknownFrame or ContractError."""
    return _decode(_bridge, text)


def decode_backend_frame(text: str | bytes) -> BackendFrame:
    """Raises UnknownFrame or ContractError."""
    return _decode(_backend, text)


def _decode(decoder: msgspec.json.Decoder, text: str | bytes):
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        try:
            raw = _any.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ContractError("not a frame") from error
        inner = raw.get("event") or raw.get("body") or {}
        kind = f"{raw.get('type')}/{inner.get('type') if isinstance(inner, dict) else ''}"
        seq, command = raw.get("seq"), raw.get("id")
        raise UnknownFrame(
            kind[:80],
            seq if isinstance(seq, int) else None,
            command if isinstance(command, str) else None,
        ) from error

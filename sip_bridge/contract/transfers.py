"""Transfers that a telephone asks for by its own key (REFER, RFC 3515): asked by the bridge, decided by the backend."""

import msgspec


class TransferAsked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The telephone on this leg asks that who it talks with go to the number ``to``. ``transfer`` names the request."""

    leg: str
    transfer: str
    to: str


class AnswerTransfer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Taken on and done for the telephone, or refused with ``sip_status``. One that is over by now is a success."""

    leg: str
    transfer: str
    accepted: bool
    sip_status: int = 603

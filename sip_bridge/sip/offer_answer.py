"""Whose turn it is in offer/answer, per dialog (RFC 3264 section 4, RFC 6337)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Turn(StrEnum):
    STABLE = "stable"  # either side may offer
    LOCAL_OFFER = "local_offer"  # ours is open
    REMOTE_OFFER = "remote_offer"  # theirs is open


class Move(StrEnum):
    SEND_OFFER = "send_offer"
    RECEIVE_OFFER = "receive_offer"
    SEND_ANSWER = "send_answer"
    RECEIVE_ANSWER = "receive_answer"
    ROLL_BACK = "roll_back"  # the offer was refused or withdrawn


TURNS: dict[tuple[Turn, Move], Turn] = {
    (Turn.STABLE, Move.SEND_OFFER): Turn.LOCAL_OFFER,
    (Turn.STABLE, Move.RECEIVE_OFFER): Turn.REMOTE_OFFER,
    (Turn.LOCAL_OFFER, Move.RECEIVE_ANSWER): Turn.STABLE,
    (Turn.LOCAL_OFFER, Move.ROLL_BACK): Turn.STABLE,
    (Turn.REMOTE_OFFER, Move.SEND_ANSWER): Turn.STABLE,
    (Turn.REMOTE_OFFER, Move.ROLL_BACK): Turn.STABLE,
}


@dataclass(slots=True)
class Session:
    """The agreed session (`local`, `remote`) and the offer that is open."""

    turn: Turn = Turn.STABLE
    local: bytes | None = None
    remote: bytes | None = None
    offer: bytes | None = None

    def move(self, move: Move, sdp: bytes | None = None) -> bool:
        """False, and nothing changed, when it is not the turn for that."""
        following = TURNS.get((self.turn, move))
        if following is None:
            return False
        if move in (Move.SEND_OFFER, Move.RECEIVE_OFFER):
            self.offer = sdp
        elif move is Move.RECEIVE_ANSWER:
            self.local, self.remote, self.offer = self.offer, sdp, None
        elif move is Move.SEND_ANSWER:
            self.local, self.remote, self.offer = sdp, self.offer, None
        else:
            self.offer = None
        self.turn = following
        return True

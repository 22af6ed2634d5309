"""Expected refusals are values. A refusal changes nothing."""

from enum import StrEnum

import msgspec


class RefusalCode(StrEnum):
    NOT_FOUND = "not_found"
    WRONG_PHASE = "wrong_phase"
    """The contact is not where this command makes sense: already answered, already gone."""
    NOT_YOURS = "not_yours"
    OFFER_GONE = "offer_gone"
    AGENT_BUSY = "agent_busy"
    AGENT_NOT_READY = "agent_not_ready"
    PHONE_NOT_CONNECTED = "phone_not_connected"
    PHONE_ELSEWHERE = "phone_elsewhere"
    PHONE_RINGS = "phone_rings"
    """The agent's handset rings, and only there the call can be taken."""
    TELEPHONE_CHOSEN = "telephone_chosen"
    """The agent works at a telephone outside the browser, and this is possible only in the browser."""
    NOT_RECORDED = "not_recorded"
    NOT_ALLOWED = "not_allowed"
    QUEUES_ARE_SET = "queues_are_set"
    """This agent may not choose queues; a supervisor does."""
    BAD_INPUT = "bad_input"
    BRIDGE_AWAY = "bridge_away"
    COLLEAGUE_AWAY = "colleague_away"
    """Signed in, but on a break or not ready; a consultation may be asked for all the same."""
    COLLEAGUE_BUSY = "colleague_busy"
    """Has a contact, or no connected telephone, or is not signed in."""
    CONFERENCE_FULL = "conference_full"
    BAD_NUMBER = "bad_number"
    CHANGED_MEANWHILE = "changed_meanwhile"
    """Somebody else has saved it since it was read."""
    NUMBER_REFUSED = "number_refused"
    """The rules of calls going out do not let it: the number, the hour, or how many there are; ``detail`` says which."""
    DESTINATION_UNAVAILABLE = "destination_unavailable"
    """Nothing can be sent there now: closed, full, unstaffed, or not there at all."""


class Refusal(msgspec.Struct, frozen=True):
    code: RefusalCode
    detail: str = ""

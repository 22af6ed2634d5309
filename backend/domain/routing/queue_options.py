"""What a queue can be told to do, under the field's usual names. Stored whole; every field has a default."""

from enum import StrEnum

import msgspec

from backend.domain.interaction.model import ReturnReason
from backend.domain.kernel.ids import FlowId
from backend.domain.routing.destination import Destination, SkillStep


class Strategy(StrEnum):
    """Which of the agents who can take a contact gets it. A lower penalty goes before any strategy."""

    LONGEST_IDLE = "longest_idle"
    MOST_SKILLED = "most_skilled"
    """The highest sum of levels of the skills the contact needs."""
    LEAST_RECENT = "least_recent"
    """Who took a contact of this queue the longest time ago."""
    FEWEST_CALLS = "fewest_calls"
    """Fewest contacts of this queue taken today."""
    LEAST_TALK_TIME = "least_talk_time"
    """Least time spent with contacts of this queue today."""
    ROUND_ROBIN = "round_robin"
    """In the order of the queue, after the one asked last."""
    RANDOM = "random"
    WEIGHTED = "weighted"
    """By chance, in proportion to the agent's weight in the queue."""
    RING_ALL = "ring_all"
    """Everybody who is free at once; the first to accept gets it."""
    RING_PROGRESSIVELY = "ring_progressively"
    """The longest idle first, and every ``progressive_s`` one more beside; the first to accept gets it."""
    LINEAR = "linear"
    """Always from the top of the queue's order (top-down)."""


class EmptyWhen(StrEnum):
    """When a queue counts as unstaffed (joinempty, leavewhenempty)."""

    NEVER = "never"
    NOBODY_SIGNED_IN = "nobody_signed_in"
    NOBODY_WORKING = "nobody_working"
    """All who are signed in have a break or are not ready."""
    NOBODY_READY = "nobody_ready"
    """Nobody could take a contact this moment."""


class SayPosition(StrEnum):
    NO = "no"
    YES = "yes"
    LIMIT = "limit"
    """Only a place up to ``announce_position_limit``."""
    MORE = "more"
    """Beyond the limit: that more than so many wait."""


class SayExpectedWait(StrEnum):
    NO = "no"
    YES = "yes"
    ONCE = "once"
    """With the first announcement only."""


class Announcements(msgspec.Struct, frozen=True, kw_only=True):
    """What a waiting caller hears besides music; times in seconds, 0 switches off."""

    first_message: str = ""
    """Said once, on entry."""
    position: SayPosition = SayPosition.YES
    position_limit: int = 10
    min_every_s: int = 15
    """A better place is told at once, but not sooner than this after the last announcement."""
    only_up: bool = False
    """The place is told again only when it is better (announce-position-only-up)."""
    expected_wait: SayExpectedWait = SayExpectedWait.NO
    round_s: int = 60
    comfort: tuple[str, ...] = ()
    """Periodic messages."""
    comfort_every_s: int = 60
    comfort_start_s: int = 0
    """The first periodic message comes after so long (periodic-announce-startdelay); 0: as the others."""
    comfort_random: bool = False
    music: str | None = None
    """Key of a recording that is played as music; None is the system's own."""


class ExitKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a waiting caller may press, and where it leads."""

    key: str
    to: Destination


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """After ``after_s`` in this queue the contact goes on. Another queue takes it with its original arrival time."""

    after_s: int
    to: Destination


class ReturnDelays(msgspec.Struct, frozen=True, kw_only=True):
    """How long, in seconds, an agent is not asked again (by this contact's queue) after an offer that came back."""

    no_answer_s: int = 0
    declined_s: int = 0
    phone_lost_s: int = 0
    busy_s: int = 10
    """The agent's own telephone was engaged: nobody's fault, and nobody is paused for it."""

    def of(self, reason: ReturnReason) -> int:
        match reason:
            case ReturnReason.NO_ANSWER:
                return self.no_answer_s
            case ReturnReason.DECLINED:
                return self.declined_s
            case ReturnReason.PHONE_LOST:
                return self.phone_lost_s
            case ReturnReason.BUSY:
                return self.busy_s
            case _:
                return 0


class Voicemail(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller who leaves a message hears, and how the message ends. Times in seconds."""

    greeting: str = ""
    """Empty: the usual words."""
    prompt: str | None = None
    """Key of recorded audio played instead of ``greeting``."""
    least_s: float = 1.0
    """Less speech than this is no message."""
    limit_s: int = 180
    """maxsecs."""
    quiet_s: int = 8
    """maxsilence; ends the message. 0: never."""


class QueueOptions(msgspec.Struct, frozen=True, kw_only=True):
    strategy: Strategy = Strategy.LONGEST_IDLE
    weight: int = 0
    """Contacts of a queue with a higher weight go before all of those with a lower one."""
    ageing: float = 0.0
    """Points of priority that a contact gains a minute."""
    sticky: bool = False
    """The agent who talked with the number last is asked first, if ready."""
    sticky_days: int = 30
    autopause: bool = True
    """An agent who does not answer or declines becomes not ready."""
    max_no_answer: int = 1
    """So many calls in a row have to ring in vain before that; declining does it at once."""
    progressive_s: int = 10
    """Of ``ring_progressively``: how long until one more agent is rung."""
    delays: ReturnDelays = ReturnDelays()
    penalty_step_s: int = 0
    """Agents of penalty n are asked only after n times so many seconds; 0: at once, but after those of less."""
    penalty_no_wait: bool = False
    """Nobody waits for agents of a lower penalty who are not there (tier-rule-no-agent-no-wait)."""
    since_arrival: bool = False
    """The place counts from the arrival of the call, time in menus included (time-base-score system)."""
    resume_abandoned_s: int = 0
    """Who hung up while waiting and calls again within so long has the old place (abandoned-resume-allowed); 0: nobody."""
    max_waiting: int = 0
    """maxlen; 0 is no limit."""
    max_wait_s: int = 0
    calendar: int | None = None
    """None is open always."""
    join_empty: EmptyWhen = EmptyWhen.NEVER
    leave_when_empty: EmptyWhen = EmptyWhen.NEVER
    empty_grace_s: int = 0
    """The queue must have been empty for so long before those who wait leave it (max-wait-time-with-no-agent)."""
    when_closed: Destination | None = None
    when_full: Destination | None = None
    when_unstaffed: Destination | None = None
    when_max_wait: Destination | None = None
    widen: tuple[SkillStep, ...] = ()
    """Whom else a contact is offered to, by time in the queue."""
    overflow: tuple[Overflow, ...] = ()
    announcements: Announcements = Announcements()
    agent_announcement: str = ""
    """Said to an agent at a mobile before the call is accepted (announce); the desk shows the same on the offer."""
    report_hold_time: bool = False
    """And how long the caller has waited (reportholdtime)."""
    callback_attempts: int = 3
    """How often a callback is tried."""
    callback_retry_s: int = 1800
    exit_keys: tuple[ExitKey, ...] = ()
    voicemail: Voicemail = Voicemail()
    after_call: FlowId | None = None
    """The flow (a survey) into which the customer is led when the agent hangs up; None hangs up."""

    def destinations(self) -> list[tuple[str, Destination]]:
        """All of them, each with the name of its field."""
        named = [
            (name, found)
            for name in ("when_closed", "when_full", "when_unstaffed", "when_max_wait")
            if (found := getattr(self, name)) is not None
        ]
        named += [(f"overflow.{n}.to", step.to) for n, step in enumerate(self.overflow)]
        return named + [(f"exit_keys.{n}.to", key.to) for n, key in enumerate(self.exit_keys)]

    def texts(self) -> list[str]:
        """Everything that callers of the queue may be told beside place and wait."""
        spoken = self.announcements
        found = [spoken.first_message, *spoken.comfort, self.voicemail.greeting]
        todo = [to for _, to in self.destinations()]
        while todo:
            to = todo.pop()
            found.append(getattr(to, "text", None) or "")
            todo += [more for name in ("then", "otherwise") if (more := getattr(to, name, None)) is not None]
        return [words for words in found if words]

"""Who hears whom in a call, from its state alone.

There are two rooms. In the main room are the customer unless held, the agent in charge, and the conference. In the
consultation are the agent and whom the agent asks, while the customer is held. Everybody in a room hears everybody in it.
Supervisors hear what the agent says and hears; a barging one is heard in the main room and by the agent, a whispering one
by the agent alone, a listening one by nobody.
"""

from backend.domain.interaction.model import SUPERVISING, Interaction, MemberRole, Phase
from backend.domain.kernel.ids import agent_leg

Hears = tuple[tuple[str, str], ...]
Heard = dict[str, set[str]]
"""Listener to speakers."""


def hears(s: Interaction) -> Heard:
    if s.voice is None:
        return {}
    customer = s.voice.leg
    match s.phase:
        case Phase.DIALLING if s.agent is not None and s.voice.early_media:
            return {agent_leg(s.agent): {customer}}
        case Phase.TRANSFERRING:
            rung = {m.leg for m in s.in_role(MemberRole.TRANSFER) if m.early_media}
            return {customer: rung} if rung else {}
        case Phase.OUTSIDE:
            return _room({customer, *_conference(s)})
        case Phase.ACTIVE if s.agent is not None:
            return _conversation(s, customer, agent_leg(s.agent))
    return {}


def _conversation(s: Interaction, customer: str, agent: str) -> Heard:
    held = s.held_since is not None
    asked = s.in_role(MemberRole.CONSULTED)
    consulting = held and bool(asked)
    main = set(_conference(s)) if held or s.left_alone else {customer, *_conference(s)}
    if not consulting:
        main.add(agent)
    heard = _room(main)
    if consulting:
        for leg, others in _room({agent, *(m.leg for m in asked if m.up)}).items():
            heard.setdefault(leg, set()).update(others)
        heard.setdefault(agent, set()).update(m.leg for m in asked if m.early_media and not m.up)
    if s.muted:
        for speakers in heard.values():
            speakers.discard(agent)
    _supervise(s, heard, main, agent)
    return heard


def _supervise(s: Interaction, heard: Heard, main: set[str], agent: str) -> None:
    """What the agent hears is taken before supervisors are added: they do not hear each other's whispers."""
    open_to_agent = set(heard.get(agent, ())) | (set() if s.muted else {agent})
    supervisors = [m for m in s.members if m.role in SUPERVISING and m.up]
    barging = {m.leg for m in supervisors if m.role is MemberRole.BARGING}
    for m in supervisors:
        heard[m.leg] = open_to_agent | (barging - {m.leg})
        if m.role is not MemberRole.LISTENING:
            heard.setdefault(agent, set()).add(m.leg)
        if m.role is MemberRole.BARGING:
            for leg in main - {agent}:
                heard.setdefault(leg, set()).add(m.leg)
            heard[m.leg] |= main - {agent}


def _conference(s: Interaction) -> list[str]:
    return [m.leg for m in s.in_role(MemberRole.CONFERENCE) if m.up]


def _room(people: set[str]) -> Heard:
    return {leg: people - {leg} for leg in people}


def pairs(heard: Heard) -> Hears:
    """As sorted pairs (listener, speaker)."""
    return tuple(sorted((listener, speaker) for listener, speakers in heard.items() for speaker in speakers))


def recorded(s: Interaction) -> tuple[str, ...]:
    """Who is on the right side: the agent in charge, the conference, whoever barges in. A whisper is on no recording."""
    agent = [agent_leg(s.agent)] if s.phase is Phase.ACTIVE and s.agent is not None else []
    return (*agent, *_conference(s), *(m.leg for m in s.in_role(MemberRole.BARGING) if m.up))

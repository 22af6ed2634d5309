"""Names of things. Interactions, legs and recordings have a UUID (RFC 9562 version 7, so that they sort by birth)."""

InteractionId = str
UserId = int
QueueId = int
SkillId = int
FlowId = int
ClientId = int
CategoryId = int


def agent_leg(user: UserId) -> str:
    """The persistent browser leg of an agent: one per user."""
    return f"agent-{user}"


def member_leg(interaction: InteractionId, n: int) -> str:
    """The leg dialled for the n-th member of a call."""
    return f"{interaction}.{n}"


def call_of_leg(leg: str) -> tuple[InteractionId, int | None]:
    """Whose leg it is: an interaction's customer (None) or its n-th member. Not for agents' legs."""
    head, dot, tail = leg.rpartition(".")
    return (head, int(tail)) if dot and tail.isdigit() else (leg, None)


def user_of_agent_leg(leg: str) -> UserId | None:
    head, _, tail = leg.partition("-")
    return int(tail) if head == "agent" and tail.isdigit() else None

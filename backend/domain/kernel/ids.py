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


def user_of_agent_leg(leg: str) -> UserId | None:
    head, _, tail = leg.partition("-")
    return int(tail) if head == "agent" and tail.isdigit() else None

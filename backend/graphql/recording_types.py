"""Screen words of recordings and of how a leg was heard."""

import base64
from datetime import datetime

import strawberry

from backend.adapters.recordings.catalogue import Stored
from backend.domain.access.policy import Action, Actor, can
from backend.domain.recording.retention import expires_at


@strawberry.type(description="A stretch of a recording of which nothing was written: hold, or the agent's decision.")
class Gap:
    start_ms: int
    end_ms: int


@strawberry.type(
    description=(
        "A recording, customer left, agents right. `url` plays it (null while there is nothing to play), `wavUrl` and"
        " `mp3Url` take it away, for those who may. `peaks`: loudness 0…255 of equal stretches, left then right, base64."
    )
)
class Recording:
    id: strawberry.ID
    started_at: datetime | None
    duration_ms: int | None
    url: str | None
    wav_url: str | None
    mp3_url: str | None
    gaps: list[Gap]
    peaks: str | None
    failure: str | None
    damaged: bool
    sha256: str | None
    held_why: str | None
    held_by_id: int | None
    keep_until: datetime | None
    erased_at: datetime | None

    @classmethod
    def of(cls, r: Stored, actor: Actor | None) -> "Recording":
        playable = r.playable and can(actor, Action.LISTEN, r.subject)
        takeable = r.playable and can(actor, Action.DOWNLOAD, r.subject)
        return cls(
            id=strawberry.ID(r.id),
            started_at=r.started_at,
            duration_ms=r.duration_ms,
            url=f"/recordings/{r.id}/audio" if playable else None,
            wav_url=f"/recordings/{r.id}.wav" if takeable else None,
            mp3_url=f"/recordings/{r.id}.mp3" if takeable else None,
            gaps=[Gap(start_ms=a, end_ms=b) for a, b in r.gaps_ms],
            peaks=base64.b64encode(r.peaks).decode() if r.peaks and playable else None,
            failure=r.failure,
            damaged=r.damaged_at is not None,
            sha256=r.sha256,
            held_why=r.held_why,
            held_by_id=r.held_by,
            keep_until=expires_at(r.started_at, r.retention_days, r.held_at is not None) if r.started_at else None,
            erased_at=r.erased_at,
        )


@strawberry.type(description="Reception of one leg: packets, loss, jitter and round trip.")
class LegQuality:
    leg: str
    received: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None
    mos: float | None

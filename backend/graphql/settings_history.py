"""Who changed which settings, what differs, and putting back what was before."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from backend.adapters.configuration.changes import Change, SettingsChange
from backend.adapters.configuration.store import Changed, CutOff
from backend.adapters.configuration.writing import NotApplied, Reason, Wrong
from backend.adapters.postgres.administration import NameTaken
from backend.domain.access.policy import Action
from backend.domain.ivr.validation import ProblemKind as FlowProblemKind
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import ProblemKind
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.graphql.switchboard import CutOffRefused

MOST_PER_PAGE = 100
UNDO = [allowed(Action.UNDO_SETTINGS)]


@strawberry.type(description="One field: `before` and `after` are null where there was or is nothing.")
class SettingDifference:
    field: str
    before: JSON | None
    after: JSON | None


@strawberry.type(description="One object of the settings, `queues` or `calendars` and so on, as the change left it.")
class ChangedSetting:
    kind: str
    id: str
    name: str
    made: bool
    removed: bool
    differences: list[SettingDifference]

    @classmethod
    def of(cls, x: Change) -> "ChangedSetting":
        return cls(
            kind=x.kind,
            id=x.id,
            name=x.name,
            made=x.before is None,
            removed=x.after is None,
            differences=[SettingDifference(field=f, before=b, after=a) for f, b, a in x.differences()],
        )


@strawberry.type(description="A version of the settings. `undoOf`: the version that this one took back.")
class SettingsVersion:
    version: int
    at: datetime
    author_id: int | None
    undo_of: int | None
    objects: list[ChangedSetting]

    @classmethod
    def of(cls, x: SettingsChange) -> "SettingsVersion":
        return cls(
            version=x.version,
            at=x.at,
            author_id=x.author,
            undo_of=x.undo_of,
            objects=[ChangedSetting.of(each) for each in x.changes],
        )


@strawberry.type(
    description="What was before is in force again, as a new version; or would be, when it was only tried."
)
class SettingsUndone:
    objects: list[ChangedSetting]


strawberry.enum(Reason, name="UndoReason")


@strawberry.type(
    description="Why an old state cannot be put back: `object` as `queues/Platby`, empty when nobody can say which. `missing`: what is"
    " gone, likewise. `rule` and `menuRule`: of settings or of a voice menu, the one that would be broken. `why`: in English."
)
class UndoProblem:
    object: str
    field: str
    why: str
    reason: Reason
    missing: str | None
    rule: ProblemKind | None
    menu_rule: FlowProblemKind | None

    @classmethod
    def of(cls, x: Wrong) -> "UndoProblem":
        return cls(
            object=f"{x.kind}/{x.name}" if x.kind else "",
            field=x.field,
            why=x.why,
            reason=x.reason,
            missing="/".join(x.missing) if x.missing else None,
            rule=x.rule if isinstance(x.rule, ProblemKind) else None,
            menu_rule=x.rule if isinstance(x.rule, FlowProblemKind) else None,
        )


@strawberry.type(description="Nothing has changed.")
class UndoRefused:
    problems: list[UndoProblem]


UndoResult = Annotated[SettingsUndone | UndoRefused | t.Refused | CutOffRefused, strawberry.union("UndoResult")]


@strawberry.type
class SettingsHistoryQuery:
    @strawberry.field(
        permission_classes=UNDO, description="Newest first: all changes, or those of a kind or an object."
    )
    async def settings_history(
        self, info: Info, kind: str | None = None, id: str | None = None, first: int = 30, before: int | None = None
    ) -> list[SettingsVersion]:
        limit = max(1, min(first, MOST_PER_PAGE))
        found = await info.context.services.configuration.history(kind, id, first=limit, before=before)
        return [SettingsVersion.of(x) for x in found]


@strawberry.type
class SettingsHistoryMutation:
    @strawberry.mutation(
        permission_classes=UNDO,
        description="Put back what was before a version. Refused as changed meanwhile when its objects have changed again"
        " since, unless `force`; and when it would leave places from where nobody is called any more, unless `cuttingOff`."
        " `dryRun` only says what it would do.",
    )
    async def undo_settings(
        self, info: Info, version: int, force: bool = False, cutting_off: bool = False, dry_run: bool = False
    ) -> UndoResult:
        services = info.context.services
        try:
            changes = await services.configuration.undo(
                version, info.context.user, force=force, cutting_off=cutting_off, dry=dry_run
            )
        except CutOff as cut:
            return CutOffRefused.of(cut.places)
        except Changed:
            return t.Refused.of(Refusal(RefusalCode.CHANGED_MEANWHILE, str(version)))
        except NameTaken:
            return UndoRefused(problems=[UndoProblem.of(Wrong("", "", "name", "taken", Reason.TAKEN))])
        except NotApplied as refused:
            return UndoRefused(problems=[UndoProblem.of(x) for x in refused.wrong])
        if changes is None:
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND, str(version)))
        if not dry_run:
            await services.reload_settings()
        return SettingsUndone(objects=[ChangedSetting.of(x) for x in changes])

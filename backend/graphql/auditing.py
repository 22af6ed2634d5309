"""Every operation's root field is written down: who asked for what, and what came of it.

The fields are wrapped once, when the schema is built, so that nothing is paid for the thousands of fields below them. Of a command
the entry goes with the transaction in which it changes something; where there is none (refused, nothing to do) it is written
after the fact and not waited for. What shows personal data is answered only
when its entry is committed. A query that is not known to be free of personal data counts as showing some.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema

from backend.application.origin import Origin, asking, originating, request_of
from backend.domain.audit.trail import Entry, Kind, Outcome
from backend.domain.customer.search import veiled
from backend.graphql.context import Context

NOT_PERSONAL = frozenset(
    {
        "me", "settings", "flows", "flow", "flowVersion", "checkFlow", "simulateFlow", "prompts", "notices", "lines",
        "routingSettings", "callSettings", "calendarAt", "tryEntryRules", "myTelephones", "myQueues", "myFigures",
        "queueChoices", "transferTargets", "board", "colleagues",
        "clientFields", "clientSettings", "breakSettings", "categorySettings", "lineSettings", "trunks", "auditSeal", "auditPeople", "skillsMatrix", "alertSettings", "alerts", "wallboards", "wallAccounts", "wallPreview", "wallboard",
        "signInWays", "stepKinds", "signInSettings", "checkSignIn", "directoryGroups", "mySecurity",
        "settingsHistory",
    }
)  # fmt: skip
"""Queries and subscriptions that show no client and nobody's history."""
SIGN_INS = frozenset({"signIn", "secondFactor", "newPassword", "signInWithPasskey", "changePassword"})
"""Who comes in is written down before they are in."""
CONTENTS = frozenset({"values", "text"})
"""Arguments of commands that are the contents of a client's card or a note."""
TYPED = frozenset({("searchClients", "text"), ("clientsByEmail", "email")})
"""What is typed to find clients: it may be a sensitive value, or the beginning of one."""
OF = {
    "client": ("clientCard", "clientVersions", "saveClient"),
    "contact": ("contact",),
    "callback": ("callback", "dialCallback", "assignCallback", "reopenCallback", "finishCallback"),
    "user": ("saveUser",),
    "role": ("saveRole", "removeRole"),
    "filter": ("saveAccessFilter", "removeAccessFilter"),
    "queue": ("saveQueue",),
    "calendar": ("saveCalendar",),
    "group": ("saveGroup",),
    "location": ("saveLocation",),
    "flow": ("saveFlow", "dropFlowDraft", "publishFlow", "rollBackFlow", "simulateFlow"),
    "notice": ("saveNotice", "dictateNotice", "switchNotice"),
    "alert": ("acknowledgeAlert", "snoozeAlert"),
    "wallboard": ("saveWallboard", "removeWallboard"),
    "trunk": ("saveTrunk", "removeTrunk"),
    "passkey": ("renamePasskey", "removePasskey"),
    "session": ("endSession",),
}
"""Of what the argument ``id`` is the number: so that everything about one client is found under one name."""
_OF = {field: kind for kind, fields in OF.items() for field in fields}
LONGEST_PARAMETER = 4000
"""Whole settings are kept with their change, before and after."""
MOST_IDS = 50


def session_name(token: str | None) -> str | None:
    """Names a session without opening it: the beginning of a hash of the token's hash."""
    return hashlib.sha256(hashlib.sha256(token.encode()).digest()).hexdigest()[:16] if token else None


def audited(schema: GraphQLSchema) -> GraphQLSchema:
    for kind, root in ((Kind.COMMAND, schema.mutation_type), (Kind.VIEW, schema.query_type)):
        for name, field in root.fields.items() if root else ():
            if field.resolve is not None and not (kind is Kind.VIEW and (name in NOT_PERSONAL or name[0] == "_")):
                field.resolve = _resolving(kind, name, field.resolve)
    for name, field in schema.subscription_type.fields.items() if schema.subscription_type else ():
        if field.subscribe is not None and name not in NOT_PERSONAL:
            field.subscribe = _subscribing(name, field.subscribe)
    return schema


def _resolving(kind: Kind, name: str, inner: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        context: Context = info.context
        origin = request_of(session_name(context.token), context.address, name)
        journal = context.services.journal
        journal.check()

        def entry(outcome: Outcome, reason: str | None, result: Any = None) -> Entry:
            return _entry(kind, name, origin, context, arguments, outcome, reason, result)

        def done() -> Entry:
            return entry(Outcome.DONE, None)

        # Who is not signed in yet has no name for the entry before the command is over.
        joins = kind is Kind.COMMAND and context.actor is not None
        asked = None
        try:
            with originating(origin), asking(done) if joins else nullcontext() as asked:
                result = inner(source, info, **arguments)
                if isawaitable(result):
                    result = await result
        except Exception as error:
            refused = isinstance(error, GraphQLError | PermissionError)
            journal.post(entry(Outcome.REFUSED if refused else Outcome.FAILED, _why(error)))
            raise
        outcome, reason = _outcome(result)
        if asked is not None and asked.written and outcome is Outcome.DONE:
            return result
        written = entry(outcome, reason, result)
        if kind is Kind.VIEW or (name in SIGN_INS and outcome is Outcome.DONE):
            await journal.note(written)
        else:
            journal.post(written)
        return result

    return resolve


def _subscribing(name: str, inner: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def subscribe(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        context: Context = info.context
        origin = request_of(session_name(context.token), context.address, name)
        try:
            result = inner(source, info, **arguments)
            if isawaitable(result):
                result = await result
        except Exception as error:
            context.services.journal.post(
                _entry(Kind.VIEW, name, origin, context, arguments, Outcome.REFUSED, _why(error), None)
            )
            raise
        if context.updates_only is None:  # not the execution that many share: each of them opened the view already
            await context.services.journal.note(
                _entry(Kind.VIEW, name, origin, context, arguments, Outcome.DONE, None, None)
            )
        return result

    return subscribe


def _entry(
    kind: Kind,
    name: str,
    origin: Origin,
    context: Context,
    arguments: dict[str, Any],
    outcome: Outcome,
    reason: str | None,
    result: Any,
) -> Entry:
    actor = context.actor.user if context.actor is not None else getattr(getattr(result, "user", None), "id", None)
    return Entry(
        kind=kind,
        action=name,
        at=context.services.desk.clock(),
        source=origin.source,
        actor=actor,
        session=origin.session,
        address=origin.address,
        request=origin.request,
        subject=_subject(name, arguments),
        parameters={
            k: veiled(v, context.services.clients.settings.fields) if (name, k) in TYPED else _kept(kind, k, _plain(v))
            for k, v in arguments.items()
            if v is not None
        },
        outcome=outcome,
        reason=reason,
        found=_found(result) if kind is Kind.VIEW and outcome is Outcome.DONE else None,
    )


def _plain(value: Any) -> Any:
    """As it was given: what an input object leaves open says nothing."""
    match made := msgspec.to_builtins(value, enc_hook=str):
        case dict():
            return {k: _plain(v) for k, v in made.items() if v is not None and v != []}
        case list():
            return [_plain(v) for v in made]
        case _:
            return made


def _kept(kind: Kind, name: str, value: Any) -> Any:
    """What was written about a client is kept where it can be erased; here only which fields, and how much."""
    hidden = kind is Kind.COMMAND and name in CONTENTS
    if hidden and isinstance(value, dict):
        return sorted(value)
    size = len(value) if hidden and isinstance(value, str | list) else len(msgspec.json.encode(value))
    if hidden:
        return f"({size})"
    return value if size <= LONGEST_PARAMETER else f"({size})"


def _subject(field: str, arguments: dict[str, Any]) -> str | None:
    """What it was about, by the arguments that name something."""
    for name in ("contact", "recording", "client", "id", "user", "agent", "queue", "number", "object"):
        if isinstance(value := arguments.get(name), str | int) and not isinstance(value, bool):
            return f"{_OF.get(field, name) if name == 'id' else name}:{value}"[:200]
    return None


def _why(error: Exception) -> str:
    code = (getattr(error, "extensions", None) or {}).get("code")
    return str(code) if code else f"{type(error).__name__}: {error}"[:200]


def _outcome(result: Any) -> tuple[Outcome, str | None]:
    """Refusals are values; their types say so by their names."""
    kind = type(result).__name__
    if not kind.endswith(("Refused", "Conflict", "Gone")):
        return Outcome.DONE, None
    reason = getattr(result, "code", None) or getattr(result, "reason", None) or kind
    detail = getattr(result, "detail", "") or ", ".join(
        str(getattr(problem, "field", "")) for problem in getattr(result, "problems", ())
    )
    return Outcome.REFUSED, f"{getattr(reason, 'value', reason)}{': ' + detail if detail else ''}"


def _found(result: Any) -> dict[str, Any]:
    """Which records were shown: their ids, and how many."""
    items = result if isinstance(result, list) else [result] if _id_of(result) is not None else None
    if items is None:
        lists = [x for x in vars(result).values() if isinstance(x, list)] if hasattr(result, "__dict__") else []
        items = lists[0] if lists else [] if result is None else [result]
    ids = [found for item in items[:MOST_IDS] if (found := _id_of(item)) is not None]
    return {"count": len(items), "ids": ids}


def _id_of(item: Any) -> str | int | None:
    for name in ("id", "contact_id", "number"):
        if isinstance(value := getattr(item, name, None), str | int):
            return value
    nested = getattr(item, "contact", None) or getattr(item, "client", None)
    return _id_of(nested) if nested is not None else None

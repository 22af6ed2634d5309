"""The policy as a table: role × action × scope, and the door of every field and route. ``python -m backend.permissions`` prints
docs/permissions.md; lint fails when that is not this text."""

import sys
from collections import defaultdict

from backend.domain.access.policy import FILTERED, INHERENT, OPEN_TO_NOBODY, SCOPES, TABLE, Action, Role, Scope
from backend.graphql.schema import build
from backend.rest.access import ROUTES, Door

HEAD = """# Permissions

Written by `make schema` from `backend/domain/access/policy.py`; do not edit.

A permission is an action and a scope. An account has the roles given to it and to its groups, and personal grants; a personal
denial takes an action away whole. Scopes of one action add up. In a *closed* workplace `everything` means the narrower scopes.
Why a certain account may or may not: *Nastavení – Uživatelé – Proč smí*, or the query `explainAccess`.

- **own**: what the account itself has or had (contacts, callbacks assigned to it)
- **groups**: of people of its workplaces
- **queues**: of queues of its workplaces; without a workplace, of the queues that it serves
- **everything**; of an action that is about nobody's things in particular, simply *yes*
"""
WORDS = {Scope.OWN: "own", Scope.GROUPS: "groups", Scope.QUEUES: "queues", Scope.EVERYTHING: "everything"}


def _cell(action: Action, role: Role) -> str:
    scope = TABLE[action].get(role)
    if scope is None:
        return ""
    return "yes" if SCOPES[action] == (Scope.EVERYTHING,) else WORDS[scope]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def guards() -> dict[str, Action]:
    """The action that guards each root field."""
    schema = build()._schema
    found = {}
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            for guard in field.extensions["strawberry-definition"].permission_classes:
                if hasattr(guard, "action"):
                    found[f"{root.name}.{name}"] = guard.action
    return found


def text() -> str:
    lines = [HEAD, "## Built-in roles", "", _row("action", *(r.value for r in Role), "possible scopes")]
    lines.append(_row(*["---"] * (len(Role) + 2)))
    for action in Action:
        scopes = "" if SCOPES[action] == (Scope.EVERYTHING,) else ", ".join(WORDS[s] for s in SCOPES[action])
        note = " (also nobody)" if action in OPEN_TO_NOBODY else " (every account)" if action in INHERENT else ""
        filtered = " · filters" if action in FILTERED else ""
        lines.append(_row(f"`{action.value}`{note}", *(_cell(action, r) for r in Role), scopes + filtered))
    lines += [
        "",
        "*filters*: narrowed by the filters assigned to the account or its groups, except for what is its own.",
        "",
    ]
    fields = defaultdict(list)
    for name, action in guards().items():
        fields[action].append(name)
    lines += ["## Queries, mutations and subscriptions", "", _row("action", "fields"), _row("---", "---")]
    lines += [
        _row(f"`{action.value}`", ", ".join(f"`{f}`" for f in sorted(fields[action])) or "(files and rows only)")
        for action in Action
    ]
    lines += ["", "## Routes and files", "", _row("method", "path", "who gets through"), _row("---", "---", "---")]
    lines += [
        _row(
            route.method,
            f"`{route.path}`",
            " or ".join(f"`{a.value}`" for a in route.actions) if route.door is Door.ACTOR else DOORS[route.door],
        )
        for route in ROUTES
    ]
    return "\n".join(lines) + "\n"


DOORS = {
    Door.PUBLIC: "anybody",
    Door.BRIDGE: "a bridge with the token of the link",
    Door.ICIS: "ICIS with its token, from its networks",
    Door.TRUSTED_NETWORK: "trusted networks",
    Door.OPERATIONS: "by operation, see above",
}


if __name__ == "__main__":
    sys.stdout.write(text())

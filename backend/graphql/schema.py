"""The product's interface. ``python -m backend.graphql.schema`` prints it; schema.graphql in the repository is this text."""

import re
import sys
from collections import OrderedDict
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.extensions import (
    AddValidationRules,
    MaskErrors,
    MaxTokensLimiter,
    ParserCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from backend.graphql.access import AccessMutation, AccessQuery
from backend.graphql.alerts import AlertMutation, AlertQuery, AlertSubscription
from backend.graphql.audit import AuditQuery
from backend.graphql.auditing import audited
from backend.graphql.callbacks import CallbackMutation, CallbackQuery
from backend.graphql.calls import CallMutation
from backend.graphql.clients import ClientMutation, ClientQuery
from backend.graphql.colleagues import ColleagueMutation, ColleagueQuery, ColleagueSubscription
from backend.graphql.directory import DirectoryMutation, DirectoryQuery
from backend.graphql.figures import FiguresQuery
from backend.graphql.floor import FloorMutation, FloorQuery
from backend.graphql.flows import FlowMutation, FlowQuery
from backend.graphql.labels import LabelMutation, LabelQuery
from backend.graphql.limits import Limited, Limits
from backend.graphql.lines import LineMutation, LineQuery
from backend.graphql.own_account import OwnAccountMutation, OwnAccountQuery
from backend.graphql.paperwork import PaperworkMutation
from backend.graphql.person_data import PersonMutation, PersonQuery
from backend.graphql.push import PushMutation, PushQuery
from backend.graphql.queries import Query as ContactQuery
from backend.graphql.recordings import RecordingMutation, RecordingQuery
from backend.graphql.refusals import note
from backend.graphql.routing import RoutingMutation, RoutingQuery
from backend.graphql.settings_history import SettingsHistoryMutation, SettingsHistoryQuery
from backend.graphql.sign_in import SignInMutation, SignInQuery
from backend.graphql.staffing import StaffingMutation, StaffingQuery
from backend.graphql.subscriptions import Subscription as LiveSubscription
from backend.graphql.switchboard import SwitchboardMutation, SwitchboardQuery
from backend.graphql.synchronisation import SynchronisationQuery
from backend.graphql.telephones import TelephoneMutation, TelephoneQuery
from backend.graphql.trunks import TrunkMutation, TrunkQuery
from backend.graphql.wallboards import WallMutation, WallQuery, WallSubscription
from backend.graphql.work import WorkMutation

LIMITS = Limits(depth=10, fields=400, aliases=20, cost=150_000, roots=10)
"""The largest operations of our own pages need at most half of each (tests/pwa/test_operations.py)."""
MOST_TOKENS = 2000
OPERATIONS_KNOWN = 256

Query = merge_types(
    "Query",
    (
        ContactQuery,
        ClientQuery,
        PersonQuery,
        SynchronisationQuery,
        RecordingQuery,
        RoutingQuery,
        SwitchboardQuery,
        FlowQuery,
        CallbackQuery,
        ColleagueQuery,
        LabelQuery,
        LineQuery,
        TrunkQuery,
        TelephoneQuery,
        FiguresQuery,
        StaffingQuery,
        AuditQuery,
        SettingsHistoryQuery,
        AccessQuery,
        FloorQuery,
        AlertQuery,
        WallQuery,
        PushQuery,
        SignInQuery,
        OwnAccountQuery,
        DirectoryQuery,
    ),
)
Subscription = merge_types(
    "Subscription", (LiveSubscription, ColleagueSubscription, AlertSubscription, WallSubscription)
)
Mutation = merge_types(
    "Mutation",
    (
        SignInMutation,
        OwnAccountMutation,
        DirectoryMutation,
        AccessMutation,
        WorkMutation,
        CallMutation,
        PaperworkMutation,
        ClientMutation,
        PersonMutation,
        RecordingMutation,
        RoutingMutation,
        SwitchboardMutation,
        FlowMutation,
        CallbackMutation,
        ColleagueMutation,
        StaffingMutation,
        LabelMutation,
        LineMutation,
        TrunkMutation,
        TelephoneMutation,
        SettingsHistoryMutation,
        FloorMutation,
        AlertMutation,
        WallMutation,
        PushMutation,
    ),
)
_SUGGESTION = re.compile(r" ?Did you mean .*\?$", re.DOTALL)


def _internal(error: GraphQLError) -> bool:
    """Whether the error came from our own code and not from the request: then nothing of it is told."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError | PermissionError)


class QuietErrors(strawberry.extensions.SchemaExtension):
    """No hints at names that the client does not know already."""

    def on_operation(self):
        yield
        result = self.execution_context.result
        for error in getattr(result, "errors", None) or ():
            error.message = _SUGGESTION.sub("", error.message)


class ValidatedOnce(strawberry.extensions.SchemaExtension):
    """Remembers texts that were found valid: validation costs milliseconds, execution a fraction of one.

    strawberry's own cache is of no use beside limiters: each request makes their rules anew, and it hashes whole trees.
    """

    def __init__(self, known: OrderedDict[str, None]) -> None:
        self._known = known

    def on_validate(self):
        context, known = self.execution_context, self._known
        text = context.query or ""
        if text in known:
            known.move_to_end(text)
            context.pre_execution_errors = []
        yield
        if text and not context.pre_execution_errors:
            known[text] = None
            if len(known) > OPERATIONS_KNOWN:
                known.popitem(last=False)


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        for error in errors:
            if _internal(error):
                structlog.get_logger().error("graphql_error", exc_info=error.original_error)
            else:
                note(str((error.extensions or {}).get("code", "invalid")).lower())


def build(*, introspection: bool = False) -> strawberry.Schema:
    known: OrderedDict[str, None] = OrderedDict()
    extensions: list[Any] = [
        lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS),
        QuietErrors,
        lambda: MaskErrors(should_mask_error=_internal, error_message="internal error"),
        lambda: ParserCache(maxsize=OPERATIONS_KNOWN),
        lambda: Limited(made._schema, LIMITS),
        lambda: ValidatedOnce(known),
    ]
    if not introspection:
        extensions.append(lambda: AddValidationRules([NoSchemaIntrospectionCustomRule]))
    made = _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=extensions,
        config=StrawberryConfig(batching_config=None),
    )
    audited(made._schema)
    return made


if __name__ == "__main__":
    sys.stdout.write(build().as_str() + "\n")

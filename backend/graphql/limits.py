"""How much one operation may ask for: how deep, how many fields, under how many other names, and at what cost.

Measured before anything else looks at the operation, each fragment once, in the time that its text takes. Counting a fragment
wherever it is spread, as the limiters of libraries do, takes exponential time for ``a { ...b ...b } b { ...c ...c } …``: the
limit would be the attack.

Cost: a field costs 1, and what is in a list counts as often as the list is long at most (``first`` where it says so).
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)
from strawberry.extensions import SchemaExtension

LIST = 20
"""Items of a list that says nothing of its length."""
PAGE = 200
"""Items of a page whose length a variable says: no resolver gives out more."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(r"[{}\[\]()]")
ENDLESS = 10**9
"""Sums stop here: they say "too much", and stay small."""


class Measured(msgspec.Struct, frozen=True):
    """``roots``: fields of this level itself; of an operation, each is a command or a question of its own."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0
    roots: int = 0

    def beside(self, other: "Measured") -> "Measured":
        return Measured(
            depth=max(self.depth, other.depth),
            fields=min(ENDLESS, self.fields + other.fields),
            aliases=min(ENDLESS, self.aliases + other.aliases),
            cost=min(ENDLESS, self.cost + other.cost),
            roots=min(ENDLESS, self.roots + other.roots),
        )


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most of each measure."""

    depth: int
    fields: int
    aliases: int
    cost: int
    roots: int

    def exceeded(self, found: Measured) -> str | None:
        for name in self.__struct_fields__:
            if getattr(found, name) > getattr(self, name):
                return f"the operation is too large: {name} {getattr(found, name)}, at most {getattr(self, name)}"
        return None


def _length(node: FieldNode, field: Any) -> int:
    """How many items the field may give."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            literal = argument.value
            return min(PAGE, max(1, int(literal.value))) if isinstance(literal, IntValueNode) else PAGE
    if "first" in field.args:
        return min(PAGE, max(1, int(field.args["first"].default_value or PAGE)))
    return LIST


def _is_list(kind: Any) -> bool:
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {x.name.value: x for x in document.definitions if isinstance(x, FragmentDefinitionNode)}
        self._known: dict[tuple[str, int], Measured] = {}
        self._open: set[str] = set()

    def selections(self, node: SelectionSetNode | None, parent: Any, pages: int = 1) -> Measured:
        """``pages``: length of the page that the parent is, which its own lists have."""
        found = Measured()
        for selection in node.selections if node is not None else ():
            if isinstance(selection, FieldNode):
                found = found.beside(self._field(selection, parent, pages))
            elif isinstance(selection, FragmentSpreadNode):
                found = found.beside(self._fragment(selection.name.value, pages))
            else:
                condition = selection.type_condition
                kind = self._schema.get_type(condition.name.value) if condition is not None else parent
                found = found.beside(self.selections(selection.selection_set, kind, pages))
        return found

    def _fragment(self, name: str, pages: int) -> Measured:
        """One that spreads itself is no operation at all; validation says so afterwards."""
        key = name, pages
        if key in self._known or name not in self._fragments or name in self._open:
            return self._known.get(key, Measured())
        self._open.add(name)
        fragment = self._fragments[name]
        kind = self._schema.get_type(fragment.type_condition.name.value)
        self._known[key] = self.selections(fragment.selection_set, kind, pages)
        self._open.discard(name)
        return self._known[key]

    def _field(self, node: FieldNode, parent: Any, pages: int) -> Measured:
        if node.name.value.startswith("__"):  # introspection is allowed or refused as a whole
            return Measured(depth=1, fields=1, aliases=int(node.alias is not None), cost=1, roots=1)
        field = getattr(parent, "fields", {}).get(node.name.value) if is_composite_type(parent) else None
        kind = get_named_type(field.type) if field is not None else None
        asked = _length(node, field) if field is not None and "first" in field.args else None
        times = 1
        if field is not None and _is_list(field.type):
            times = asked or (pages if pages > 1 else LIST)
        inner = self.selections(node.selection_set, kind, asked if asked and times == 1 else 1)
        return Measured(
            depth=inner.depth + 1,
            fields=min(ENDLESS, inner.fields + 1),
            aliases=min(ENDLESS, inner.aliases + (node.alias is not None)),
            cost=min(ENDLESS, 1 + times * inner.cost),
            roots=1,
        )


def measured(schema: GraphQLSchema, document: DocumentNode) -> Iterator[Measured]:
    """Of each operation of the document."""
    measuring = _Measuring(schema, document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            yield measuring.selections(operation.selection_set, schema.get_root_type(operation.operation))


def nesting(text: str) -> int:
    """How deep brackets of any kind stand in each other, those in strings left out. Readers of nested text are recursive:
    what is too deep is refused before it is read."""
    deepest = depth = 0
    for opened in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if opened in "{[(" else -1
        deepest = max(deepest, depth)
    return deepest


class Limited(SchemaExtension):
    """Stands before validation; its refusal is an answer of GraphQL with the code TOO_LARGE."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema, self._limits = schema, limits

    def on_validate(self):
        context = self.execution_context
        if context.graphql_document is not None and context.pre_execution_errors is None:
            for found in measured(self._schema, context.graphql_document):
                if (why := self._limits.exceeded(found)) is not None:
                    context.pre_execution_errors = [GraphQLError(why, extensions={"code": "TOO_LARGE"})]
                    break
        yield

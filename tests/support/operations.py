"""An operation for every root field of the schema, with the least that its arguments may be: it names nothing that exists."""

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

SCALARS = {
    "Int": "0",
    "Float": "0",
    "String": '""',
    "Boolean": "true",
    "ID": '"00000000-0000-7000-8000-000000000000"',
    "JSON": "{}",
    "Date": '"2026-01-01"',
    "DateTime": '"2026-01-01T00:00:00Z"',
}


def least(kind) -> str:
    """The least literal of an input type."""
    match kind:
        case GraphQLNonNull():
            return least(kind.of_type)
        case GraphQLList():
            return "[]"
        case GraphQLEnumType():
            return sorted(kind.values)[0]
        case GraphQLInputObjectType():
            needed = [f"{name}: {least(f.type)}" for name, f in kind.fields.items() if is_required_input_field(f)]
            return f"{{{', '.join(needed)}}}"
        case _:
            return SCALARS[kind.name]


def operation(root: str, name: str, field: GraphQLField) -> str:
    needed = [f"{arg}: {least(a.type)}" for arg, a in field.args.items() if is_required_argument(a)]
    given = f"({', '.join(needed)})" if needed else ""
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{root.lower()} {{ {name}{given}{selection} }}"


def roots(schema: GraphQLSchema) -> dict[str, GraphQLField]:
    """``Query.me`` and so on, signing out last."""
    found = {
        f"{root.name}.{name}": field
        for root in (schema.query_type, schema.subscription_type, schema.mutation_type)
        if root is not None
        for name, field in root.fields.items()
    }
    return dict(sorted(found.items(), key=lambda x: x[0] == "Mutation.signOut"))

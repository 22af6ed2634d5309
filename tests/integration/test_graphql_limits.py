"""What is asked for is checked, also for the second time."""

import pytest

from tests.support.api import Api, GraphQLFailed

DEEP = "query { " + "a { " * 30 + "b" + " }" * 31
DOUBLING = "query { ...f0 } " + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(120))
"""2¹²⁰ fields in 1,300 words: whoever counted them one by one would never answer."""
DOUBLING += " fragment f120 on Query { me { id } }"


@pytest.mark.parametrize(
    ("query", "code", "why"),
    [
        (DEEP, "TOO_LARGE", "depth 31"),
        ("query { " + " ".join(f"x{n}: me {{ id }}" for n in range(30)) + " }", "TOO_LARGE", "aliases 30"),
        ("query { " + " ".join(f"a{n}: callbacks {{ id }}" for n in range(12)) + " }", "TOO_LARGE", "12"),
        ("query { me { " + "id name " * 250 + "} }", "TOO_LARGE", "fields 501"),
        ("query { " + " ".join(f"c{n}: contactsBehind(number: WAITING, first: 200) {{ contacts {{ contact {{ members {{ n role state agentId number }} }} }} }}" for n in range(9)) + " }", "TOO_LARGE", "cost"),
        (DOUBLING, "TOO_LARGE", "fields 1000000000"),
        ("query { nothing }", None, "Cannot query field 'nothing' on type 'Query'."),
        ("query { mee { id } }", None, "Cannot query field 'mee' on type 'Query'."),
        ("query { me { ...f } } fragment f on User { ...f }", None, "Cannot spread fragment 'f' within itself."),
        ("{ __schema { types { name } } }", None, "introspection"),
        ('{ __type(name: "User") { fields { name } } }', None, "introspection"),
        ("query { me { id } " + "a b " * 1500 + "}", None, "tokens"),
    ],
    ids=[
        "too deep", "too many aliases", "too many commands at once", "too many fields", "too dear", "fragments that double",
        "unknown field", "no hint at a name", "fragment in itself", "introspection", "a type", "too many words",
    ],
)  # fmt: skip
async def test_bad_text_is_refused_each_time_and_good_ones_still_run(api, query, code, why):
    async with api.client() as client:
        for _ in range(3):
            with pytest.raises(GraphQLFailed) as refused:
                await client.run(query)
            assert refused.value.code == code
            assert why in refused.value.errors[0]["message"]
            assert "Did you mean" not in str(refused.value.errors)
            assert await client.run("query { me { id } }") == {"me": None}


@pytest.mark.parametrize(
    "body",
    [
        '[{"query": "{ me { id } }"}, {"query": "{ me { id } }"}]',
        '{"query": "' + "{ me " * 400 + "}" * 400 + '"}',
        '{"query": "{ me { id } }", "variables": ' + '{"a":' * 400 + "1" + "}" * 400 + "}",
        '{"query": "{ me { id } }", "variables": {"a": ' + "[" * 400 + "]" * 400 + "}}",
        '{"query": "query($x: String) { searchClients(text: $x) { total } }", "variables": {"x": "a\\u0000b"}}',
        '{"query": "{ searchClients(text: \\"\\\\u0000\\") { total } }"}',
        '{"query": "{ searchClients(text: \\"\\\\u{00}\\") { total } }"}',
    ],
    ids=[
        "several at once", "text nested too deep", "values nested too deep", "lists nested too deep",
        "NUL in a value", "NUL in a literal", "NUL in a literal of another form",
    ],
)  # fmt: skip
async def test_bad_request_is_refused_before_it_is_read(api, body):
    async with api.client() as client:
        answer = await client.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert await client.run("query { me { id } }") == {"me": None}


async def test_brackets_in_what_people_write_are_text(api):
    async with api.client() as client:
        refused = await client.run(
            "mutation($l: String!) { signIn(login: $l, password: $l) { ... on SignInRefused { reason } } }",
            l='{["\\(\\u0000' * 100,
        )
        assert refused == {"signIn": {"reason": "WRONG"}}


async def test_valid_text_is_validated_once(api, monkeypatch):
    validated = []
    import strawberry.schema.schema as inside

    real = inside.validate_document
    monkeypatch.setattr(inside, "validate_document", lambda *a, **k: validated.append(1) or real(*a, **k))
    async with api.client() as client:
        for _ in range(3):
            await client.run("query Mine { me { id login: name } }")
    assert len(validated) == 1


async def test_development_may_look_at_the_schema(database_url):
    async with Api(database_url, introspection=True) as api, api.client() as client:
        names = {x["name"] for x in (await client.run("{ __schema { types { name } } }"))["__schema"]["types"]}
        assert {"Query", "Mutation", "Subscription"} <= names

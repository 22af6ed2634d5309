"""What is asked for is checked, also for the second time."""

import pytest

from tests.support.api import GraphQLFailed

DEEP = "query { " + "a { " * 30 + "b" + " }" * 31


@pytest.mark.parametrize(
    "query",
    [
        DEEP,
        "query { nothing }",
        "{ __schema { types { name } } }",
        "query { " + " ".join(f"x{n}: me {{ id }}" for n in range(30)) + " }",
    ],
    ids=["too deep", "unknown field", "introspection", "too many aliases"],
)
async def test_bad_text_is_refused_each_time_and_good_ones_still_run(api, query):
    async with api.client() as client:
        for _ in range(3):
            with pytest.raises(GraphQLFailed):
                await client.run(query)
            assert await client.run("query { me { id } }") == {"me": None}


async def test_valid_text_is_validated_once(api, monkeypatch):
    validated = []
    import strawberry.schema.schema as inside

    real = inside.validate_document
    monkeypatch.setattr(inside, "validate_document", lambda *a, **k: validated.append(1) or real(*a, **k))
    async with api.client() as client:
        for _ in range(3):
            await client.run("query Mine { me { id login: name } }")
    assert len(validated) == 1

"""The operations that the pages are built with, as the API will meet them."""

import json

import pytest
from graphql import parse, validate

from backend.adapters.postgres.operations import hash_of
from backend.graphql.limits import measured
from backend.graphql.operations import FILE, built
from backend.graphql.schema import LIMITS, build
from deploy import build_pwa


@pytest.fixture(scope="module")
def operations() -> dict[str, str]:
    build_pwa.build()
    return built(build_pwa.PWA / "dist" / FILE)


def test_build_brings_every_operation_with_its_hash(operations):
    written = json.loads((build_pwa.PWA / "dist" / FILE).read_text())
    assert operations == written and len(operations) > 100
    assert all(hash_of(text) == hash for hash, text in operations.items())


def test_every_operation_is_valid_and_needs_at_most_half_of_each_limit(operations):
    schema = build()._schema
    for text in operations.values():
        document = parse(text)
        assert validate(schema, document) == []
        for found in measured(schema, document):
            for name in LIMITS.__struct_fields__:
                assert 2 * getattr(found, name) <= getattr(LIMITS, name), (name, text[:80])


def test_pages_carry_hashes_and_no_text_of_an_operation(operations):
    scripts = "".join(x.read_text() for x in (build_pwa.PWA / "dist" / "assets").glob("*.js"))
    assert hash_of(next(t for t in operations.values() if "mutation SignIn(" in t)) in scripts
    assert not [t for t in operations.values() if t in scripts]
    assert "mutation SignIn(" not in scripts and "subscription Desk" not in scripts

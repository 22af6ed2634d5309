"""What schemathesis is told of the routes is what there is: a route left out there would never be attacked."""

import re
from pathlib import Path

import yaml

from backend.domain.audit.trail import Wanted
from backend.rest.access import ROUTES, Door

TOLD = yaml.safe_load((Path(__file__).parent / "rest.yaml").read_text())
METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}
OTHERWISE = {
    "/graphql": "by its own schema",
    "/metrics": "not there from outside, tests/security/test_proxy.py",
    "/": "the shell of the PWA and its files",
}
"""Routes that are attacked, or kept away, in another way."""


def operations() -> dict[tuple[str, str], dict]:
    return {
        (method.upper(), path): what
        for path, methods in TOLD["paths"].items()
        for method, what in methods.items()
        if method in METHODS
    }


def test_every_route_beside_graphql_is_told_and_nothing_else():
    there = {(x.method, x.path) for x in ROUTES if x.method != "WS" and x.path not in OTHERWISE}
    assert set(operations()) == there
    assert OTHERWISE.keys() <= {x.path for x in ROUTES}, "no longer there"


def test_a_session_is_asked_for_exactly_where_the_door_asks_for_an_actor():
    doors = {(x.method, x.path): x.door for x in ROUTES}
    asks = {key for key, what in operations().items() if {"session": []} in what.get("security", [])}
    assert asks == {key for key in operations() if doors[key] is Door.ACTOR}


def test_parameters_of_each_path_are_told_and_have_names_of_their_own():
    for (method, path), what in operations().items():
        told = [(x["in"], x["name"]) for x in what.get("parameters", [])]
        assert len(set(told)) == len(told), (method, path)
        assert {name for where, name in told if where == "path"} == set(re.findall(r"{(\w+)}", path)), (method, path)
    ids = [what["operationId"] for what in operations().values()]
    assert len(set(ids)) == len(ids)


def test_export_of_the_audit_is_tried_with_every_field_of_a_search_and_with_no_other():
    """With a field that is not there each try would end at its name."""
    told = operations()["GET", "/audit/export.{kind}"]["parameters"]
    assert {x["name"] for x in told if x["in"] == "query"} == set(Wanted.__struct_fields__)

"""The whole configuration as files: what is exported, wiped and applied is the same to the byte; what is wrong is named and changes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from backend.adapters.configuration.kinds import KINDS, NOT_CONFIGURATION, SPECIAL_TABLES
from backend.adapters.configuration.references import difference
from backend.adapters.postgres.tables import metadata
from backend.config import ROOT
from tests.support.configuration import Configured


@pytest_asyncio.fixture
async def kc(server, database_url):
    async with Configured(server, database_url) as made:
        made.url = database_url
        yield made


def command(kc, *arguments: object) -> subprocess.CompletedProcess:
    environment = {
        **os.environ, "KC_DATABASE_URL": kc.url, "KC_SECRET": "x" * 16, "KC_LINK_TOKEN": "x", "KC_RECORDING_KEYS": "/nonexistent",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", "config", *map(str, arguments)],
        env=environment, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip


def test_every_table_is_configuration_or_says_why_not():
    known = (
        {kind.table.name for kind in KINDS} | {c.table.name for kind in KINDS for c in kind.children} | SPECIAL_TABLES
    )
    assert known | set(NOT_CONFIGURATION) == set(metadata.tables)
    assert not known & set(NOT_CONFIGURATION)


async def test_exported_wiped_and_applied_is_the_same_to_the_byte(kc, tmp_path):
    before = await kc.export(tmp_path / "a")
    kinds = {Path(name).parent.name for name in before}
    assert kinds == {"", *(kind.name for kind in KINDS), "categories", "flows", "numbers"}
    await kc.wipe()
    done = command(kc, "apply", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert await kc.export(tmp_path / "b") == before
    again = command(kc, "apply", tmp_path / "a")
    assert again.stdout.endswith("0 objects changed\n")
    assert command(kc, "diff", tmp_path / "a").returncode == 0


async def test_export_has_no_secret_and_no_number(kc, tmp_path):
    exported = await kc.export(tmp_path / "a")
    whole = b"".join(exported.values()).decode().replace("password_set: true", "").replace("password_set: false", "")
    hashes = [row[0] for row in await kc.sql("SELECT password_hash FROM user_account")]
    assert not any(secret in whole for secret in [*hashes, "password", "totp", "argon2", "AAAA"])
    queue = yaml.safe_load(exported["queues/Platby.yaml"])
    assert queue["options"]["overflow"][0]["to"]["queue"] == "Pojištění"
    assert queue["options"]["widen"][0]["groups"] == ["Zkušení operátoři"]
    assert [m["user"] for m in queue["members"]] == ["ema", "jana", "petr"]
    assert yaml.safe_load(exported["flows/Rovnou.yaml"])["nodes"]["queue"] == {
        "type": "queue", "queue": "Platby", "priority": 0, "skills": [["platby", 2]], "steps": [],
    }  # fmt: skip
    assert yaml.safe_load(exported["accounts/dana.yaml"])["roles"] == ["own:Přehledář", "supervisor"]
    rules = yaml.safe_load(exported["numbers/+420800100200.yaml"])["rules"]
    assert rules["rules"][0]["conditions"][0]["calendar"] == "Po–Pá 8–18" and rules["default"]["flow"] == "Rovnou"


async def test_applying_keeps_numbers_so_that_contacts_stay_where_they_are(kc, tmp_path):
    await kc.export(tmp_path / "a")
    ids = await kc.sql("SELECT id, name FROM queue ORDER BY id")
    path = tmp_path / "a" / "queues" / "Platby.yaml"
    path.write_text(path.read_text().replace("ring_timeout_s: 15", "ring_timeout_s: 25"))
    shown = command(kc, "diff", tmp_path / "a")
    assert (shown.returncode, shown.stdout) == (1, "~ queues/Platby\n    ring_timeout_s: 15 -> 25\n")
    dry = command(kc, "apply", "--dry-run", tmp_path / "a")
    assert dry.stdout.endswith("1 objects would be changed\n")
    assert await kc.sql("SELECT ring_timeout_s FROM queue WHERE name = 'Platby'") == [(15,)]
    assert command(kc, "apply", tmp_path / "a").returncode == 0
    assert await kc.sql("SELECT ring_timeout_s FROM queue WHERE name = 'Platby'") == [(25,)]
    assert await kc.sql("SELECT id, name FROM queue ORDER BY id") == ids


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("queues/Platby.yaml", "ring_timeout_s: 15", "ring_timeout_s: 1", "queues/Platby.yaml:3: ring_timeout_s: out_of_range"),
        ("queues/Platby.yaml", "ring_timeout_s: 15", "ring_timeout_s: long", "Platby.yaml:3: ring_timeout_s: int is expected"),
        ("queues/Platby.yaml", "ring_timeout_s: 15", "ring_timeout: 15", "ring_timeout: there is no such field"),
        ("queues/Platby.yaml", "  strategy: most_skilled", "  strategy: best", "options.strategy: Invalid enum value 'best'"),
        ("queues/Platby.yaml", "  sticky_days: 30", "  sticky_weeks: 30", "options.sticky_weeks: there is no such field"),
        ("queues/Platby.yaml", "queue: Pojištění", "queue: Nikde", "options.overflow.0.to.queue: there is no 'Nikde' in queues"),
        ("queues/Platby.yaml", "- user: petr", "- user: nikdo", "members.2.user: there is no 'nikdo' in accounts"),
        ("queues/Platby.yaml", "name: Platby", "name: Pojištění", "is the same object"),
        ("queues/Platby.yaml", "name: Platby", "name: ''", "it does not say its name"),
        ("queues/Platby.yaml", "name: Platby", "name: [", "queues/Platby.yaml:"),
        ("accounts/jana.yaml", "- agent", "- boss", "roles.0: one of admin"),
        ("flows/Rovnou.yaml", "start: queue", "start: nowhere", "start: no_start"),
        ("numbers/+420800100200.yaml", "flow: Hlavní linka", "flow: Nikam", "flow: there is no 'Nikam' in flows"),
        ("breaks/Oběd.yaml", "kind: private", "kind: secret", "kind: one of"),
        ("settings/calls.yaml", "park_limit_s: 90", "park_limit_s: 0", "value.park_limit_s: out_of_range"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_and_nothing_is_changed(kc, tmp_path, file, old, new, said):
    before = await kc.export(tmp_path / "a")
    path = tmp_path / "a" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    other = tmp_path / "a" / "locations" / "Ostrava.yaml"
    other.write_text("name: Ostrava\n")  # good, and not applied either
    done = command(kc, "apply", tmp_path / "a")
    assert done.returncode in (1, 2) and said in done.stderr, done.stderr
    assert await kc.export(tmp_path / "b") == before


@pytest.mark.parametrize("name", ["notes.txt", "unknown/a.yaml", "queues/deep/a.yaml", "a.yaml"])
async def test_file_that_is_no_part_of_a_configuration_is_refused(kc, tmp_path, name):
    await kc.export(tmp_path / "a")
    path = tmp_path / "a" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("name: x\n")
    done = command(kc, "apply", tmp_path / "a")
    assert done.returncode == 2 and "this is no part of a configuration" in done.stderr


async def test_what_the_folder_does_not_have_stays_unless_it_is_to_be_removed(kc, tmp_path):
    await kc.export(tmp_path / "a")
    (tmp_path / "a" / "locations" / "Praha.yaml").unlink()
    kept = command(kc, "apply", tmp_path / "a")
    assert "kept, though the folder does not have it: locations/Praha" in kept.stdout
    assert await kc.sql("SELECT name FROM location ORDER BY name") == [("Brno",), ("Praha",)]
    assert command(kc, "apply", "--remove", tmp_path / "a").returncode == 0
    assert await kc.sql("SELECT name FROM location ORDER BY name") == [("Brno",)]


async def test_stricter_rules_of_calls_out_are_applied_only_by_who_says_that_they_cut_off(kc, tmp_path):
    await kc.sql("INSERT INTO pbx_line (name, number) VALUES ('Posudkový lékař', '+420602555555')")
    before = await kc.export(tmp_path / "a")
    path = tmp_path / "a" / "settings" / "calls.yaml"
    path.write_text(path.read_text().replace("    refused:\n", "    refused:\n    - '+420602'\n"))
    line = "    lines/Posudkový lékař: +420602555555\n"
    shown = command(kc, "diff", tmp_path / "a")
    assert shown.returncode == 1 and shown.stdout.endswith(f"(apply refuses that without --cut-off):\n{line}")
    for tried in (("--dry-run",), ()):
        done = command(kc, "apply", *tried, tmp_path / "a")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("nothing was changed") and done.stderr.endswith(line)
    assert await kc.export(tmp_path / "b") == before
    assert command(kc, "apply", "--cut-off", tmp_path / "a").returncode == 0
    assert "- '+420602'" in (await kc.export(tmp_path / "b"))["settings/calls.yaml"].decode()
    assert command(kc, "diff", tmp_path / "a").stdout == ""


async def test_line_that_the_rules_of_calls_out_do_not_let_out_is_named(kc, tmp_path):
    await kc.export(tmp_path / "a")
    path = tmp_path / "a" / "lines" / "909.yaml"
    path.write_text((tmp_path / "a" / "lines" / "201.yaml").read_text().replace("201", "+420909123456", 1))
    done = command(kc, "apply", tmp_path / "a")
    assert done.returncode == 1 and "lines/909.yaml:1: number: not_let_out" in done.stderr, done.stderr
    assert await kc.sql("SELECT number FROM pbx_line") == [("201",)]


async def test_nothing_that_history_refers_to_is_removed(kc, tmp_path):
    await kc.sql("INSERT INTO queue (name) VALUES ('Stará')")
    await kc.export(tmp_path / "a")
    (tmp_path / "a" / "queues" / "Stará.yaml").unlink()
    await kc.sql(
        "INSERT INTO queue_visit (interaction, n, queue, entered_at)"
        " SELECT gen_random_uuid(), 0, id, now() FROM queue WHERE name = 'Stará'"
    )
    done = command(kc, "apply", "--remove", tmp_path / "a")
    assert done.returncode == 1 and "queues/Stará" in done.stderr and "what happened refers to it" in done.stderr
    assert await kc.sql("SELECT count(*) FROM queue WHERE name = 'Stará'") == [(1,)]


async def test_folder_of_something_else_is_not_written_over(kc, tmp_path):
    (tmp_path / "mine.txt").write_text("important")
    done = command(kc, "export", tmp_path)
    assert done.returncode == 2 and "is not empty" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


async def test_export_follows_what_was_removed_and_renamed(kc, tmp_path):
    await kc.export(tmp_path / "a")
    await kc.sql("UPDATE queue SET name = 'Platby a přeplatky / ?' WHERE name = 'Platby'")
    exported = await kc.export(tmp_path / "a")
    assert "queues/Platby.yaml" not in exported and "queues/Platby a přeplatky %2F %3F.yaml" in exported
    assert yaml.safe_load(exported["flows/Rovnou.yaml"])["nodes"]["queue"]["queue"] == "Platby a přeplatky / ?"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [("b", 2, 3)]),
        ({"a": {"b": [1]}}, {"a": {"b": [1, 2]}}, [("a.b", [1], [1, 2])]),
        ({"m": [{"user": "x", "n": 1}]}, {"m": [{"user": "y", "n": 1}, {"user": "x", "n": 2}]}, [("m[x].n", 1, 2), ("m[y]", None, {"user": "y", "n": 1})]),
        ({}, {"a": None}, []),
        ({"a": 1}, {}, [("a", 1, None)]),
    ],
)  # fmt: skip
def test_difference_is_readable(before, after, found):
    assert list(difference(before, after)) == found

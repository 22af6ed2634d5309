"""What the control process must not forget: reports until acknowledged, answers for ever, legs until over."""

import os
import subprocess
import sys

from sip_bridge.contract import CommandDone, CommandRefused, LegKind, LegRinging, LegState
from sip_bridge.node.journal import Journal
from sip_bridge.node.legs import LegRecord, Legs, leg_of_sip


def test_reports_wait_until_acknowledged_across_restarts(tmp_path):
    journal = Journal(tmp_path / "j")
    for n in range(5):
        journal.report(LegRinging(leg=str(n)))
    journal.acknowledged(2)
    journal.close()
    again = Journal(tmp_path / "j")
    assert again.boot == journal.boot
    assert [r.seq for r in again.unacknowledged()] == [3, 4, 5]
    assert again.report(LegRinging(leg="x")).seq == 6


def test_numbers_go_on_when_everything_was_acknowledged(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.report(LegRinging(leg="a"))
    journal.acknowledged(1)
    journal.close()
    assert Journal(tmp_path / "j").report(LegRinging(leg="b")).seq == 2


def test_what_was_flushed_survives_kill_9(tmp_path):
    code = (
        "import os, sys, pathlib; from sip_bridge.node.journal import Journal; from sip_bridge.contract import LegRinging;"
        "j = Journal(pathlib.Path(sys.argv[1])); j.report(LegRinging(leg='kept')); j.flush();"
        "j.report(LegRinging(leg='lost')); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "j")], env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -9
    assert [r.event.leg for r in Journal(tmp_path / "j").unacknowledged()] == ["kept"]


def test_repeated_command_gets_the_first_answer(tmp_path):
    journal = Journal(tmp_path / "j")
    first = CommandDone(command="c", answer_sdp="v=0")
    journal.answered(first)
    journal.answered(CommandRefused(command="c", code="failed"))
    journal.close()
    assert Journal(tmp_path / "j").answer_to("c") == first
    assert Journal(tmp_path / "j").answer_to("other") is None


def test_legs_are_loaded_as_they_were(tmp_path):
    journal = Journal(tmp_path / "j")
    legs = Legs(journal)
    record = LegRecord(
        leg=leg_of_sip("in-1"), kind=LegKind.SIP, state=LegState.UP, trunk="pbx", sip="in-1", offer=b"v=0"
    )
    legs.put(record)
    gone = LegRecord(leg="agent-7", kind=LegKind.BROWSER, state=LegState.UP)
    legs.put(gone)
    legs.remove(gone)
    journal.close()
    loaded = Legs(Journal(tmp_path / "j"))
    loaded.load()
    assert loaded.by_id == {record.leg: record}
    assert loaded.of_sip("in-1") == record
    assert leg_of_sip("in-1") == record.leg

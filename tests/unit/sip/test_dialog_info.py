"""Dialog-info documents: the examples of RFC 4235, versions, and what a hostile peer may write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_bridge.sip.dialog_info import LARGEST_DOCUMENT, Line, LineState, Verdict
from tests.support.notifier import document

HEAD = '<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{}" state="{}" entity="sip:alice@example.com">'


def rfc(version: int, inner: str, state: str = "full") -> bytes:
    return (HEAD.format(version, state) + inner + "</dialog-info>").encode()


# RFC 4235 section 6.1: Alice calls Bob, forked; trying, early twice, confirmed.
TRYING = '<dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774" direction="initiator"><state>trying</state></dialog>'
EARLY = '<dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774" remote-tag="456887766" direction="initiator"><state>early</state></dialog>'
SECOND = '<dialog id="zxcnm3" call-id="a84b4c76e66710" local-tag="1928301774" remote-tag="hh76a" direction="initiator"><state>{}</state></dialog>'
LOST = '<dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774" remote-tag="456887766" direction="initiator"><state event="cancelled">terminated</state></dialog>'


def test_forked_call_of_rfc_4235_6_1():
    line = Line()
    seen = []
    for version, inner in enumerate((TRYING, EARLY, SECOND.format("early"), SECOND.format("confirmed"), LOST)):
        assert line.apply(rfc(version, inner, "partial" if version else "full")) is Verdict.APPLIED
        seen.append(line.state)
    assert seen == [LineState.CALLING, LineState.CALLING, LineState.CALLING, LineState.BUSY, LineState.BUSY]
    assert list(line.dialogs) == ["zxcnm3"]
    assert line.apply(rfc(5, SECOND.format("terminated"), "partial")) is Verdict.APPLIED
    assert line.state is LineState.FREE


def test_full_document_of_rfc_4235_4_4_with_identities_and_a_target():
    body = rfc(
        1,
        '<dialog id="123456" direction="recipient"><state event="replaced" code="200">confirmed</state><duration>274</duration>'
        '<replaces call-id="hg287s98s89" local-tag="6762h7" remote-tag="09278hsb"/>'
        '<local><identity display="Alice">sip:alice@example.com</identity><target uri="sip:alice@pc33.example.com">'
        '<param pname="isfocus" pval="true"/><param pname="class" pval="personal"/></target></local>'
        '<remote><identity display="Bob">sip:bob@example.org</identity></remote></dialog>',
    )
    line = Line()
    assert line.apply(body) is Verdict.APPLIED
    assert line.state is LineState.BUSY


def held(value: str, name: str) -> str:
    return (
        f'<dialog id="{name}" direction="recipient"><state>confirmed</state><local><target uri="sip:a@b">'
        f'<param pname="+sip.rendering" pval="{value}"/></target></local></dialog>'
    )


@pytest.mark.parametrize(
    ("inner", "state"),
    [
        ("", LineState.FREE),
        (held("no", "1"), LineState.HELD),
        (held("no", "1") + held("yes", "2"), LineState.BUSY),
        ('<dialog id="1" direction="recipient"><state>early</state></dialog>', LineState.RINGING),
        ('<dialog id="1"><state>early</state></dialog>', LineState.RINGING),
        ('<dialog id="1"><state>trying</state></dialog>', LineState.CALLING),
        ('<dialog id="1" direction="recipient"><state>terminated</state></dialog>', LineState.FREE),
        (held("yes", "1") + '<dialog id="2" direction="recipient"><state>early</state></dialog>', LineState.BUSY),
        (TRYING + '<dialog id="2" direction="recipient"><state>early</state></dialog>', LineState.RINGING),
    ],
)
def test_calls_of_a_line_are_one_state(inner, state):
    line = Line()
    assert line.state is LineState.UNKNOWN
    assert line.apply(rfc(0, inner)) is Verdict.APPLIED
    assert line.state is state


def test_versions():
    line = Line()
    ringing = ("a", "early", "recipient")
    assert line.apply(document(3, ringing, full=False)) is Verdict.GAP
    assert line.state is LineState.UNKNOWN
    assert line.apply(document(4)) is Verdict.APPLIED
    assert line.apply(document(4, ringing, full=False)) is Verdict.STALE
    assert line.state is LineState.FREE
    assert line.apply(document(6, ringing, full=False)) is Verdict.GAP
    assert line.state is LineState.RINGING
    assert line.apply(document(0)) is Verdict.APPLIED
    assert (line.state, line.version) == (LineState.FREE, 0)


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>' + rfc(1, "&b;")[21:]
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd">' + rfc(1, "")[21:]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (BOMB, Verdict.UNREADABLE),
        (OUTSIDE, Verdict.UNREADABLE),
        (b"<", Verdict.UNREADABLE),
        (b"\xff\xfe\x00", Verdict.UNREADABLE),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', Verdict.UNREADABLE),
        (b'<dialog-info version="1" state="full"/>', Verdict.UNREADABLE),
        (rfc(1, "").replace(b'"1" state', b'"-1" state'), Verdict.UNREADABLE),
        (rfc(1, '<dialog id="1"><state>flying</state></dialog>'), Verdict.UNREADABLE),
        (rfc(1, "<dialog><state>early</state></dialog>"), Verdict.UNREADABLE),
        (rfc(1, " " * LARGEST_DOCUMENT), Verdict.TOO_LARGE),
        (rfc(1, "".join(f'<dialog id="{n}"><state>early</state></dialog>' for n in range(65))), Verdict.TOO_LARGE),
    ],
)
def test_hostile_document_is_refused_and_the_line_is_unknown(body, verdict):
    line = Line()
    line.apply(rfc(0, ""))
    assert line.apply(body) is verdict
    assert line.state is LineState.UNKNOWN


@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda t: rfc(1, t)[: 4 * len(t) + 60]))
def test_garbage_never_raises(body):
    line = Line()
    line.apply(rfc(0, TRYING))
    before = line.state
    assert line.apply(body) is not Verdict.APPLIED or body.startswith(b"<?xml")
    assert line.state in (before, LineState.UNKNOWN, LineState.FREE)

"""Messages: our own torture cases after RFC 4475 and RFC 5118, limits, framing, and a second opinion by sipmessage."""

from __future__ import annotations

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from sip_bridge.sip.address import NameAddr, Uri, Via, quote_string, split_outside_quotes, unquote_string
from sip_bridge.sip.errors import PeerError
from sip_bridge.sip.events import CallOffered
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.framing import StreamFramer
from sip_bridge.sip.message import Headers, ParseLimits, Request, Response, parse_message, sdp_of
from tests.support.sip_sim import ANSWER, OFFER, call_up, empty, pair

LIMITS = ParseLimits()
FLOW = Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060))


def invite(*, line="INVITE sip:210000001@10.0.0.2 SIP/2.0", drop=(), body=b"", **changes) -> bytes:
    headers = {
        "Via": "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKtorture", "From": "<sip:a@x>;tag=f1", "To": "<sip:b@y>",
        "Call-ID": "torture", "CSeq": "7 INVITE", "Contact": "<sip:a@10.0.0.1>", "Max-Forwards": "70",
    }  # fmt: skip
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [line, *(f"{name}: {value}" for name, value in headers.items() if name not in drop)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def answers(data: bytes) -> tuple[list[int], int]:
    """Status codes sent back and calls offered."""
    net, _, b = pair()
    b.endpoint.receive(data, FLOW, net.now)
    sent = [int(wire[8:11]) for wire, _ in b.endpoint.to_send(net.now)]
    offered = 0
    while (event := b.endpoint.next_event()) is not None:
        offered += isinstance(event, CallOffered)
    return sent, offered


TORTUROUS_BUT_VALID = {
    "wsinv": b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com\r\n"
    b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\n'
    b"Call-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 0\r\ncseq: 0009\r\n  INVITE\r\n"
    b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n"
    b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContact: <sip:jdrosen@10.0.0.1>\r\n\r\n",
    "compact": b"INVITE sip:b@y SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKc\r\nf: <sip:a@x>;tag=1\r\nt: <sip:b@y>\r\n"
    b"i: c\r\nCSeq: 1 INVITE\r\nm: <sip:a@10.0.0.1>\r\nl: 0\r\n\r\n",
    "esc01": invite(line="INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", From='"I have spaces" <sip:I%20have%20spaces@example.net>;tag=938'),
    "escnull": invite(From="<sip:null-%00-null@example.com>;tag=839923423"),
    "intmeth_uri_user": invite(line="INVITE sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0"),
    "unreason_utf8": invite(From='"Žofie Nováková" <sip:a@x>;tag=1'),
    "windows_1250": invite(From="X").replace(b"From: X", b'From: "\xe8esk\xfd" <sip:a@x>;tag=1'),
    "longreq_header": invite(X_Long="a" * 4000),
    "semiuri": invite(line="INVITE sip:user;par=u%40example.net@example.com SIP/2.0"),
    "transports": invite(Via="SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw, SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf"),
    "mpart": invite(body=b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"--b--\r\n",
                    Content_Type="multipart/mixed; boundary=b"),
    "ipv6": invite(line="INVITE sip:b@[2001:db8::10] SIP/2.0", Via="SIP/2.0/UDP [2001:db8::9:1]:5060;received=[2001:db8::9:255];branch=z9hG4bKas3-111",
                   Contact="<sip:a@[2001:db8::9:1]>"),
    "leading_crlf": b"\r\n\r\n" + invite(),
    "extra_bytes": invite() + b"INVITE junk after the length",
    "tel": invite(line="INVITE tel:+420210000001 SIP/2.0"),
    "old_via": invite(Via="SIP/2.0/UDP 10.0.0.1"),
}  # fmt: skip

REFUSED = {
    "badinv01_semicolons": (invite(Via=";;,;,,", Contact=""), []),
    "clerr": (invite().replace(b"Content-Length: 0", b"Content-Length: 9999"), [400]),
    "ncl": (invite().replace(b"Content-Length: 0", b"Content-Length: -999"), [400]),
    "scalar02_cseq": (invite(CSeq="36893488147419103232 INVITE"), [400]),
    "scalar02_maxforwards": (invite(Max_Forwards="300"), [400]),
    "quotbal": (invite(To='"Mr. J. User <sip:j.user@example.com>'), []),
    "ltgtruri": (invite(line="INVITE <sip:user@example.com> SIP/2.0"), [400]),
    "lwsruri": (invite(line="INVITE sip:user@example.com; lr SIP/2.0"), [400]),
    "lwsstart": (invite(line="INVITE  sip:user@example.com  SIP/2.0"), [400]),
    "badvers": (invite(line="INVITE sip:t.watson@example.org SIP/7.0"), [505]),
    "mismatch01": (invite(CSeq="8 BYE"), [400]),
    "unkscm": (invite(line="INVITE nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), [416]),
    "bext01": (invite(Require="nothingSupportsThis, nothingSupportsThisEither"), [420]),
    "multi01": (invite().replace(b"From: ", b"From: <sip:z@z>;tag=2\r\nFrom: "), [400]),
    "insuf": (invite(drop=("Call-ID",)), []),
    "inv2543_no_via": (invite(drop=("Via",)), []),
    "zero_hops": (invite(Max_Forwards="0"), [483]),
    "unknown_body": (invite(body=b"<x/>", Content_Type="application/xml"), [415]),
    "encoded_body": (invite(body=b"zip", Content_Type="application/sdp", Content_Encoding="gzip"), [415]),
    "no_such_method": (invite(line="NEWMETHOD sip:b@y SIP/2.0", CSeq="1 NEWMETHOD"), [501]),
    "register": (invite(line="REGISTER sip:y SIP/2.0", CSeq="1 REGISTER"), [405]),
    "in_dialog_of_nobody": (invite(line="BYE sip:b@y SIP/2.0", CSeq="1 BYE", To="<sip:b@y>;tag=zz"), [481]),
    "bye_without_tag": (invite(line="BYE sip:b@y SIP/2.0", CSeq="1 BYE"), [481]),
    "cancel_of_nothing": (invite(line="CANCEL sip:b@y SIP/2.0", CSeq="1 CANCEL"), [481]),
    "bad_contact": (invite(Contact="<sip:@@@>"), [100, 400]),
    "control_chars": (invite(X="a\x00b"), [400]),
    "header_without_colon": (invite().replace(b"Max-Forwards: 70", b"Max-Forwards 70"), [400]),
    "too_many_headers": (invite().replace(b"Max-Forwards", b"".join(b"X: y\r\n" for _ in range(200)) + b"Max-Forwards"), []),
    "too_long_line": (invite(X="y" * 5000), [400]),
    "not_sip": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", []),
    "empty_request_line": (b"\r\nINVITE\r\n\r\n", []),
    "huge": (invite(X="y" * 70_000), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TORTUROUS_BUT_VALID)
def test_valid_torture_is_understood(name):
    sent, offered = answers(TORTUROUS_BUT_VALID[name])
    assert (sent, offered) == ([100], 1)


@pytest.mark.parametrize("name", REFUSED)
def test_invalid_torture_is_answered_or_dropped_and_makes_no_call(name):
    data, expected = REFUSED[name]
    sent, offered = answers(data)
    assert offered == 0
    assert sent == ([400] if name == "bad_contact" else expected)


@pytest.mark.parametrize(
    "data",
    [b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a, SIP/2.0/UDP b\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
     b"SIP/2.0 4294967301 better not break\r\n\r\n", b"SIP/2.0 20 X\r\n\r\n",
     b"SIP/2.0 200\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"],
)  # fmt: skip
def test_response_that_is_not_ours_is_counted_and_dropped(data):
    net, _, b = pair()
    b.endpoint.receive(data, FLOW, net.now)
    assert b.endpoint.to_send(net.now) == [] and b.endpoint.refusals.total() == 1


def test_rport_and_received_are_filled_in_and_the_answer_goes_to_the_source():
    net, _, b = pair()
    data = invite(Via="SIP/2.0/UDP 192.168.1.7:5062;rport;branch=z9hG4bKnat")
    b.endpoint.receive(data, Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 49_999)), net.now)
    ((wire, flow),) = b.endpoint.to_send(net.now)
    assert b"Via: SIP/2.0/UDP 192.168.1.7:5062;rport=49999;branch=z9hG4bKnat;received=10.0.0.1\r\n" in wire
    assert flow.remote == HostPort("10.0.0.1", 49_999)


def test_without_rport_the_answer_goes_to_the_port_of_the_via():
    net, _, b = pair()
    data = invite(Via="SIP/2.0/UDP pbx.example:5062;branch=z9hG4bKold")
    b.endpoint.receive(data, Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 49_999)), net.now)
    ((wire, flow),) = b.endpoint.to_send(net.now)
    assert b";received=10.0.0.1\r\n" in wire and flow.remote == HostPort("10.0.0.1", 5062)


def test_second_path_of_one_request_is_a_loop():
    net, _, b = pair()
    b.endpoint.receive(invite(), FLOW, net.now)
    b.endpoint.receive(invite(Via="SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKother"), FLOW, net.now)
    assert [wire[8:11] for wire, _ in b.endpoint.to_send(net.now)] == [b"100", b"482"]
    assert b.endpoint.load["calls"] == 1


# -- second opinion


HOSTS = st.sampled_from(["pbx.example", "10.0.0.1", "[2001:db8::1]", "a-b.example.cz"])
USERS = st.text(st.sampled_from("abcXYZ0189+-_.!~*'()&=$,;?/ @:%ž"), min_size=1, max_size=12)


@given(user=USERS, host=HOSTS, port=st.none() | st.integers(1, 65535), name=st.text(max_size=20))
def test_what_we_write_reads_the_same_here_and_in_sipmessage(user, host, port, name):
    from sip_bridge.sip.address import sip_uri

    text = f"{quote_string(name)} <{sip_uri(user, host, port)}>;tag=abc"
    ours, theirs = NameAddr.parse(text), sipmessage.Address.parse(text)
    assert (
        (ours.uri.user, ours.uri.host, ours.uri.port)
        == (theirs.uri.user, theirs.uri.host, theirs.uri.port)
        == (user, host, port)
    )
    assert ours.tag == theirs.parameters["tag"] == "abc"
    assert ours.name == "".join(c for c in name if c >= " " and c != "\x7f")


def test_every_message_of_a_call_is_read_the_same_by_sipmessage():
    net, a, b = pair(session_expires=1800)
    out, _ = call_up(net, a, b)
    a.endpoint.reinvite(out, ANSWER, net.now)
    net.run(40)
    a.endpoint.bye(out, net.now)
    net.run(40)
    assert len(net.sent) > 8
    for _, wire in net.sent:
        ours, theirs = parse_message(wire, LIMITS), sipmessage.Message.parse(wire)
        assert ours.body == theirs.body and ours.call_id == theirs.call_id
        assert ours.cseq == (theirs.cseq.sequence, theirs.cseq.method)
        assert ours.from_tag == theirs.from_address.parameters["tag"]
        assert ours.via.branch == theirs.via[0].parameters["branch"]
        assert len(theirs.body) == theirs.content_length


@given(st.binary(max_size=300))
def test_parsers_fail_only_as_promised(data):
    for text in (data.decode("latin-1"), data.decode("utf-8", "replace")):
        for parse in (Uri.parse, NameAddr.parse, Via.parse):
            try:
                parse(text)
            except ValueError:
                pass
    try:
        parse_message(data, LIMITS)
    except PeerError:
        pass


@given(st.text(st.characters(min_codepoint=32, blacklist_characters="\x7f"), max_size=40))
def test_quoting_round_trips(text):
    assert unquote_string(quote_string(text)) == text
    assert split_outside_quotes(quote_string(text) + ",b", ",") == [quote_string(text), "b"]


def test_line_breaks_cannot_be_smuggled_into_a_header():
    assert "\r" not in quote_string("a\r\nX: y") and "\n" not in quote_string("a\r\nX: y")


# -- streams


def test_stream_is_cut_by_content_length_whatever_the_pieces():
    wire = invite(body=OFFER, Content_Type="application/sdp") + b"\r\n\r\n" + invite() + b"\r\n" + invite(body=ANSWER)
    for size in (1, 2, 3, 7, 64, 10_000):
        framer = StreamFramer()
        found = [m for i in range(0, len(wire), size) for m in framer.feed(wire[i : i + size])]
        assert [sdp_of(parse_message(m, LIMITS)) for m in found] == [OFFER, None, ANSWER]
        assert framer.pings == 1


@pytest.mark.parametrize(
    "data",
    [b"INVITE sip:x SIP/2.0\r\nVia: x\r\n\r\n", b"A" * 40_000, invite().replace(b"Content-Length: 0", b"Content-Length: 99999999"),
     invite(l="5")],
)  # fmt: skip
def test_stream_that_cannot_be_cut_is_given_up(data):
    with pytest.raises(PeerError):
        StreamFramer().feed(data)


def test_headers_by_any_name_form_and_order():
    headers = Headers([("Via", "a"), ("via", "b, c"), ("X-Y", '"q,r", s')])
    assert headers.items("via") == ["a", "b", "c"] and headers.items("x-y") == ['"q,r"', "s"]
    assert Request("OPTIONS", "sip:x", headers).encode().startswith(b"OPTIONS sip:x SIP/2.0\r\nVia: a\r\nVia: b, c\r\n")
    assert Response(200, "OK").encode() == b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_nothing_is_left_after_torture():
    net, _a, b = pair()
    for data in [*TORTUROUS_BUT_VALID.values(), *(data for data, _ in REFUSED.values())]:
        b.endpoint.receive(data, FLOW, net.now)
    for leg in list(b.endpoint.legs):
        b.endpoint.hang_up(leg, net.now)
    net.run(200)
    assert empty(b), b.endpoint.load

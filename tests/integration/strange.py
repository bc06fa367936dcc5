"""strange.py - flows that are legal, or nearly, and that no test of ordinary calls meets: what far.Far does with an INVITE, one function each.

Every choice is the call's own (`call.random`): the same seed and number give the same flow, whatever comes first.
"""
import struct
from far import rtp

FLOWS = {}


def flow(function):
    FLOWS[function.__name__] = function
    return function


def talk_and_end(call, seconds, make=None):
    call.talk(seconds, make)
    call.later(seconds, call.bye)


# --- before the answer

@flow
def late_200(call):
    """The 200 crosses the CANCEL: after the 487, before it, or long after."""
    call.waits = True
    call.respond("180 Ringing", extra=call.contact)
    order = call.random.randrange(3)

    def cancelled(message):
        call.far.send(message.reply("200 OK", call.tag), message.address)
        if order == 0:
            call.respond("487 Request Terminated")
            call.respond("200 OK", "other", call.contact, call.sdp())
        elif order == 1:
            call.respond("200 OK", None, call.contact, call.sdp())
            call.respond("487 Request Terminated")
        else:
            call.tag = "late"
            call.later(1.5, lambda: call.respond("200 OK", None, call.contact, call.sdp()))
        call.later(8, call.bye)
    call.on_cancel = cancelled


@flow
def cancel_mute(call):
    """Rings, and says nothing to a CANCEL."""
    call.waits = True
    call.respond("180 Ringing", extra=call.contact)
    call.on_cancel = lambda message: None


@flow
def two_200(call):
    """Thirty forks ring, two answer, one of them twice, and a third without a tag."""
    call.respond("180 Ringing", "a", call.contact)
    call.respond("183 Progress", "b", call.contact, call.sdp())
    for i in range(30):
        call.respond("180 Ringing", "f%d" % i, call.contact)
    call.tag = "a"

    def answer():
        for tag in ("a", "b", "a", ""):
            call.respond("200 OK", tag, call.contact, call.sdp())
        talk_and_end(call, 1)
        call.later(1.1, lambda: call.bye("b"))
    call.later(0.3, answer)


@flow
def tags_change(call):
    """Forks speak early, and another one answers."""
    call.respond("180 Ringing", "a", call.contact)
    call.respond("183 Progress", "b", call.contact, call.sdp())
    call.respond("183 Progress", "c", call.contact, call.sdp(port=1))
    call.respond("180 Ringing", "a")
    call.tag = "d"
    call.answer(0.4, ring=False)
    talk_and_end(call, 2)


@flow
def bye_early(call):
    """BYE, UPDATE, INVITE, PRACK and INFO in a dialog that is not up."""
    call.respond("180 Ringing", extra=call.contact)
    call.request("BYE")
    call.request("UPDATE", body=call.sdp())
    call.request("INVITE", body=call.sdp())
    call.request("PRACK", "RAck: 1 1 INVITE\r\n")
    call.request("INFO")
    call.later(0.3, lambda: call.respond("486 Busy Here"))


@flow
def prack_mess(call):
    """Reliable provisionals twice, out of order and out of range; PRACKs refused, challenged, or lost."""
    for number in (1, 1, 2, 5, 4294967295, 0, 3, 2147483648):
        call.respond("183 Progress", None, call.contact + "Require: 100rel\r\nRSeq: %d\r\n" % number, call.sdp() if number % 2 else "")
    call.respond("180 Ringing", "zz", call.contact + "Require: 100rel\r\nRSeq: 99999999999999\r\n")
    call.respond("180 Ringing", "zz", "Require: 100rel\r\nRSeq: 1\r\n")

    def prack(message):
        if call.random.random() < 0.7:
            status = call.random.choice(["200 OK", "481 Unknown", "500 Error", "401 Unauthorized"])
            call.far.send(message.reply(status, "", 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n'), message.address)
    call.on_prack = prack
    call.answer(0.5, ring=False)
    call.later(2, call.bye)


@flow
def update_early(call):
    """UPDATEs with good, declined, bad and no descriptions before a 200 with or without one."""
    call.respond("183 Progress", None, call.contact + "Require: 100rel\r\nRSeq: 1\r\n", call.sdp())
    for i in range(5):
        call.later(0.1 + i * 0.02, lambda i=i: call.request("UPDATE", body=call.random.choice(
            ["", call.sdp(version=i + 2), call.sdp(port=0, version=i + 2), "zz"])))
    call.later(0.6, lambda: call.respond("200 OK", None, call.contact, call.random.choice(["", call.sdp(version=9)])))
    talk_and_end(call, 2)


# --- refusals

@flow
def auth_loop(call):
    """A challenge to whatever is answered to the last one."""
    if call.again > 20:
        call.respond("403 Forbidden")
        return
    code = call.random.choice(["401", "407"])
    call.respond(code + " Prove It", "a%d" % call.again, '%s-Authenticate: Digest realm="r%d", nonce="%s", algorithm=%s, qop="auth,auth-int"%s\r\n' % (
        call.random.choice(["WWW", "Proxy"]), call.random.randrange(3), "n" * call.random.choice([1, 20, 400, 3000]),
        call.random.choice(["MD5", "SHA-256", "md5-sess", "SHA-512-256", "x"]), call.random.choice(["", ", stale=true", ', opaque="%s"' % ("o" * 2000)])))


@flow
def min_se(call):
    """422 with a greater interval, each time."""
    if call.again > 30:
        call.respond("486 Busy Here")
    else:
        call.respond("422 Too Small", "s%d" % call.again, "Min-SE: %d\r\n" % call.random.choice([91 + call.again * 10, 4294967295, 0, 100000]))


@flow
def codes(call):
    """Provisionals that nobody sends, then a final that hardly anybody does, with Contacts that point to the engine."""
    for code in ("101 x", "181 f", "182 q", "199 e", "189 z", "183 p"):
        call.respond(code, call.random.choice(["", "a", "b"]), call.contact)
    final = call.random.choice([300, 301, 302, 305, 380, 400, 402, 413, 420, 483, 485, 488, 494, 500, 504, 555, 600, 603, 604, 606, 607, 608, 699, 700, 999])
    contacts = "".join("Contact: <sip:%d@127.0.0.1:%d>;q=0.%d\r\n" % (i, call.invite.address[1], i) for i in range(9))
    call.later(0.3, lambda: call.respond("%d X" % final, extra=contacts))


@flow
def retry_after(call):
    """Come back: now, a moment ago, in 136 years."""
    code = call.random.choice(["503 Unavailable", "503 Unavailable", "480 Unavailable", "500 Error"])
    call.respond(code, extra="Retry-After: %s\r\n" % call.random.choice(
        ["1", "0", "-5", "4294967296", "99999999999999999999", "abc", "3;duration=99999999999", "1 (%s)" % ("c" * 2000)]))


# --- an ordinary answer, at an odd time or in odd words

@flow
def plain(call):
    call.respond("100 Trying", "")
    call.answer()
    call.on_ack = lambda: talk_and_end(call, 2)


@flow
def bye_crosses(call):
    """BYE beside the 200, and again."""
    call.respond("180 Ringing", extra=call.contact)

    def answer():
        for _ in range(2):
            call.respond("200 OK", None, call.contact, call.sdp())
            call.bye()
    call.later(0.1, answer)


@flow
def resend_200(call):
    """The 200 ten times more, however often it is acknowledged."""
    call.answer()
    for i in range(10):
        call.later(0.25 + 0.1 * i, lambda: call.respond("200 OK", None, call.contact, call.sdp()))
    call.later(2.5, call.bye)


@flow
def wrong_answers(call):
    """200s whose CSeq, Call-ID, From or Via is another's; then a right one."""
    invite = call.invite
    call.respond("180 Ringing", None, call.contact)
    for name, value in (("cseq", "77 INVITE"), ("cseq", invite.get("cseq").replace("INVITE", "BYE")), ("call-id", "no@where"), ("from", "<sip:x@y>;tag=1"),
                        ("cseq", "999999999999 INVITE"), ("via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone")):
        call.far.send(invite.changed(name, value).reply("200 OK", "q", call.contact, call.sdp()), invite.address)
    call.answer(ring=False)
    call.later(1.5, call.bye)


@flow
def route_loop(call):
    """Routes and Contacts that lead to the engine itself, to nowhere, or are none."""
    engine = "127.0.0.1:%d" % call.invite.address[1]
    routes = call.random.choice([
        "Record-Route: <sip:%s;lr>\r\n" % engine * 30, "Record-Route: <sip:%s>\r\n" % engine,
        "Record-Route: <sip:[::1]:5060;lr>, <sip:nowhere.invalid;lr>, <tel:123>\r\n",
        "Record-Route: <sip:%s@127.0.0.1:%d;lr;x=%s>\r\n" % ("a" * 300, call.far.port, "y" * 300) * 12])
    contact = call.random.choice([call.contact] + ["Contact: %s\r\n" % uri for uri in (
        "<sip:x@%s>" % engine, "*", "<tel:+1>", "<sip:%s@127.0.0.1>" % ("z" * 3000), "<sips:x@127.0.0.1:1>", "<sip:x@127.0.0.1:99999>")] + [""])
    call.astray = True
    call.respond("180 Ringing", None, routes + contact)
    call.later(0.2, lambda: call.respond("200 OK", None, routes + contact, call.sdp()))
    talk_and_end(call, 2)


@flow
def huge(call):
    """Phrases, tags, descriptions, headers and names of any length; then an answer or a long refusal."""
    tag = "t" * 5000
    kind = call.random.randrange(6)
    if kind == 0:
        call.respond("180 " + "R" * 20000, extra=call.contact)
    elif kind == 1:
        call.tag = tag
        call.respond("180 R", None, call.contact)
    elif kind == 2:
        call.respond("183 P", None, call.contact, call.sdp(extra="a=x:%s\r\n" % ("y" * 50000)))
    elif kind == 3:
        call.respond("180 R", None, call.contact + "".join("X-%d: %s\r\n" % (i, "z" * 50) for i in range(900)))
    elif kind == 4:
        call.respond("180 R", None, call.contact + "Reason: %s\r\n" % ("Q.850;cause=16;text=\"%s\"," % ("\u00e9" * 500) * 20))
    else:
        call.respond("180 R", None, call.contact + "P-Asserted-Identity: \"%s\" <sip:%s@x>\r\nDiversion: <sip:%s@y>;reason=%s\r\n" % (
            "n" * 2000, "1" * 2000, "2" * 2000, "r" * 2000))
    if call.random.random() < 0.5:
        call.answer(ring=False)
        call.later(2, call.bye)
        return
    call.later(0.2, lambda: call.respond("603 " + "D" * 3000, extra="Reason: SIP;cause=603;text=\"v=analytics1;url=https://x%s\";location=LN\r\n"
                                         "Call-Info: <http://%s>;purpose=jcard\r\n" % ("u" * 2000, "h" * 2000)))


# --- in the call

@flow
def glare(call):
    """re-INVITEs and UPDATEs without waiting for an answer; theirs get 491."""
    call.answer()
    call.on_change = lambda message: call.far.send(message.reply("491 Pending", "", "Retry-After: 0\r\n"), message.address)

    def acked():
        for i in range(4):
            call.request("INVITE", body=call.sdp(version=2 + i))
            call.request("UPDATE", body=call.sdp(version=3 + i))
        call.request("UPDATE")
        talk_and_end(call, 2)
    call.on_ack = acked


@flow
def methods(call):
    """Every method, known or not, with odd headers; other dialogs' tags, old numbers, bodies that are none."""
    call.answer()

    def acked():
        for method in ("INFO", "REFER", "OPTIONS", "NOTIFY", "MESSAGE", "SUBSCRIBE", "PUBLISH", "FOO", "REGISTER", "PRACK", "ACK", "CANCEL", "invite"):
            for _ in range(5):
                extra = call.random.choice(["", "Refer-To: <sip:y@z>\r\n", "Require: foo\r\n", "RAck: 9 9 INVITE\r\n", "Event: refer\r\n", "Replaces: 1;to-tag=2;from-tag=3\r\n"])
                call.request(method, extra, call.random.choice(["", "Signal=9\r\nDuration=100\r\n"]), kind="application/dtmf-relay")
        call.request("INVITE", tag="unknown", body=call.sdp())
        call.request("BYE", tag="unknown")
        call.request("INVITE", cseq=1, body=call.sdp())
        call.request("BYE", cseq=1)
        call.request("INVITE", "Require: 100rel, timer, foo\r\n", call.sdp())
        call.request("INVITE", body="garbage")
        call.request("INVITE", body="x" * 3000, kind="multipart/mixed;boundary=q")
        talk_and_end(call, 1)
    call.on_ack = acked


@flow
def rekey(call):
    """Six changes in a row: keys, holds, codecs, sections, addresses, nothing."""
    call.answer()
    keys = ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n" % ("A" * 40), "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s|2^20|1:4\r\n" % ("B" * 40),
            "a=crypto:x y z\r\n", "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:AAAA\r\n" * 40]

    def change(version):
        call.request(call.random.choice(["INVITE", "UPDATE"]), body=call.random.choice([
            call.sdp(profile="RTP/SAVP", extra=call.random.choice(keys), version=version), call.sdp(ip="0.0.0.0", version=version),
            call.sdp(port=0, version=version), call.sdp(extra="a=sendonly\r\n", version=version), call.sdp(types="0", version=version),
            call.sdp(types="18 3", version=version), call.sdp(extra="m=video 5000 RTP/AVP 96\r\nm=audio 5002 RTP/AVP 8\r\n", version=version),
            call.sdp(extra="a=ptime:0\r\na=ptime:99999999999\r\na=rtcp-mux\r\na=rtcp:99999\r\n", version=version),
            call.sdp(ip="224.0.0.1", version=version), "", "v=0\r\n"]))

    def acked():
        for i in range(6):
            call.later(0.3 * i, lambda i=i: change(i + 2))
        talk_and_end(call, 2.5)
    call.on_ack = acked


@flow
def no_sdp_reinvite(call):
    """A re-INVITE without a description, whose ACK brings any, or none, or does not come."""
    call.answer()

    def acked():
        call.request("INVITE")
        call.talk(1)
        call.later(2, call.bye)

    def replied(reply):
        if reply.code[0] == "2" and call.random.random() < 0.8:
            call.acknowledge(reply, call.random.choice(["", "v=0\r\n", call.sdp(port=0), call.sdp(), "x" * 2000]))
    call.on_ack, call.on_reply = acked, replied


@flow
def session(call):
    """Session intervals of a second, of 136 years, of no number; refreshes are refused or lost."""
    call.answer(extra="Session-Expires: %s\r\nRequire: timer\r\nAllow: INVITE, UPDATE, BYE, ACK\r\n" % call.random.choice(
        ["1;refresher=uac", "0", "90;refresher=uac", "4294967295;refresher=uas", "2;refresher=uas", "abc", "1;refresher=zzz"]))

    def refresh(message):
        if call.random.random() < 0.8:
            status = call.random.choice(["422 Too Small", "481 Unknown", "408 Timeout", "500 Error", "200 OK", "401 Unauthorized", "491 Pending"])
            extra = "Min-SE: %d\r\nSession-Expires: 1;refresher=uac\r\n" % call.random.choice([100, 5000, 4294967295])
            call.far.send(message.reply(status, "", extra), message.address)
    call.on_change = refresh
    call.talk(4)
    call.later(6, call.bye)


@flow
def flood(call):
    """150 requests of dialogs that are not there, and 50 datagrams of anything, at once."""
    call.answer()

    def acked():
        for i in range(150):
            call.request("OPTIONS", cseq=1000 + i, tag="f%d" % i)
        for _ in range(50):
            call.far.send(call.random.choice([b"\r\n\r\n", b"\x00" * 500, b"GET / HTTP/1.1\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n\r\n",
                                              call.random.randbytes(300)]), call.invite.address)
        talk_and_end(call, 1)
    call.on_ack = acked


@flow
def bye_401(call):
    """Nine BYEs in ten are challenged."""
    call.waits = True
    call.answer()
    call.talk(1)

    def bye(message):
        if call.random.random() < 0.9:
            challenge = 'WWW-Authenticate: Digest realm="r", nonce="%d", qop="auth"\r\n' % call.random.getrandbits(60)
            call.far.send(message.reply("401 Prove It", "", challenge), message.address)
        else:
            call.far.send(message.reply("200 OK"), message.address)
    call.on_bye = bye


@flow
def bye_mute(call):
    """Says nothing to a BYE."""
    call.waits = True
    call.answer()
    call.talk(1)
    call.on_bye = lambda message: None


# --- audio

def forgotten(call, state):
    """A packet number of nowhere; the count goes on."""
    return rtp(dict(state, i=call.random.getrandbits(16)))


def leap(call, state):
    state["time"] = call.random.getrandbits(32)
    return rtp(state)


SOUNDS = {
    "another source each time": lambda call, state: rtp(state, ssrc=call.random.getrandbits(32)),
    "another time each time": leap,
    "another number each time": forgotten,
    "another codec each time": lambda call, state: rtp(state, kind=[8, 0, 13, 101, 18, 96, 72, 73][state["i"] % 8]),
    "nothing, half a header, no audio": lambda call, state: [b"", b"\x80", rtp(state, payload=b"")],
    "comfort noise": lambda call, state: rtp(state, kind=13, payload=call.random.choice([b"", b"\x20", b"\x7f" * 30])),
    "a key without an end": lambda call, state: rtp(state, kind=101, payload=struct.pack("!BBH", state["i"] % 17, 10, state["i"] * 160 & 0xffff)),
    "headers of anything": lambda call, state: rtp(state, first=call.random.choice([0x90, 0xa0, 0x8f, 0xbf, 0x00, 0x40, 0xff]),
                                                   payload=call.random.randbytes(call.random.randrange(200))),
    "RTCP BYE, and it goes on": lambda call, state: [rtp(state), struct.pack("!BBHI", 0x81, 203, 1, state["ssrc"])],
    "RTCP of anything": lambda call, state: [rtp(state), struct.pack("!BBH", 0x80 | call.random.randrange(32), 200 + call.random.randrange(8),
                                             call.random.choice([0, 1, 6, 65535])) + call.random.randbytes(call.random.randrange(80))],
    "lengths of anything": lambda call, state: rtp(state, payload=b"\xd5" * call.random.choice([1, 79, 80, 161, 320, 1200, 8000])),
    "five times each": lambda call, state: [rtp(state)] * 5,
    "STUN": lambda call, state: struct.pack("!HHI", 1, call.random.choice([0, 8, 65535]), 0x2112A442) + call.random.randbytes(12 + call.random.randrange(20)),
    "anything": lambda call, state: call.random.randbytes(call.random.randrange(1, 1500)),
}


@flow
def rtp_strange(call):
    call.answer()
    sound = SOUNDS[call.random.choice(sorted(SOUNDS))]
    call.on_ack = lambda: talk_and_end(call, 3, lambda state: sound(call, state))

"""far.py - a carrier of our own for flows that no decent one sends: plain SIP and RTP by hand, one thread, every choice seeded by the called number.

`Far` hands each INVITE to a flow (strange.py), answers what the flow does not, and keeps, call by call, what a witness needs: what it answered first, which
of its 2xx were acknowledged, by whom each dialog was ended. It forgets nothing and is as long-lived as the test.
"""
import heapq
import random
import re
import selectors
import struct
import threading
import time
from kit import udp

T1_SECONDS = 0.5
BYES_MAX = 60
ROOM_BYTES = 1 << 22


class Message:
    def __init__(self, text, address):
        head, _, self.body = text.partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.address = address
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        words = self.first.split(" ")
        self.method, self.code = (None, words[1]) if words[0] == "SIP/2.0" else (words[0], None)
        self.about = self.get("cseq").split(" ")[-1]  # for a response: the request's method

    def get(self, name):
        return next((value for header, value in self.headers if header == name), "")

    def all(self, name):
        return [value for header, value in self.headers if header == name]

    def tag(self, header):
        found = re.search(r";tag=([^;\s]+)", self.get(header))
        return found.group(1) if found else ""

    def branch(self):
        found = re.search(r";branch=([^;,\s]+)", self.get("via"))
        return found.group(1) if found else ""

    def changed(self, name, value):
        """The same message with one header changed, to be answered wrongly."""
        other = Message(self.first + "\r\n\r\n" + self.body, self.address)
        other.headers = [(header, value if header == name else was) for header, was in self.headers]
        return other

    def reply(self, status, tag="", extra="", body=""):
        to = self.get("to") + (";tag=" + tag if tag and not self.tag("to") else "")
        head = "".join("Via: %s\r\n" % via for via in self.all("via"))
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return ("SIP/2.0 %s\r\n%sFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%s%sContent-Length: %d\r\n\r\n%s"
                % (status, head, self.get("from"), to, self.get("call-id"), self.get("cseq"), extra, kind, len(body), body))


class Call:
    """One Call-ID. A flow sets the on_ hooks; without one, the far end answers as a carrier does."""

    def __init__(self, far, invite):
        self.far, self.invite, self.again = far, invite, 0
        self.number = re.search(r"sip:([^@;>]*)", invite.first).group(1)
        self.name = far.name_of(self.number)
        self.random = random.Random("%s %s" % (far.seed, self.number))
        self.tag, self.cseq = "t%d" % len(far.calls), 100
        self.talks_to = 0
        self.on_ack = self.on_cancel = self.on_bye = self.on_prack = self.on_change = self.on_reply = None
        self.quiet = False   # the flow says nothing more, and hears no audio
        self.waits = False   # the flow's next step is after a CANCEL or a BYE of the engine's
        self.astray = False  # the flow has named another place than this one: what the engine sends in the dialog does not come here
        self.first_final = ""
        self.cancelled = False
        self.said_yes, self.acked, self.closed = set(), set(), set()  # tags
        self.byes = {}  # CSeq of ours -> tag

    # --- what the witness says

    def left(self):
        """Tags of dialogs that are up and were ended by nobody."""
        return set() if self.astray else self.acked - self.closed

    def unanswered(self):
        return not self.first_final and not self.cancelled

    def busy(self):
        return not self.waits and bool(self.left() or not self.first_final)

    # --- what a flow does

    @property
    def contact(self):
        return "Contact: <sip:x@127.0.0.1:%d>\r\n" % self.far.port

    def sdp(self, port=None, extra="", types="8 0 101", profile="RTP/AVP", ip="127.0.0.1", version=1):
        return ("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d %s %s\r\na=rtpmap:101 telephone-event/8000\r\n%s"
                % (version, ip, self.far.rtp_port if port is None else port, profile, types, extra))

    def later(self, seconds, step):
        self.far.later(seconds, step)

    def respond(self, status, tag=None, extra="", body=""):
        """To the INVITE."""
        tag = self.tag if tag is None else tag
        if status[0] != "1" and not self.first_final:
            self.first_final = status[0]
        if status[0] == "2" and tag:
            self.said_yes.add(tag)
        self.far.send(self.invite.reply(status, tag, extra, body), self.invite.address)

    def answer(self, seconds=0.2, ring=True, extra="", **sdp):
        if ring:
            self.respond("180 Ringing", extra=self.contact)
        self.later(seconds, lambda: self.respond("200 OK", extra=self.contact + extra, body=self.sdp(**sdp)))

    def request(self, method, extra="", body="", tag=None, cseq=None, kind="application/sdp"):
        """In the dialog; the text, to be sent again."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        target = re.search(r"<?(sip:[^>;]+)", self.invite.get("contact")).group(1)
        text = ("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%x\r\nMax-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
                "%s%s%sContent-Length: %d\r\n\r\n%s"
                % (method, target, self.far.port, self.far.random.getrandbits(60), self.invite.get("to"), tag or self.tag, self.invite.get("from"),
                   self.invite.get("call-id"), cseq, method, self.contact, extra, "Content-Type: %s\r\n" % kind if body else "", len(body), body))
        self.far.send(text, self.invite.address)
        return text

    def bye(self, tag=None):
        """Sent again until it is answered, as every BYE."""
        self.quiet = True
        text = self.request("BYE", tag=tag)
        cseq, count = self.cseq, [0]
        self.byes[cseq] = tag or self.tag

        def again():
            count[0] += 1
            if cseq in self.byes and count[0] < BYES_MAX:
                self.far.send(text, self.invite.address)
                self.later(T1_SECONDS, again)
        self.later(T1_SECONDS, again)

    def talk(self, seconds, make=None):
        """Audio at its pace: 50 packets a second, or what `make` makes of a packet's state."""
        state = {"i": 0, "ssrc": self.random.getrandbits(32), "time": self.random.getrandbits(32)}

        def step():
            if self.quiet or state["i"] > seconds * 50:
                return
            state["i"] += 1
            state["time"] = (state["time"] + 160) & 0xffffffff
            packets = (make or rtp)(state)
            for packet in packets if isinstance(packets, list) else [packets]:
                self.far.speak(packet, self.talks_to)
            self.later(0.02, step)
        step()

    def acknowledge(self, reply, body=""):
        self.request("ACK", cseq=int(reply.get("cseq").split()[0]), body=body)

    # --- what comes

    def heard(self, message):
        port = re.search(r"m=audio (\d+)", message.body)
        self.talks_to = int(port.group(1)) if port else self.talks_to
        if message.method:
            getattr(self, "heard_" + message.method.lower(), self.heard_other)(message)
        elif message.code[0] != "1":
            self.heard_final(message)

    def heard_final(self, reply):
        if reply.about == "BYE":
            tag = self.byes.pop(int(reply.get("cseq").split()[0]), None)
            if tag and (reply.code[0] == "2" or reply.code == "481"):
                self.closed.add(tag)
        elif reply.about == "INVITE":
            (self.on_reply or self.acknowledge)(reply)

    def heard_ack(self, message):
        """That of a 2xx is a transaction of its own; that of a refusal has the INVITE's branch, and may have the tag of an earlier 2xx that was not understood."""
        if message.branch() == self.invite.branch():
            return
        tag = message.tag("to")
        fresh = tag in self.said_yes and not self.acked
        self.acked |= {tag} & self.said_yes
        if fresh and self.on_ack:
            self.on_ack()

    def heard_bye(self, message):
        self.quiet = True
        self.closed.add(message.tag("to"))
        if not self.on_bye or self.far.kind:
            self.far.send(message.reply("200 OK"), message.address)
        else:
            self.on_bye(message)

    def heard_cancel(self, message):
        self.cancelled = True
        if not self.on_cancel or self.far.kind and self.name != "late_200":
            self.far.send(message.reply("200 OK", self.tag), message.address)
            self.respond("487 Request Terminated")
        else:
            self.on_cancel(message)

    def heard_prack(self, message):
        self.on_prack(message) if self.on_prack else self.far.send(message.reply("200 OK"), message.address)

    def heard_invite(self, message):
        """A re-INVITE, or an UPDATE."""
        if self.on_change:
            self.on_change(message)
        else:
            self.far.send(message.reply("200 OK", "", self.contact, self.sdp(version=9) if message.body else ""), message.address)

    heard_update = heard_invite

    def heard_other(self, message):
        self.far.send(message.reply("501 Not Implemented"), message.address)


class Far(threading.Thread):
    """At 127.0.0.1:port. `flows`: name -> what to do with an INVITE; name_of(number) says which. `kind`: every BYE and CANCEL is answered from now on."""

    def __init__(self, seed, flows, name_of):
        super().__init__(daemon=True)
        self.seed, self.flows, self.name_of = seed, flows, name_of
        self.random = random.Random(seed)
        self.sip, self.rtp = udp(ROOM_BYTES), udp(ROOM_BYTES)
        self.port, self.rtp_port = self.sip.getsockname()[1], self.rtp.getsockname()[1]
        self.calls, self.seen, self.troubles = {}, {}, []
        self.due, self.serial = [], 0
        self.kind = self.ended = False
        self.start()

    def all(self):
        return list(self.calls.values())

    def later(self, seconds, step):
        self.serial += 1
        heapq.heappush(self.due, (time.monotonic() + seconds, self.serial, step))

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.sip, selectors.EVENT_READ)
        while not self.ended:
            wait = self.due[0][0] - time.monotonic() if self.due else 0.05
            if selector.select(min(max(wait, 0), 0.05)):
                self.guard(self.receive)
            while self.due and self.due[0][0] <= time.monotonic():
                self.guard(heapq.heappop(self.due)[2])

    def guard(self, step):
        """A mistake of ours is a failure of the test, and not the end of the far end."""
        try:
            step()
        except Exception as error:  # pylint: disable=broad-except
            self.troubles.append(repr(error))

    def receive(self):
        for _ in range(50):
            try:
                data, address = self.sip.recvfrom(65535)
            except OSError:
                return  # nothing more, or a port that was closed
            self.guard(lambda data=data, address=address: self.message(Message(data.decode("utf-8", "replace"), address)))

    def message(self, message):
        self.seen[message.method or message.code] = self.seen.get(message.method or message.code, 0) + 1
        call = self.calls.get(message.get("call-id"))
        if message.method in ("OPTIONS", "REGISTER"):
            self.send(message.reply("200 OK"), message.address)
        elif message.method == "INVITE" and not message.tag("to"):
            self.invited(call, message)
        elif call:
            call.heard(message)
        elif message.method and message.method != "ACK":
            self.send(message.reply("481 No Such Call"), message.address)

    def invited(self, call, message):
        """A new call, or the same one with credentials or another session interval; what is only sent again is not answered again."""
        if not call:
            call = self.calls[message.get("call-id")] = Call(self, message)
        elif message.get("cseq") == call.invite.get("cseq"):
            return
        else:
            call.invite, call.first_final = message, ""
            call.again += 1
        port = re.search(r"m=audio (\d+)", message.body)
        call.talks_to = int(port.group(1)) if port else 0
        self.flows[call.name](call)

    def send(self, data, address):
        try:
            self.sip.sendto(data.encode() if isinstance(data, str) else data, address)
        except OSError:
            pass  # larger than a datagram, or a full queue: as on a network

    def speak(self, data, port):
        try:
            if port:
                self.rtp.sendto(data, ("127.0.0.1", port))
        except OSError:
            pass

    def close(self):
        self.ended = True
        self.join(5)


def rtp(state, kind=8, payload=b"\xd5" * 160, first=0x80, ssrc=None):
    return struct.pack("!BBHII", first, kind, state["i"] & 0xffff, state["time"], state["ssrc"] if ssrc is None else ssrc) + payload

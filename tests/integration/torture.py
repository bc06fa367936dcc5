"""torture.py - RFC 4475's 49 messages: where they are, how the RFC's notation is expanded, what each should be answered.

The files in tests/torture/ are in the RFC's notation: <allOneLine>, <hex>, <repeat count=N>; lines end with CRLF on the wire.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "torture")
IGNORED = None

# Section of the RFC, name, what an endpoint like ours may do with it (codes, or IGNORED), why.
EXPECTED = [
    ("3.1.1.1", "wsinv", (481,), "well-formed; its To has a tag: it names a dialog that is not there"),
    ("3.1.1.2", "intmeth", (501, IGNORED), "well-formed, unknown method: 501; the library's parser stops at + and ` in a method"),
    ("3.1.1.3", "esc01", (401,), "well-formed INVITE: challenged"),
    ("3.1.1.4", "escnull", (405,), "well-formed; we are no registrar"),
    ("3.1.1.5", "esc02", (501,), "the method is not REGISTER: it must not be unescaped"),
    ("3.1.1.6", "lwsdisp", (200,), "well-formed"),
    ("3.1.1.7", "longreq", (401,), "well-formed INVITE: challenged"),
    ("3.1.1.8", "dblreq", (405,), "the first request is answered, the rest of the datagram ignored"),
    ("3.1.1.9", "semiuri", (200,), "well-formed"),
    ("3.1.1.10", "transports", (200,), "well-formed"),
    ("3.1.1.11", "mpart01", (405,), "well-formed; MESSAGE is not taken"),
    ("3.1.1.12", "unreason", (IGNORED,), "a response to nothing that we sent"),
    ("3.1.1.13", "noreason", (IGNORED,), "a response to nothing that we sent"),
    ("3.1.2.1", "badinv01", (400, IGNORED), "malformed: 400, or dropped"),
    ("3.1.2.2", "clerr", (400, IGNORED), "the body is cut off: 400, or dropped"),
    ("3.1.2.3", "ncl", (400, IGNORED), "negative length: 400"),
    ("3.1.2.4", "scalar02", (400, 405, IGNORED), "numbers out of range: 400; refused in any case"),
    ("3.1.2.5", "scalarlg", (IGNORED,), "numbers out of range in a response: dropped"),
    ("3.1.2.6", "quotbal", (400, IGNORED), "open quote: 400"),
    ("3.1.2.7", "ltgtruri", (400, IGNORED), "URI in brackets: 400"),
    ("3.1.2.8", "lwsruri", (400, 481, IGNORED), "space in the URI: 400; it names a dialog that is not there"),
    ("3.1.2.9", "lwsstart", (400, 401, IGNORED), "spaces in the first line: 400, or read leniently"),
    ("3.1.2.10", "trws", (400, 200, IGNORED), "spaces after the version: 400, or read leniently"),
    ("3.1.2.11", "escruri", (400, 401, IGNORED), "headers in the URI: 400, or read without them"),
    ("3.1.2.12", "baddate", (400, 401), "a Date that is not GMT: may be ignored"),
    ("3.1.2.13", "regbadct", (400, 405), "URI with headers and no brackets: 400; refused in any case"),
    ("3.1.2.14", "badaspec", (400, 200), "spaces in brackets: 400, or read leniently"),
    ("3.1.2.15", "baddn", (400, 200), "display name without quotes: 400, or read leniently"),
    ("3.1.2.16", "badvers", (505, IGNORED), "SIP/7.0: 505"),
    ("3.1.2.17", "mismatch01", (400, IGNORED), "the methods of first line and CSeq differ: 400"),
    ("3.1.2.18", "mismatch02", (400, 501, IGNORED), "the same with an unknown method: 400 or 501"),
    ("3.1.2.19", "bigcode", (IGNORED,), "code out of range: dropped"),
    ("3.2.1", "badbranch", (200, 400), "a branch without its unique part: as RFC 2543, or refused"),
    ("3.3.1", "insuf", (400, IGNORED), "headers missing: 400, where there is enough for an answer"),
    ("3.3.2", "unkscm", (416, 200), "unknown scheme in the URI: 416; OPTIONS to a server may be answered"),
    ("3.3.3", "novelsc", (416, 200), "the same"),
    ("3.3.4", "unksm2", (405, 416), "unknown schemes in To, From and Contact: refused in any case"),
    ("3.3.5", "bext01", (420,), "extensions required that nobody has: 420"),
    ("3.3.6", "invut", (401, 415), "unknown body: challenged first"),
    ("3.3.7", "regaut01", (405, 401), "unknown scheme of credentials; we are no registrar"),
    ("3.3.8", "multi01", (400, IGNORED), "single headers more than once: 400"),
    ("3.3.9", "mcl01", (400, IGNORED), "two lengths: 400"),
    ("3.3.10", "bcast", (IGNORED,), "a response with a broadcast Via: dropped"),
    ("3.3.11", "zeromf", (200, 483), "no hop left, and we are the last: answered"),
    ("3.3.12", "cparam01", (405,), "well-formed; we are no registrar"),
    ("3.3.13", "cparam02", (405,), "well-formed; we are no registrar"),
    ("3.3.14", "regescrt", (405,), "well-formed; we are no registrar"),
    ("3.3.15", "sdp01", (401, 406), "Accept without SDP: challenged first"),
    ("3.4.1", "inv2543", (401, 400), "an INVITE of RFC 2543, without Contact: 400 is what RFC 3261 has for that"),
]


def expand(text):
    """The RFC's notation as the bytes that it means."""
    text = re.sub(r"<repeat count=(\d+)>(.*?)</repeat>", lambda m: m.group(2) * int(m.group(1)), text)
    text = re.sub(r"<allOneLine>\n(.*?)</allOneLine>", lambda m: m.group(1).replace("\n", ""), text, flags=re.S)
    out = text.replace("\n", "\r\n").encode()
    return re.sub(rb"<hex>([0-9A-F]*)</hex>", lambda m: bytes.fromhex(m.group(1).decode()), out)


def message(name):
    with open(os.path.join(FOLDER, name + ".sip")) as text:
        return expand(text.read())


def transport(data):
    """UDP, TCP or TLS, from the first Via; what cannot be told goes over UDP."""
    via = re.search(rb"(?im)^v(?:ia)?\s*:\s*SIP\s*/\s*[27]\.0\s*/\s*(TCP|TLS)", re.sub(rb"\r\n[ \t]+", b" ", data))
    first = re.search(rb"(?im)^v(?:ia)?\s*:", data)
    return via.group(1).decode() if via and first and via.start() <= first.start() else "UDP"


def key(data):
    """What an answer has in common with its request: the Call-ID, or CSeq's number where there is none."""
    flat = re.sub(rb"\r\n[ \t]+", b" ", data.split(b"\r\n\r\n")[0])
    number = re.search(rb"(?im)^cseq\s*:\s*0*(\d+)", flat)
    call_id = re.search(rb"(?im)^(?:call-id|i)\s*:\s*(\S+)", flat)
    return call_id.group(1) if call_id else number.group(1) if number else b""

"""mutator.py - a man in the middle: between the engine and a carrier, spoiling what passes, SIP and RTP, in both directions.

Both ends take the proxy for the other one: addresses in the SIP headers are exchanged, and the RTP ports in the SDP, so that nothing passes
beside it. Each packet may have bits flipped, be cut, sent twice, held back behind the next one, joined with a piece of an earlier one, or
lost. The rate changes every two seconds ("weather", from none to one packet in two, each once in eight seconds), so that calls come about at all. Seeded.
"""
import collections
import random
import re
import selectors
import threading
import time
from kit import udp

WEATHER = (0.0, 0.02, 0.1, 0.5)
RELAYS_MAX = 300


def port_of(sock):
    return sock.getsockname()[1]


class Spoiler:
    """What becomes of one packet: a list of packets."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rate, self.forecast = 0.0, []
        self.earlier = collections.deque(maxlen=16)
        self.counts = collections.Counter()
        self.ways = [self.flip, self.cut, self.twice, self.splice, self.lose]

    def turn(self, clear):
        if not self.forecast:
            self.forecast = self.random.sample(WEATHER, len(WEATHER))
        self.rate = 0.0 if clear else self.forecast.pop()

    def flip(self, data):
        out = bytearray(data)
        for _ in range(self.random.randint(1, 8)):
            out[self.random.randrange(len(out))] ^= 1 << self.random.randrange(8)
        return [bytes(out)]

    def cut(self, data):
        return [data[:self.random.randrange(len(data))]]

    def twice(self, data):
        return [data] * self.random.randint(2, 5)

    def splice(self, data):
        other = self.random.choice(self.earlier) if self.earlier else data
        return [data[:self.random.randrange(len(data))] + other[self.random.randrange(len(other)):]]

    def lose(self, _data):
        return []

    def spoil(self, data):
        self.counts["passed"] += 1
        if not data or self.random.random() >= self.rate:
            self.earlier.append(data)
            return [data]
        way = self.random.choice(self.ways)
        self.counts[way.__name__] += 1
        return way(data)


class Mutator(threading.Thread):
    """In front of the carrier at 127.0.0.1:carrier for the engine at 127.0.0.1:engine; `port` is where the engine takes it to be."""

    def __init__(self, engine, carrier, seed):
        super().__init__(daemon=True)
        self.front, self.back = udp(), udp()
        self.port = port_of(self.front)
        self.to_carrier = {engine: port_of(self.back), self.port: carrier}
        self.to_engine = {theirs: ours for ours, theirs in self.to_carrier.items()}
        self.engine, self.carrier = engine, carrier
        self.sip, self.rtp = Spoiler(seed), Spoiler(seed + 1)
        self.relays, self.order = {}, collections.deque()
        self.held = []
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.front, selectors.EVENT_READ, self.from_engine)
        self.selector.register(self.back, selectors.EVENT_READ, self.from_carrier)
        self.clear = self.ended = False
        self.start()

    def run(self):
        turn_at = 0
        while not self.ended:
            if time.monotonic() >= turn_at:
                turn_at = time.monotonic() + 2
                self.sip.turn(self.clear)
                self.rtp.turn(self.clear)
            for event, _ in self.selector.select(0.05):
                for _ in range(50):
                    try:
                        data = event.fileobj.recv(65535)
                    except BlockingIOError:
                        break
                    except OSError:
                        continue
                    event.data(data)
            held, self.held = self.held, []
            for packet in held:
                self.send(*packet)

    @staticmethod
    def send(sock, data, port):
        try:
            sock.sendto(data, ("127.0.0.1", port))
        except OSError:
            pass  # a full queue, or a port that was closed: as on a network

    def pass_on(self, spoiler, sock, data, port):
        for packet in spoiler.spoil(data):
            if spoiler.random.random() < spoiler.rate / 4:
                spoiler.counts["late"] += 1
                self.held.append((sock, packet, port))
            else:
                self.send(sock, packet, port)

    def exchange(self, data, names, direction):
        data = re.sub(rb"(?<=127\.0\.0\.1:)(\d+)", lambda m: b"%d" % names.get(int(m.group(1)), int(m.group(1))), data)
        call_id = re.search(rb"(?im)^(?:call-id|i):\s*(\S+)", data)
        if not call_id or b"m=audio " not in data:
            return data
        return re.sub(rb"(?<=m=audio )([1-9]\d{4})", lambda m: b"%d" % self.relay(call_id.group(1), direction, int(m.group(1))), data)

    def relay(self, call_id, direction, port):
        """The port to name to the other side in place of `port`; audio that comes there goes to `port` from the call's other socket."""
        if call_id not in self.relays:
            self.relays[call_id] = {"carrier": udp(), "engine": udp(), "to": {}}
            self.order.append(call_id)
            for side in ("carrier", "engine"):
                self.selector.register(self.relays[call_id][side], selectors.EVENT_READ,
                                       lambda data, id=call_id, side=side: self.audio(id, side, data))
            if len(self.order) > RELAYS_MAX:
                old = self.relays.pop(self.order.popleft())
                for side in ("carrier", "engine"):
                    self.selector.unregister(old[side])
                    old[side].close()
        self.relays[call_id]["to"][direction] = port
        return port_of(self.relays[call_id][direction])

    def audio(self, call_id, side, data):
        """From whoever `side` is, who was told this socket's port, to the port that it stands for."""
        relay = self.relays.get(call_id)
        other = "engine" if side == "carrier" else "carrier"
        if relay and side in relay["to"]:
            self.pass_on(self.rtp, relay[other], data, relay["to"][side])

    def from_engine(self, data):
        self.pass_on(self.sip, self.back, self.exchange(data, self.to_carrier, "carrier"), self.carrier)

    def from_carrier(self, data):
        self.pass_on(self.sip, self.front, self.exchange(data, self.to_engine, "engine"), self.engine)

    def close(self):
        self.ended = True
        self.join(5)

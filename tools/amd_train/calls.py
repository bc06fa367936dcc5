"""Simulated calls: who answers says what, and when; then the line. Every number here is an assumption, written down to be argued with."""
import audioop
import struct

import numpy as np

RATE = 8000
CALL_S = 9.0

# Assumed shares of the ways to answer, inside each class.
HUMANS = {"short": 46, "name": 18, "business": 9, "repeat": 9, "chat": 8, "late": 6, "cough": 4}
MACHINES = {"personal": 38, "carrier": 26, "pausy": 13, "short": 8, "silent": 5, "screener": 6, "word": 4}


class Call:
    def __init__(self, rng, pool):
        self.rng, self.pool, self.pcm, self.greet_end = rng, pool, [], None
        self.count = 0
        self.speaker = {}

    def quiet(self, low, high):
        self._add(np.zeros(int(self.rng.uniform(low, high) * RATE), np.float32))

    def say(self, size):
        """One sound of the call's speaker of that size."""
        if size not in self.speaker:
            self.speaker[size] = self.pool[size][self.rng.choice(sorted(self.pool[size]))]
        clips = self.speaker[size]
        self._add(clips[self.rng.integers(len(clips))])

    def tone(self):
        ms, hz = self.rng.uniform(0.15, 0.7), self.rng.uniform(400, 2200)
        self._add((0.1 * np.sin(2 * np.pi * hz * np.arange(int(ms * RATE)) / RATE)).astype(np.float32))

    def noise_burst(self):
        size = int(self.rng.uniform(0.05, 0.2) * RATE)
        self._add((self.rng.standard_normal(size) * 0.08 * np.hanning(size)).astype(np.float32))

    def greeting_is_over(self):
        self.greet_end = self.count / RATE

    def _add(self, pcm):
        self.pcm.append(pcm)
        self.count += len(pcm)


def _onset(call, late=False):
    call._add(np.zeros(int(min(4.0, call.rng.lognormal(np.log(2.2 if late else 0.6), 0.5)) * RATE), np.float32))


def human(call, sub):
    rng = call.rng
    if sub == "cough":
        call.quiet(0.1, 0.5)
        call.noise_burst()
    _onset(call, sub == "late")
    if sub == "business":
        call.say("sentence")
        if rng.random() < 0.4:
            call.quiet(0.15, 0.5)
            call.say("word")
    else:
        call.say("word")
    if sub in ("name", "chat"):
        call.quiet(0.1, 0.45 if sub == "name" else 0.7)
        call.say("word")
    if sub == "chat":
        call.quiet(0.2, 0.7)
        call.say("word")
    call.greeting_is_over()
    call.quiet(*((0.9, 1.8) if sub == "repeat" else (1.8, 3.5)))
    while call.count < 7 * RATE:
        call.say("word")
        call.quiet(1.2, 3)


def _sentences(call, low, high, gap):
    for i in range(int(call.rng.integers(low, high + 1))):
        if i > 0:
            call.quiet(*gap)
        call.say("sentence")


def machine(call, sub):
    rng = call.rng
    call.quiet(0.1, 1.2)
    if sub in ("personal", "carrier"):
        _sentences(call, 2, 5, (0.1, 0.7) if sub == "personal" else (0.1, 0.4))
    elif sub == "pausy":
        call.say("word" if rng.random() < 0.5 else "sentence")
        call.quiet(0.6, 2.0)
        _sentences(call, 2, 4, (0.2, 1.2))
    elif sub == "screener":
        _sentences(call, 2, 3, (0.15, 0.5))
        call.greeting_is_over()
        call.quiet(8, 9)
    elif sub == "word":
        call.say("word")
    else:
        call.say("sentence")
    call.greet_end = call.greet_end or call.count / RATE
    call.quiet(0.2, 1.0)
    if sub != "silent":
        call.tone()


def _line(rng, pcm):
    """Level, room, what the network loses; u-law."""
    voice_db = rng.uniform(-14, 6)
    noise_db = rng.choice([rng.uniform(-72, -55), rng.uniform(-55, -46), rng.uniform(-46, -40)], p=[0.6, 0.28, 0.12])
    noise = rng.standard_normal(len(pcm))
    if rng.random() < 0.6:  # a room has more low frequencies than white noise
        noise = np.convolve(noise, [0.5, 0.35, 0.2, 0.1], "same") * 1.5
    pcm = pcm * 10 ** (voice_db / 20) + noise * 10 ** (noise_db / 20)
    ulaw = bytearray(audioop.lin2ulaw((np.clip(pcm, -1, 1) * 32767).astype("<i2").tobytes(), 2))
    if rng.random() < 0.25:
        for frame in np.flatnonzero(rng.random(len(ulaw) // 160) < rng.uniform(0, 0.04)):
            ulaw[frame * 160 : frame * 160 + 160] = b"\xff" * 160
    return bytes(ulaw)


def _write(path, ulaw):
    with open(path, "wb") as f:
        f.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(ulaw), b"WAVE", b"fmt ", 16, 7, 1, RATE, RATE, 1, 8, b"data", len(ulaw)))
        f.write(ulaw)


def _draw(rng, shares):
    names = sorted(shares)
    weights = np.array([shares[name] for name in names], float)
    return str(rng.choice(names, p=weights / weights.sum()))


def make(rng, pools, count, folder, kinds=None):
    """Writes `count` calls, half of them people, each class half real voices unless `kinds` says {class: kind}. Answers their rows."""
    rows = []
    for i in range(count):
        person = i % 2 == 0
        kind = kinds["human" if person else "machine"] if kinds else ("real", "synthetic")[i // 2 % 2]
        sub = _draw(rng, HUMANS if person else MACHINES)
        call = Call(rng, pools[kind])
        (human if person else machine)(call, sub)
        pcm = np.zeros(int(CALL_S * RATE), np.float32)
        said = np.concatenate(call.pcm)[: len(pcm)]
        pcm[: len(said)] = said
        path = f"{folder}/{i:05d}.wav"
        _write(path, _line(rng, pcm))
        rows.append({"path": path, "human": person, "sub": sub, "kind": kind, "greet_end_ms": 1000 * call.greet_end})
    return rows

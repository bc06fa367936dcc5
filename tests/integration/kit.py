"""kit.py - what the integration tests share: a store, an engine, SIPp carriers, baresip seats, TAP lines.

Everything runs on 127.0.0.1 in a temporary folder, is bounded in time, and is ended by pid. Build products come from $OUTDIAL_BUILD.

A machine may stand still for a second at any instant, or be slow: what a test waits for is a condition, and PATIENCE is how much longer than on a quiet
machine it may take. No test says how fast something happens.
"""
import atexit
import csv
import json
import math
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("OUTDIAL_BUILD") or os.path.join(HERE, "..", "..", "build")
SECRET = "correct-horse"
PATIENCE = 3
_processes = []
_sites = []
_tap = {"count": 0, "failed": 0}


def ok(condition, text):
    """One TAP line; the test goes on after a failure."""
    _tap["count"] += 1
    if not condition:
        _tap["failed"] += 1
    print(("ok" if condition else "not ok"), _tap["count"], "-", text, flush=True)
    return condition


def _tell():
    """What the programs of a test that failed have said last."""
    for site in _sites:
        for name in sorted(os.listdir(site.folder)):
            if name.endswith((".log", ".err")):
                with open(os.path.join(site.folder, name), errors="replace") as log:
                    lines = log.readlines()[-10:]
                note("--- %s\n%s" % (name, "".join(lines).rstrip())) if lines else None


def _broken(*error):
    """A test that ends by an exception says as much as one that fails."""
    sys.__excepthook__(*error)
    _tell()


sys.excepthook = _broken


def done():
    if _tap["failed"]:
        _tell()
    print("1..%d" % _tap["count"])
    sys.exit(1 if _tap["failed"] else 0)


def note(text):
    print("#", str(text).replace("\n", "\n# "), flush=True)


def free_port():
    """A UDP and TCP port of loopback that is free now."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def udp(room=0):
    """A socket of ours on loopback that does not wait; `room`: bytes that it keeps for us, 0 as the system has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if room:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def start(argv, log, **kwargs):
    """Starts a process of ours; it is ended with the test at the latest."""
    with open(log, "ab") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **kwargs)
    _processes.append(process)
    return process


def stop(process, number=signal.SIGTERM, seconds=10):
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def _end_all():
    for process in _processes:
        if process.poll() is None:
            process.kill()
            process.wait()


atexit.register(_end_all)


def wait_for(what, seconds, step=0.1):
    """what() until it is true; its last value. It is asked once more when the time is over, and the time is PATIENCE times `seconds`."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        over = time.monotonic() > end
        value = what()
        if value or over:
            return value
        time.sleep(step)


def listens(port, seconds=5):
    """Waits until somebody has this UDP port, in IPv4."""
    def bound():
        with open("/proc/self/net/udp") as table:
            return any(line.split()[1].endswith(":%04X" % port) for line in table.readlines()[1:])
    return wait_for(bound, seconds, 0.02)


class Site:
    """One store with its engine."""

    def __init__(self, **options):
        self.folder = tempfile.mkdtemp(prefix="outdial-test-")
        _sites.append(self)
        atexit.register(shutil.rmtree, self.folder, True)
        self.dir = os.path.join(self.folder, "store")
        self.log = os.path.join(self.folder, "engine.log")
        self.port = free_port()
        self.secret_file = self.path("secret", SECRET + "\n")
        self.engine = None
        self.outdial("init")
        values = {"sip_ip": "127.0.0.1", "sip_port": self.port, "rtp_ip": "127.0.0.1", "rtp_port_min": 24000, "rtp_port_max": 27999,
                  "calls_max": 400, "seats_max": 40, "log_level": "debug", "log_numbers": "yes"}
        values.update(options)
        with open(os.path.join(self.dir, "outdial.conf"), "w") as out:
            out.write("[engine]\n" + "".join("%s = %s\n" % item for item in values.items()))

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w") as out:
                out.write(text)
        return path

    def outdial(self, *args, check=True):
        result = subprocess.run([os.path.join(BUILD, "outdial"), "--dir", self.dir, *map(str, args)], capture_output=True, text=True, errors="replace",
                                stdin=subprocess.DEVNULL, timeout=60)
        if check and result.returncode != 0:
            raise RuntimeError("outdial %s: status %d\n%s%s" % (args, result.returncode, result.stdout, result.stderr))
        return result

    def run_engine(self):
        self.engine = start([os.path.join(BUILD, "outdiald"), "--dir", self.dir], self.log)
        if not wait_for(lambda: self.status() or self.engine.poll() is not None, 10) or self.engine.poll() is not None:
            raise RuntimeError("the engine did not start:\n" + self.tail())
        return self.engine

    def status(self):
        """None: no engine runs, or it answers nothing for longer than a machine stands still."""
        for _ in range(PATIENCE):
            result = self.outdial("status", "--json", check=False)
            if result.returncode == 0:
                document = json.loads(result.stdout)
                return document if document.get("pid") else None
        return None

    def seats(self):
        status = self.status()
        return status["seats"] if status else []

    def tail(self, lines=40):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def list(self, name, numbers):
        path = self.path(name + ".csv", "phone,name\n" + "".join("%s,Person %d\n" % (n, i) for i, n in enumerate(numbers)))
        self.outdial("list", "import", path, "--list", name, "--region", "CN")

    def outcomes(self, campaign=None):
        """The exported outcome log as a list of dicts."""
        path = os.path.join(self.folder, "out.csv")
        self.outdial("export", "outcomes", *(["--campaign", campaign] if campaign else []), "-o", path)
        with open(path, newline="") as rows:
            return list(csv.DictReader(rows))

    def wait_outcomes(self, campaign, count, seconds):
        rows = []

        def enough():
            rows[:] = self.outcomes(campaign)
            return len(rows) >= count
        wait_for(enough, seconds, 0.5)
        return rows


def numbers(start_at, count):
    return ["+86138%08d" % (start_at + i) for i in range(count)]


def sipp(site, scenario, port, calls, seconds, *more):
    """SIPp as a carrier that listens already: answers `calls` calls and ends; -trace_msg is kept in the site's folder."""
    log = os.path.join(site.folder, "sipp-%d.log" % port)
    argv = ["sipp", "-sf", os.path.join(HERE, "sipp", scenario + ".xml"), "-i", "127.0.0.1", "-p", str(port), "-m", str(calls),
            "-timeout", "%ds" % (seconds * PATIENCE), "-nostdin", "-trace_msg", "-message_file", os.path.join(site.folder, "sipp-%d.msg" % port),
            "-trace_err", "-error_file", os.path.join(site.folder, "sipp-%d.err" % port), *map(str, more)]
    process = start(argv, log, cwd=site.folder)
    listens(port)
    return process


def tone(folder, seconds=115):
    """A WAV file of 8 kHz with a tone in it, for a telephone to speak."""
    path = os.path.join(folder, "tone.wav")
    period = struct.pack("<16h", *[int(8000 * math.sin(2 * math.pi * i / 16)) for i in range(16)])
    with wave.open(path, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(period * (500 * seconds))
    return path


class Baresip:
    """A seat's telephone: baresip with its control port."""

    def __init__(self, site, login, secret=SECRET, srtp=False):
        self.folder = os.path.join(site.folder, "baresip-" + login)
        os.makedirs(self.folder, exist_ok=True)
        self.control = free_port()
        self.log = os.path.join(self.folder, "log")
        modules = "/usr/lib/baresip/modules"
        with open(os.path.join(self.folder, "config"), "w") as out:
            out.write("sip_listen 127.0.0.1:%d\nmodule_path %s\nmodule g711.so\n%smodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\nmodule account.so\n"
                      "module_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:%d\naudio_source aufile,%s\n"
                      "audio_player aubridge,heard\nsnd_path %s\nrtp_ports 28000-28999\naudio_alert none\n"
                      % (free_port(), modules, "module srtp.so\n" if srtp else "", self.control, tone(self.folder), self.folder))
        with open(os.path.join(self.folder, "accounts"), "w") as out:
            out.write("<sip:%s@127.0.0.1:%d>;auth_user=%s;auth_pass=%s;regint=0;audio_codecs=pcma,pcmu%s\n"
                      % (login, site.port, login, secret, ";mediaenc=srtp-mand" if srtp else ""))
        self.process = start(["baresip", "-f", self.folder, "-t", "200"], self.log)
        if not wait_for(self._connect, 10):
            raise RuntimeError("baresip has no control port")
        self.dial("sip:%s@127.0.0.1:%d" % (login, site.port))

    def _connect(self):
        try:
            self.socket = socket.create_connection(("127.0.0.1", self.control), 1)
            return True
        except OSError:
            return False

    def command(self, name, params=""):
        text = json.dumps({"command": name, "params": params})
        self.socket.sendall(("%d:%s," % (len(text), text)).encode())

    def dial(self, uri):
        self.command("dial", uri)

    def keys(self, digits):
        for digit in digits:
            self.command("sndcode", digit)
            time.sleep(0.25)

    def heard(self):
        """Bytes of audio that the telephone decoded."""
        return sum(os.path.getsize(os.path.join(self.folder, name)) for name in os.listdir(self.folder) if name.endswith("dec.wav"))

    def hangup(self):
        self.command("hangup")

    def close(self):
        self.socket.close()
        stop(self.process)

"""carrier.py - the other end of a trunk for the integration tests: Kamailio with digest and TLS, certificates, and a name server."""
import atexit
import os
import shutil
import socket
import struct
import subprocess
import threading
import kit

KAMAILIO = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
listen=udp:127.0.0.1:%(port)d
listen=tcp:127.0.0.1:%(port)d
listen=tls:127.0.0.1:%(tls)d
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tls.so"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "xlog.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 60)
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "%(folder)s/carrier.pem")
modparam("tls", "private_key", "%(folder)s/carrier.key")
request_route {
	xlog("L_ALERT", "SEEN $rm over $proto from $si\\n");
	if (is_method("OPTIONS") && !has_totag()) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("carrier.test", "%(secret)s", "0")) {
			www_challenge("carrier.test", "1");
			exit;
		}
		xlog("L_ALERT", "REGISTERED $fU expires $hdr(Contact)\\n");
		save("location");
		exit;
	}
	if (is_method("ACK") && !has_totag()) {
		exit;
	}
	if (has_totag() || is_method("CANCEL")) {
		loose_route();
		t_relay();
		exit;
	}
	if (!pv_proxy_authenticate("carrier.test", "%(secret)s", "0")) {
		proxy_challenge("carrier.test", "1");
		exit;
	}
	consume_credentials();
	record_route();
	$du = "sip:127.0.0.1:%(behind)d";
	t_relay();
}
"""


def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True)


def certificates(folder):
    """ca.pem, and carrier.pem with carrier.key for carrier.test, signed by it; engine.pem likewise."""
    # The library keeps the names of each certificate that it has checked, some hundred bytes a connection: no leak of ours to be told of.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", "")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test CA",
            "-keyout", "ca.key", "-out", "ca.pem", cwd=folder)
    for name in ("carrier", "engine"):
        with open(os.path.join(folder, name + ".ext"), "w") as out:
            out.write("subjectAltName=DNS:%s.test\n" % name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=%s.test" % name,
                "-keyout", name + ".key", "-out", name + ".csr", cwd=folder)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", name + ".ext", "-out", name + ".pem", cwd=folder)


class Kamailio:
    """A proxy that asks for digest, in front of 127.0.0.1:behind."""

    def __init__(self, site, behind):
        self.port, self.tls = kit.free_port(), kit.free_port()
        self.log = site.path("kamailio-%d.log" % self.port)
        config = site.path("kamailio-%d.cfg" % self.port, KAMAILIO % {"port": self.port, "tls": self.tls, "folder": site.folder, "behind": behind,
                                                       "secret": kit.SECRET})
        self.argv = [shutil.which("kamailio") or "/usr/sbin/kamailio", "-f", config, "-DD", "-E", "-m", "32", "-M", "8", "-w",
                     site.folder, "-Y", site.folder, "-P", site.path("kamailio-%d.pid" % self.port)]
        atexit.register(self.stop)  # its workers would outlive the kill that other programs get
        self.start()

    def start(self):
        self.process = kit.start(self.argv, self.log)
        if not kit.wait_for(self._listens, 15):
            raise RuntimeError("kamailio did not start:\n" + open(self.log, errors="replace").read()[-2000:])

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.tls), 1).close()
            return True
        except OSError:
            return False

    def seen(self, text):
        with open(self.log, errors="replace") as log:
            return log.read().count(text)

    def stop(self):
        kit.stop(self.process)


class Names(threading.Thread):
    """A name server: records[(name, type)] = [data], 2 s to live; `dead` makes it silent."""
    A, SRV, NAPTR = 1, 33, 35

    def __init__(self):
        super().__init__(daemon=True)
        self.records, self.dead, self.asked = {}, False, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def a(self, name, *ips):
        self.records[name, self.A] = [socket.inet_aton(ip) for ip in ips]

    def srv(self, name, *services):
        self.records[name, self.SRV] = [struct.pack(">HHH", priority, weight, port) + self.name(host)
                                        for priority, weight, port, host in services]

    def naptr(self, name, service, replacement):
        text = b"".join(bytes([len(t)]) + t for t in (b"s", service.encode(), b""))
        self.records[name, self.NAPTR] = [struct.pack(">HH", 10, 10) + text + self.name(replacement)]

    @staticmethod
    def name(text):
        return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"

    def run(self):
        while True:
            query, source = self.socket.recvfrom(512)
            self.asked += 1
            if self.dead:
                continue
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                at += 1 + query[at]
            kind = struct.unpack(">H", query[at + 1:at + 3])[0]
            data = self.records.get((".".join(labels), kind), [])
            known = data or any(name == ".".join(labels) for name, _ in self.records)
            answer = query[:2] + struct.pack(">HHHHH", 0x8580 | (0 if known else 3), 1, len(data), 0, 0) + query[12:at + 5]
            for one in data:
                answer += struct.pack(">HHHIH", 0xC00C, kind, 1, 2, len(one)) + one
            self.socket.sendto(answer, source)

"""What the C classifier saw of each call: outdial-amd --batch --trace, read back."""
import json
import re
import subprocess

FRAME = re.compile(r"t=(\d+) snr_db=([-\d.]+) voice=(\d) talk_ms=(\d+) silence_ms=(\d+) .* onset_ms=(\d+) pauses=(\d+)")
EVENT = re.compile(r"t=(\d+) event=(\S+) verdict=(\S+) at_ms=(\d+) prob=(\S+) cause=(\S*)")


def run(program, rows, folder):
    """Adds to each row: result (the JSON line), frames [(t, voice, talk, silence, onset, pauses)], events [(t, kind, verdict, at, prob, cause)]."""
    paths = "\n".join(row["path"] for row in rows) + "\n"
    with open(folder + "/trace", "w") as trace:
        done = subprocess.run([program, "--trace", "--batch"], input=paths, stdout=subprocess.PIPE, stderr=trace, text=True, check=True)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    at = -1
    with open(folder + "/trace") as trace:
        for line in trace:
            m = FRAME.match(line)
            if m:
                t = int(m[1])
                if t == 20:
                    at += 1
                    rows[at].update(result=results[at], frames=[], events=[])
                rows[at]["frames"].append((t, m[3] == "1", int(m[4]), int(m[5]), int(m[6]), int(m[7])))
                continue
            m = EVENT.match(line)
            if m:
                rows[at]["events"].append((int(m[1]), m[2], m[3], int(m[4]), float(m[5]), m[6]))
    assert at + 1 == len(rows) == len(results)
    return rows

"""talks.py - conversations through the whole engine, as many seats as there are: what bench_engine audio and bench/soak share."""
import datetime
import os
import kit

BEHAVIOURS = "person slow_person early_person silent_person brief_person machine fax no_answer busy dead dead_announced congestion"


def start(site, conversations, talk, leads, more=()):
    """Engine, seats and carrier; each seat talks nearly always, `talk` ("20s..60s") at a time. `more`: of campaign create. Answers (carrier, seats)."""
    sip, office = kit.free_port(), kit.free_port()
    login = "seat%04d" if conversations > 99 else "seat%02d"  # as outdial-seats counts
    mix = site.path("mix.conf", "".join("%s = %d\n" % (b, b == "silent_person") for b in BEHAVIOURS.split()) +
                    "setup = 1ms\nring = 1ms\npatience = %s\n" % talk)
    carrier = kit.start([os.path.join(kit.BUILD, "outdial-carrier"), "--listen", "127.0.0.1:%d" % sip, "--rtp-ports", "18000-24999", "--mix", mix, "--measure",
                         "--calls-max", str(min(3500, conversations + 200))], os.path.join(site.folder, "carrier.log"))
    site.outdial("trunk", "add", "t", "--address", "127.0.0.1:%d" % sip, "--calls", conversations + 100, "--cps", 200)
    for n in range(1, conversations + 1):
        site.outdial("seat", "add", login % n, "--team", "a", "--secret-file", site.secret_file)
    site.list("c", kit.numbers(0, leads))
    site.outdial("campaign", "create", "c", "--list", "c", "--team", "a", "--trunk", "t", "--caller-id", "+861058880000", "--window",
                 "00:00-24:00", "--days", "mon-sun", "--mode", "progressive", "--no-classify", "--attempts", 1, "--wrap", "1s", *more)
    site.run_engine()
    seats = kit.start([os.path.join(kit.BUILD, "outdial-seats"), "--engine", "127.0.0.1:%d" % site.port, "--listen", "127.0.0.1:%d" % office,
                       "--login-prefix", "seat", "--count", str(conversations), "--secret-file", site.secret_file, "--rtp-ports", "25000-31999",
                       "--measure"], os.path.join(site.folder, "seats.log"))
    if not kit.wait_for(lambda: sum(s["state"] == "ready" for s in site.seats()) >= conversations, 60, 0.5):
        raise RuntimeError("only %d of %d seats logged in\n%s" % (len(site.seats()), conversations, site.tail()))
    site.outdial("campaign", "start", "c")
    return carrier, seats


def epoch_us(text):
    """Of a time in an export."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e6


def answer_to_audio_ms(site, since_us, until_us=1e18):
    """Of the calls answered between the two, sorted: 200 OK to the agent's first packet."""
    times = [(epoch_us(row["answer"]), epoch_us(row["seat_audio"])) for row in site.outcomes("c") if row["answer"] and row["seat_audio"]]
    return sorted((audio - answer) / 1e3 for answer, audio in times if since_us < answer < until_us)


def talking(site):
    return sum(s["state"] == "talk" for s in site.seats())


def legs(site, name):
    """What a far end that has ended says of each leg, and of each packet between the far ends: two lines."""
    lines = open(os.path.join(site.folder, name + ".log")).read().split("\n")
    return [" ".join(next((x for x in lines if x.startswith(what)), what + "no line").split()) for what in ("legs ", "packets ")]

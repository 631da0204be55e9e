"""R4's search, judged on whole resources, as slow and plain as it can be written.

Worked out from R4's page on search and src/search/README.md, where that says
how the open points are read.
"""

import datetime
import functools
import re
import unicodedata
from decimal import Decimal

import fhirpath

INFINITE = datetime.timedelta(days=400000)
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


@functools.lru_cache(100000)
def fold(text):
    while True:
        parts = (c if 0xAC00 <= ord(c) < 0xD7A4 else unicodedata.normalize("NFKD", c) for c in text)
        new = "".join(c.casefold() for part in parts for c in part if not unicodedata.combining(c))
        if new == text:
            return new
        text = new


def micros(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def local(zone, *parts):
    """A wall-clock time in a zone as microseconds; year 10000 is taken as far."""
    if parts[0] > 9999:
        return 10 ** 18
    return micros(datetime.datetime(*parts, tzinfo=zone).astimezone(datetime.timezone.utc))


@functools.lru_cache(100000)
def time_range(text, zone):
    """The range of a date or time, and whether it has seconds; None when it is none."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        if hour is not None:
            if offset == "Z":
                zone = datetime.timezone.utc
            elif offset:
                zone = datetime.timezone((1 if offset[0] == "+" else -1) * datetime.timedelta(hours=int(offset[1:3]), minutes=int(offset[4:])))
            low = local(zone, int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
            low += int(((fraction or "") + "000000")[:6])
            width = 60_000_000 if second is None else 1_000_000 if not fraction else 10 ** max(6 - len(fraction), 0)
            return low, low + width, second is not None
        if day is not None:
            first = datetime.date(int(year), int(month), int(day))
            if first == datetime.date.max:
                return local(zone, 9999, 12, 31), 10 ** 18, False
            after = first + datetime.timedelta(days=1)
        elif month is not None:
            first = datetime.date(int(year), int(month), 1)
            after = (int(year) + (month == "12"), int(month) % 12 + 1, 1)
            return local(zone, first.year, first.month, 1), local(zone, *after), False
        else:
            return local(zone, int(year), 1, 1), local(zone, int(year) + 1, 1, 1), False
        return local(zone, first.year, first.month, first.day), local(zone, after.year, after.month, after.day), False
    except ValueError:
        return None


def value_range(text, zone):
    found = time_range(text, zone)
    if found is None:
        return None
    return (found[0], found[0] + 1) if found[2] else found[:2]


def date_values(kind, value, zone):
    """The range of a date, Period or Timing; None when it has none."""
    if isinstance(value, str):
        return value_range(value, zone)
    if kind == "Period":
        start = value_range(value["start"], zone) if "start" in value else None
        end = value_range(value["end"], zone) if "end" in value else None
        if start is None and end is None:
            return None
        return (start[0] if start else -10 ** 19), (end[1] if end else 10 ** 19)
    return None


def date_matches(prefix, wanted, found, now):
    low, high = wanted
    inside = found[0] >= low and found[1] <= high
    if prefix == "ap":
        tolerance = max(now - high, low - now, 0) // 10
        return found[0] < high + tolerance and found[1] > low - tolerance
    return {"eq": inside, "ne": not inside, "gt": found[1] > high, "lt": found[0] < low,
            "ge": found[1] > high or inside, "le": found[0] < low or inside,
            "sa": found[0] >= high, "eb": found[1] <= low}[prefix]


def number_matches(prefix, text, value):
    number = Decimal(text)
    exponent = number.as_tuple().exponent - (1 if "e" in text.lower() else 0)
    half = Decimal(5).scaleb(exponent - 1)
    inside = number - half <= value < number + half
    if prefix == "ap":
        return abs(value - number) <= abs(number) / 10
    return {"eq": inside, "ne": not inside, "gt": value > number, "lt": value < number, "ge": value >= number,
            "le": value <= number, "sa": value > number, "eb": value < number}[prefix]


@functools.lru_cache(100000)
def split(text, separator):
    parts, part, i = [], "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            part += text[i:i + 2]
            i += 2
        elif text[i] == separator:
            parts.append(part)
            part = ""
            i += 1
        else:
            part += text[i]
            i += 1
    return parts + [part]


@functools.lru_cache(100000)
def unescape(text):
    return re.sub(r"\\([\\,|$])", r"\1", text)


def take_prefix(text):
    return (text[:2], text[2:]) if text[:2] in ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap") else ("eq", text)


def token_pair(wanted, system, code):
    parts = [unescape(p) for p in split(wanted, "|")]
    want_system, want_code = parts if len(parts) == 2 else (None, parts[0])
    if want_system == "" and system is not None:
        return False
    if want_system and system != want_system:
        return False
    return want_code == "" or code == want_code


def token_matches(modifier, wanted, kind, value, row):
    if modifier == "text":
        texts = []
        if kind == "CodeableConcept":
            texts = [value.get("text")] + [c.get("display") for c in value.get("coding", [])]
        elif kind == "Coding":
            texts = [value.get("display")]
        elif kind == "Identifier":
            texts = [value.get("type", {}).get("text")]
        return any(t is not None and fold(t).startswith(fold(unescape(wanted))) for t in texts)
    if modifier == "of-type":
        system, code, number = [unescape(p) for p in split(wanted, "|")]
        return value.get("value") == number and any(
            c.get("system") == system and c.get("code") == code for c in value.get("type", {}).get("coding", []))
    if kind == "CodeableConcept":
        return any(token_pair(wanted, c.get("system"), c.get("code")) for c in value.get("coding", []))
    if kind == "Coding":
        return token_pair(wanted, value.get("system"), value.get("code"))
    if kind in ("Identifier", "ContactPoint"):
        return token_pair(wanted, value.get("system"), value.get("value"))
    text = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else str(value)
    parts = [unescape(p) for p in split(wanted, "|")]
    system, code = parts if len(parts) == 2 else (None, parts[0])
    if code and text != code:
        return False
    if system:
        codes = fhirpath.SETS.get(row["valueset"].split("|")[0], set()) if row is not None and row["strength"] == "required" else set()
        return (system, text) in codes
    return True


def string_matches(modifier, wanted, kind, value):
    wanted = unescape(wanted)
    if kind in ("HumanName", "Address"):
        names = ("text", "family", "given", "prefix", "suffix") if kind == "HumanName" else \
            ("text", "line", "city", "district", "state", "postalCode", "country")
        texts = [t for n in names for t in (value.get(n) if isinstance(value.get(n), list) else [value.get(n)]) if t is not None]
    else:
        texts = [value]
    if modifier == "exact":
        return wanted in texts
    if modifier == "contains":
        return any(fold(wanted) in fold(t) for t in texts)
    return any(fold(t).startswith(fold(wanted)) for t in texts)


def reference_matches(modifier, wanted, value):
    if modifier == "identifier":
        return "identifier" in value and token_pair(wanted, value["identifier"].get("system"), value["identifier"].get("value"))
    reference = value.get("reference")
    if reference is None:
        return False
    wanted = unescape(wanted)
    if "://" in wanted or wanted.startswith("urn:"):
        return reference == wanted
    parts = reference.split("/")
    if len(parts) != 2:
        return False
    if modifier and parts[0] != modifier:
        return False
    return reference == wanted if "/" in wanted else parts[1] == wanted


def quantity_matches(wanted, kind, value):
    parts = split(wanted, "|")
    prefix, number = take_prefix(parts[0])
    system, code = (unescape(parts[1]), unescape(parts[2])) if len(parts) == 3 else ("", "")
    if kind not in ("Quantity", "Age", "Duration") or "value" not in value:
        return False
    if system and (value.get("system") != system or (code and value.get("code") != code)):
        return False
    if not system and code and code not in (value.get("code"), value.get("unit")):
        return False
    return number_matches(prefix, number, value["value"])


class Oracle:
    """Judges conditions over all resources that a role sees."""

    def __init__(self, resources, zones, now):
        self.resources = resources              # type: list of resources
        self.zones = zones                      # id: zone of its mapping
        self.now = now
        self.cache = {}
        self.by_id = {(t, r["id"]): r for t, rs in resources.items() for r in rs}
        self.pointed = {}                       # of a _has: what matching resources point to
        self.evaluated = {}                     # (type, code): values by id
        self.judged = {}                        # what is asked of a chain's target: answers by id

    def known(self, type_name):
        if type_name not in self.cache:
            self.cache[type_name] = fhirpath.parameters(type_name)
        return self.cache[type_name]

    def parameter(self, type_name, code):
        return self.known(type_name)[code]

    def values(self, type_name, code, resource):
        """What a parameter's path leads to, evaluated once a resource."""
        known = self.evaluated.setdefault((type_name, code), {})
        if resource["id"] not in known:
            known[resource["id"]] = fhirpath.evaluate(self.parameter(type_name, code).expression, type_name, resource)
        return known[resource["id"]]

    def value_matches(self, kind, modifier, wanted, item, zone):
        type_name, value, row = item
        if kind == "token":
            return token_matches(modifier, wanted, type_name, value, row)
        if kind == "string":
            return string_matches(modifier, wanted, type_name, value)
        if kind == "uri":
            return value == unescape(wanted)
        if kind == "reference":
            return reference_matches(modifier, wanted, value)
        if kind == "number":
            prefix, number = take_prefix(wanted)
            return number_matches(prefix, number, value)
        if kind == "quantity":
            return quantity_matches(wanted, type_name, value)
        if kind == "date":
            prefix, text = take_prefix(wanted)
            found = date_values(type_name, value, zone)
            return found is not None and date_matches(prefix, time_range(text, zone)[:2], found, self.now)
        raise KeyError(kind)

    def composite_matches(self, parameter, base, wanted, resource, zone):
        for start in self.values(base, parameter.code, resource):
            if all(any(self.value_matches(kind, None, part, item, zone)
                       for item in fhirpath.evaluate(expression, start[0], start[1]))
                   for (_, kind, expression), part in zip(fhirpath.COMPOSITES[parameter.code], split(wanted, "$"))):
                return True
        return False

    def matches(self, type_name, name, value, resource):
        """Does a resource meet name=value?"""
        if name.startswith("_has:"):
            _, other, reference, rest = name.split(":", 3)
            if (name, value) not in self.pointed:
                self.pointed[name, value] = {
                    v.get("reference") for r in self.resources.get(other, []) if self.matches(other, rest, value, r)
                    for _, v, _ in self.values(other, reference, r)}
            return "%s/%s" % (type_name, resource["id"]) in self.pointed[name, value]
        head, _, chain = name.partition(".")
        code, _, modifier = head.partition(":")
        parameter = self.parameter(type_name, code)
        zone = self.zones[type_name, resource["id"]]
        items = self.values(type_name, code, resource) if parameter.kind != "composite" else []
        if chain:
            for _, reference, _ in items:
                target, _, number = reference.get("reference", "").partition("/")
                if modifier and target != modifier:
                    continue
                found = self.by_id.get((target, number))
                if found is not None and self.chained(target, chain, value, found):
                    return True
            return False
        if modifier == "missing":
            return (not items) == (value == "true")
        wanted = split(value, ",")
        if parameter.kind == "composite":
            return any(self.composite_matches(parameter, type_name, w, resource, zone) for w in wanted)
        found = any(self.value_matches(parameter.kind, modifier, w, item, zone) for w in wanted for item in items)
        return found != (modifier == "not")

    def chained(self, target, chain, value, resource):
        known = self.judged.setdefault((target, chain, value), {})
        if resource["id"] not in known:
            try:
                known[resource["id"]] = self.matches(target, chain, value, resource)
            except KeyError:
                known[resource["id"]] = False
        return known[resource["id"]]

    def pointers(self, key, code, target):
        """What a resource's references of a parameter, or of all, point to."""
        type_name = key.partition("/")[0]
        resource = self.by_id[type_name, key.partition("/")[2]]
        codes = [code] if code else [c for c, p in self.known(type_name).items() if p.kind == "reference"]
        found = {v.get("reference", "") for c in codes for _, v, _ in self.values(type_name, c, resource)
                 if isinstance(v, dict)}
        return {f for f in found if tuple(f.split("/")) in self.by_id and (target is None or f.startswith(target + "/"))}

    def included(self, keys, includes):
        """What a page with the resources includes beside them: (name, value) of each include."""
        known, fresh, first = set(keys), set(keys), True
        while fresh:
            added = set()
            for name, value in includes:
                if not first and not name.endswith(":iterate"):
                    continue
                source, code, target = (value.split(":") + [None])[:3]
                code = None if code == "*" else code
                if name.startswith("_include"):
                    for key in fresh:
                        if key.startswith(source + "/"):
                            added |= self.pointers(key, code, target)
                else:
                    wanted = {key for key in fresh if target is None or key.startswith(target + "/")}
                    added |= {"%s/%s" % (source, r["id"]) for r in self.resources.get(source, [])
                              if self.pointers("%s/%s" % (source, r["id"]), code, None) & wanted}
            fresh, first = added - known, False
            known |= fresh
        return known - set(keys)

    def sort_key(self, type_name, code, descending, resource):
        """What a resource is sorted by; None when it has no such value."""
        parameter = self.parameter(type_name, code)
        zone = self.zones[type_name, resource["id"]]
        keys = []
        for kind, value, _ in self.values(type_name, code, resource):
            if parameter.kind == "date":
                found = date_values(kind, value, zone)
                keys += [found[0]] if found else []
            elif parameter.kind == "quantity":
                keys += [value["value"]] if kind == "Quantity" and "value" in value else []
            elif parameter.kind == "number":
                keys.append(value)
            else:
                members = {"HumanName": ("family", "given", "text"),
                           "Address": ("country", "state", "city", "district", "line", "text"),
                           "Coding": ("code",), "Identifier": ("value",), "ContactPoint": ("value",),
                           "Reference": ("reference",)}.get(kind, ())
                texts = [value] if not isinstance(value, dict) else \
                    [c.get("code") for c in value.get("coding", [])] if kind == "CodeableConcept" else \
                    [t for m in members for t in (value.get(m) if isinstance(value.get(m), list) else [value.get(m)])]
                texts = [("true" if t else "false") if isinstance(t, bool) else t for t in texts if t is not None]
                keys += [(fold(t) if parameter.kind == "string" else str(t)).encode() for t in texts]
        return (max(keys) if descending else min(keys)) if keys else None

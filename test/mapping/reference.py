"""The rules of a mapping, as slow and plain as they can be written.

Worked out from src/mapping/README.md alone: rules 1 (values), 3 (groups), 4 ($if),
5 ($each), 6 (twins), 7 (times) and what 9 and 12 say of on_invalid = omit:
values of a wrong form and codes outside their binding are left out, objects
without a required element too, and a row without its id or without a required
element of the resource is refused.

A template is a tree of Object, Array, Constant, Value, Mixed and Hole; its
expressions carry a Python function beside their SQL.  A value is None, str,
bool, int, float, Decimal, datetime.date, datetime.datetime (with zone: an
instant, without: a local time), datetime.time, bytes, list (an SQL array),
Row (a composite value), or Json.
"""

import base64
import datetime
import json
import re
from decimal import Decimal

from structure import MODIFIERS, NEEDED, TYPES

ABSENT_URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
NOTHING = object()

NUMBERS = {"decimal", "integer", "positiveInt", "unsignedInt"}
# The forms that the specification gives for each type.
YEAR = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
DAY = YEAR + r"(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
ZONE = r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
FORMS = {
    "date": DAY,
    "dateTime": YEAR + r"(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T" + CLOCK + ZONE + ")?)?)?",
    "instant": YEAR + r"-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T" + CLOCK + ZONE,
    "time": CLOCK,
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "code": r"[^\s\x00-\x1f]+([ \t\n\r][^\s\x00-\x1f]+)*",
    "uri": r"[^\x00-\x20]+",
    "canonical": r"[^\x00-\x20]+",
    "string": r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+",
    "markdown": r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+",
}
RANGES = {"integer": -2 ** 31, "unsignedInt": 0, "positiveInt": 1}


class Json:
    """A jsonb value: Python's dict, list, str, bool, None, or Decimal."""

    def __init__(self, value):
        self.value = value


class Row(dict):
    """A composite value."""


class Raw(str):
    """JSON text that is written as it is."""


class Expr:
    """SQL, and the same in Python: run(row, names)."""

    def __init__(self, sql, run):
        self.sql = sql
        self.run = run


class Refused(Exception):
    """The row makes no resource, and that is an error."""


class Node:
    type = None
    bound = None        # the codes that R4 requires
    required = False
    alone = False       # the only value of its element


class Object(Node):
    def __init__(self, type_, members):
        self.type = type_
        self.members = members      # name -> Node, in order
        self.condition = None       # Expr
        self.each = None            # (Expr, name)
        self.need = []
        self.keep = False
        self.absent = None          # code
        self.root = False
        self.meta = False


class Array(Node):
    def __init__(self, members, bare=False):
        self.members = members
        self.bare = bare            # written without brackets


class Constant(Node):
    def __init__(self, text):
        self.text = text            # JSON


class Hole(Node):
    """null beside a twin."""


class Value(Node):
    def __init__(self, type_, expr):
        self.type = type_
        self.expr = expr


class Mixed(Node):
    def __init__(self, type_, parts):
        self.type = type_
        self.parts = parts          # str or Expr


def blank(text):
    return text.strip() == ""


def prune(value):
    """A JSON value without empties; NOTHING when nothing is left."""
    if value is None or (isinstance(value, str) and blank(value)):
        return NOTHING
    if isinstance(value, dict):
        value = {k: v for k, v in ((k, prune(v)) for k, v in value.items()) if v is not NOTHING}
        return value or NOTHING
    if isinstance(value, list):
        value = [v for v in (prune(v) for v in value) if v is not NOTHING]
        return value or NOTHING
    return value


def number(value):
    """A number's text: the scale of a numeric kept, a float shortest, never an exponent."""
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text[:-2] if text.endswith(".0") else text
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def day_exists(text):
    """Whether a text of the right form names a day that is in the calendar."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", text)
    if not found:
        return True
    try:
        datetime.date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


class Mapping:
    """A template with its zone; invalid values are left out (on_invalid = omit)."""

    def __init__(self, root, zone):
        self.root = root
        self.zone = zone            # datetime.timezone
        self.lost = False           # a value was left out that FHIR cannot hold
        self.lost_twins = False     # the same, of an array of twins

    def clock(self, value):
        text = value.strftime("%H:%M:%S")
        if value.microsecond:
            text += (".%06d" % value.microsecond).rstrip("0")
        return text

    def moment(self, value):
        if value.tzinfo is None:
            value = value.replace(tzinfo=self.zone)
        value = value.astimezone(self.zone)
        offset = int(value.utcoffset().total_seconds()) // 60
        zone = "Z" if offset == 0 else "%s%02d:%02d" % ("-" if offset < 0 else "+", *divmod(abs(offset), 60))
        return value.strftime("%Y-%m-%dT") + self.clock(value) + zone

    def fits(self, text, type_, bound):
        """Is the text of the type's form, and one of the codes that are required?"""
        if type_ in FORMS and not re.fullmatch(FORMS[type_], text, re.ASCII):
            return False
        if type_ in ("date", "dateTime", "instant") and not day_exists(text):
            return False
        return bound is None or text in bound

    def characters(self, value, type_, bound=None):
        """A value's characters, or NOTHING when it is empty or invalid for the type."""
        text = self.text(value, type_)
        if text is not NOTHING and self.fits(text, type_, bound):
            return text
        self.lost |= text is not NOTHING
        return NOTHING

    def text(self, value, type_):
        if value is None:
            return NOTHING
        if isinstance(value, str):
            return NOTHING if blank(value) else value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float, Decimal)):
            if value != value or value in (float("inf"), float("-inf")):
                self.lost = True
                return NOTHING
            if type_ in RANGES:
                if value != int(value) or not RANGES[type_] <= value < 2 ** 31:
                    self.lost = True
                    return NOTHING
                value = int(value)
            return number(value)
        if isinstance(value, datetime.datetime):
            text = self.moment(value)
            return text[:10] if type_ == "date" else text
        if isinstance(value, datetime.date):
            return value.isoformat()
        if isinstance(value, datetime.time):
            return self.clock(value)
        if isinstance(value, bytes):
            return base64.b64encode(value).decode() if value else NOTHING
        raise TypeError(type(value))

    def is_spliced(self, value, type_, bound):
        """Is a jsonb value, or each member of its array, what an element of the type is written as?"""
        for item in value if isinstance(value, list) else [value]:
            if type_ is None or not type_[:1].islower():
                good = isinstance(item, dict)
            elif type_ == "boolean":
                good = isinstance(item, bool)
            elif type_ in NUMBERS:
                good = isinstance(item, (int, float, Decimal)) and not isinstance(item, bool) and (
                    type_ == "decimal" or re.fullmatch(r"-?[0-9]+", number(item)) is not None and RANGES[type_] <= item < 2 ** 31)
            else:
                good = isinstance(item, str) and self.fits(item, type_, bound)
            if not good:
                return False
        return True

    def scalar(self, value, type_, bound):
        """A value as JSON, or NOTHING."""
        if isinstance(value, Json):
            pruned = prune(value.value)
            if pruned is NOTHING or self.is_spliced(pruned, type_, bound):
                return pruned
            self.lost = True
            return NOTHING
        text = self.characters(value, type_, bound)
        if text is NOTHING:
            return NOTHING
        if type_ in NUMBERS or type_ == "boolean":
            return Raw(text)
        return text

    def listed(self, value, type_, bound):
        """The members that a value gives to the array that it stands in."""
        if isinstance(value, list):
            return [v for v in (self.scalar(v, type_, bound) for v in value) if v is not NOTHING]
        value = self.scalar(value, type_, bound)
        if isinstance(value, list):
            return value
        return [] if value is NOTHING else [value]

    def mixed(self, node, row, names):
        text = ""
        for part in node.parts:
            if isinstance(part, str):
                text += part
                continue
            value = part.run(row, names)
            characters = self.characters(value, "string")
            if characters is NOTHING:
                return NOTHING
            if node.type == "xhtml" and isinstance(value, str):
                for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
                    characters = characters.replace(plain, escaped)
            text += characters
        if self.fits(text, node.type, node.bound):
            return text
        self.lost = True
        return NOTHING

    def value(self, node, row, names):
        """What a node comes to and whether a placeholder or $each gave something."""
        if isinstance(node, Constant):
            return Raw(node.text), False
        if isinstance(node, Value):
            result = self.scalar(node.expr.run(row, names), node.type, node.bound)
            if isinstance(result, list):
                result = NOTHING        # an array where one value belongs
                self.lost = True
            return result, result is not NOTHING
        if isinstance(node, Mixed):
            result = self.mixed(node, row, names)
            return result, result is not NOTHING
        if isinstance(node, Array):
            return self.array(node, row, names)
        if node.condition is not None and node.condition.run(row, names) is not True:
            return NOTHING, False
        return self.object(node, row, names)

    def array(self, node, row, names):
        result, gave, lost = [], False, False
        for member in node.members:
            self.lost = False
            for value, gives in self.members(member, row, names):
                result.append(value)
                gave |= gives
            lost |= self.lost
        self.lost = lost and not result
        return (result or NOTHING), gave

    def members(self, node, row, names):
        """The members of an array that one node of the template gives."""
        if isinstance(node, Value):
            return [(v, True) for v in self.listed(node.expr.run(row, names), node.type, node.bound)]
        if not isinstance(node, Object) or node.each is None:
            value, gave = self.value(node, row, names)
            return [] if value is NOTHING else [(value, gave)]
        subject, name = node.each
        elements = subject.run(row, names)
        if isinstance(elements, Json):
            elements = [] if elements.value is None else [Json(e) for e in elements.value if e is not None]
        result, lost = [], False
        for element in elements or []:
            if element is None:
                continue
            self.lost = False
            value, _ = self.value(node, row, {**names, name: element})
            lost |= self.lost
            if value is not NOTHING:
                result.append((value, True))
        self.lost = lost and not result
        return result

    def pair(self, element, twin, row, names):
        """An array and its twin: a place is kept where one of both has something."""
        values, twins, gave, lost, lost_twins = [], [], False, False, False
        for one, other in zip(element.members, twin.members):
            self.lost = False
            value, gives = (NOTHING, False) if isinstance(one, Hole) else self.value(one, row, names)
            lost |= self.lost
            self.lost = False
            second, too = (NOTHING, False) if isinstance(other, Hole) else \
                self.twin(other, value is NOTHING, row, names)
            lost_twins |= self.lost
            gave |= gives or too
            if value is not NOTHING or second is not NOTHING:
                values.append(value)
                twins.append(second)
        self.lost = lost and all(v is NOTHING for v in values)
        self.lost_twins = lost_twins and all(v is NOTHING for v in twins)

        def settled(members):
            if all(v is NOTHING for v in members):
                return NOTHING
            return [Raw("null") if v is NOTHING else v for v in members]
        return settled(values), settled(twins), gave

    def twin(self, node, absent, row, names):
        """A twin, knowing whether its element is absent."""
        if node.condition is not None and node.condition.run(row, names) is not True:
            return NOTHING, False
        extra = None
        if node.absent and absent:
            extra = {"url": ABSENT_URL, "valueCode": node.absent}
        return self.object(node, row, names, extra)

    def object(self, node, row, names, extension=None):
        written, gave, lost, modifiers = {}, False, False, []
        for key, member in node.members.items():
            element, twin = node.members.get(key.lstrip("_")), node.members.get("_" + key)
            if key.startswith("_") and element is not None:
                continue                # comes with its element
            if isinstance(twin, Array):
                value, second, gives = self.pair(member, twin, row, names)
                own, other = self.lost, self.lost_twins
                if second is not NOTHING:
                    written["_" + key] = second
            else:
                self.lost = False
                value, gives = self.value(member, row, names)
                own, other = self.lost, False
                if twin is not None:
                    self.lost = False
                    second, too = self.twin(twin, value is NOTHING, row, names)
                    other = self.lost
                    gives |= too
                    if second is not NOTHING:
                        written["_" + key] = second
            gave |= gives
            lost |= own or other
            if value is not NOTHING:
                written[key] = value
            if own and value is NOTHING and key in MODIFIERS.get(node.type, ()):
                modifiers.append(key)
        self.lost = True
        if any("_" + key not in written for key in modifiers) and not (node.root and self.lacks(node, written)):
            return NOTHING, False       # what is left would mean something else
        self.lost = lost
        if extension:
            written.setdefault("extension", [])
            written["extension"] = written["extension"] + [extension]
        self.choose(node, written)
        keys = list(node.members)
        if "extension" not in keys:
            keys.append("extension")
        written = {key: written[key] for key in keys if key in written}
        if not written or self.misses(node, written):
            return NOTHING, False
        has_values = any(self.has_values(member) for member in node.members.values())
        if not (gave or not has_values or self.counts(node)):
            return NOTHING, False
        if self.lacks(node, written):
            if node.root:
                raise Refused
            self.lost = True
            return NOTHING, False
        self.lost = False
        return written, gave

    def lacks(self, node, written):
        """Is an element of the template that R4 requires, or the root's id, not there?"""
        for key in node.members:
            name = key.lstrip("_")
            required = TYPES.get(node.type, {}).get(name, (None, None, False))[2] or (node.root and name == "id")
            if name == "id" and node.root and key != "id":
                continue                # a twin is no id
            if required and name not in written and (name == "id" or "_" + name not in written):
                return True
        return False

    def choose(self, node, written):
        """Of two choices of one value[x] the first stays, with its twin."""
        taken = {}
        for key in node.members:
            name = key.lstrip("_")
            choice = TYPES.get(node.type, {}).get(name, (None,) * 4)[3]
            if choice is None or key not in written:
                continue
            if taken.setdefault(choice, name) != name:
                del written[key]

    def misses(self, node, written):
        need = list(node.need)
        if NEEDED.get(node.type) in node.members:
            need.append(NEEDED[node.type])
        return any(key not in written and "_" + key not in written for key in need)

    def counts(self, node):
        """Do constants alone keep the object?"""
        return node.root or node.meta or node.keep or (node.required and node.alone)

    def has_values(self, node):
        if isinstance(node, (Value, Mixed)) or getattr(node, "each", None):
            return True
        if isinstance(node, Object):
            return any(self.has_values(m) for m in node.members.values())
        if isinstance(node, Array):
            return any(self.has_values(m) for m in node.members)
        return False

    def resource(self, row):
        """The resource of a row as JSON text, None, or "refused"."""
        try:
            value, _ = self.value(self.root, row, {})
        except Refused:
            return "refused"
        return None if value is NOTHING else dump(value)


def dump(value):
    """JSON without blanks, members in their order."""
    if isinstance(value, Raw):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Decimal, int)):
        return number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[%s]" % ",".join(dump(v) for v in value)
    return "{%s}" % ",".join("%s:%s" % (dump(k), dump(v)) for k, v in value.items())

"""Random templates, and random rows for them.

Expressions are made of a few patterns, each known in SQL and in Python.
"""

import datetime
import json
from decimal import Decimal

from reference import Array, Constant, Expr, Hole, Json, Mixed, Object, Row, Value
from structure import BOUND, PRIMITIVES, TYPES

COLUMNS = {
    "t1": "text", "t2": "varchar(40)", "t3": "text", "c": "char(8)", "dt": "text", "n1": "numeric", "n2": "numeric(8,2)",
    "i1": "integer", "i2": "smallint", "l": "bigint", "f": "double precision", "b1": "boolean", "b2": "boolean",
    "d": "date", "at": "timestamptz", "lo": "timestamp", "ti": "time", "by": "bytea", "ta": "text[]",
    "ia": "integer[]", "drugs": "drug[]", "jo": "jsonb", "ja": "jsonb",
}
KINDS = {"t1": "text", "t2": "text", "t3": "text", "c": "text", "dt": "when", "n1": "number", "n2": "number", "i1": "number",
         "i2": "number", "l": "number", "f": "float", "b1": "bool", "b2": "bool", "d": "day", "at": "moment",
         "lo": "moment", "ti": "clock", "by": "bytes"}
STRINGS = {"string", "code", "id", "uri", "canonical", "markdown"}
WORDS = ["a", "Ann", "王小明", "x y", "naïve", "😀", "</b>&\"'", "back\\slash", "tab\there", "line\nbreak", "\x01\x7f",
         "{brace}", "$$", "1970", "O'Neil", "　全形　", "é" * 20, "long " * 30]
BLANKS = ["", " ", "\t\n", "　", "\u00a0 "]
WHEN = ["1970", "1970-05", "1970-05-01", "1970-02-30", "2024-02-29", "1900-02-29", "soon", "1970-13", "1970-05-01T10:00:00Z",
        "1970-05-01T10:00:00.5+08:00", "1970-05-01T10:00:00", "10:00:00", "23:59:60.25", "24:00:00", " ", ""]


class Generator:
    def __init__(self, random):
        self.random = random

    def chance(self, share):
        return self.random.random() < share

    # rows

    def json_value(self, depth=0):
        r = self.random
        kind = r.randrange(9 if depth < 3 else 6)
        if kind < 3:
            return r.choice(WORDS + BLANKS)
        if kind == 3:
            return Decimal(r.choice(["0", "1.50", "-7", "1000000000000", "0.0001"]))
        if kind == 4:
            return r.choice([True, False])
        if kind == 5:
            return None
        if kind == 6:
            return [self.json_value(depth + 1) for _ in range(r.randrange(4))]
        return self.json_object(depth)

    def json_object(self, depth=0):
        keys = self.random.sample(["k", "code", "system", "text", "display", "長", "aa", "zz"], self.random.randrange(5))
        keys.sort(key=lambda k: (len(k.encode()), k.encode()))
        return {k: self.json_value(depth + 1) for k in keys}

    def json_element(self):
        if self.chance(0.2):
            return self.random.choice([None, {}, []])
        element = {"k": self.random.choice(WORDS + BLANKS + [None])}
        if self.chance(0.4):
            element["n"] = Decimal(self.random.randrange(100))
        return element

    def column(self, name, sql_type):
        r = self.random
        if self.chance(0.3):
            return None
        if name == "dt":
            return r.choice(WHEN)
        if sql_type.startswith(("text", "varchar")) and not sql_type.endswith("]"):
            text = r.choice(BLANKS) if self.chance(0.15) else r.choice(WORDS)
            return text[:40]
        if name == "c":
            return r.choice(["", "a", "王小明", "x y", "12345678", "  b"])
        if name in ("n1", "n2"):
            return Decimal(r.randrange(-10 ** 6, 10 ** 6)).scaleb(-2) if name == "n2" or self.chance(0.5) else \
                Decimal(r.choice(["0", "7", "7.000", "-1", "2147483648", "0.10", "123456789012345678901234567890.5", "NaN"]))
        if name == "i1":
            return r.choice([0, 1, -1, 7, 2147483647, -2147483648])
        if name == "i2":
            return r.randrange(-5, 6)
        if name == "l":
            return r.choice([0, 5, -5, 2 ** 31, 2 ** 63 - 1])
        if name == "f":
            return r.choice([0.1, 1.0, -2.5, 1e22, 1e-7, 123456.789, float("nan"), float("inf"), r.uniform(-1e6, 1e6)])
        if sql_type == "boolean":
            return self.chance(0.5)
        if name == "d":
            return datetime.date(1980, 1, 1) + datetime.timedelta(days=r.randrange(20000))
        if name in ("at", "lo"):
            moment = datetime.datetime(1980, 1, 1) + datetime.timedelta(seconds=r.randrange(10 ** 9),
                                                                        microseconds=r.choice([0, 0, 500000, 1]))
            return moment.replace(tzinfo=datetime.timezone.utc) if name == "at" else moment
        if name == "ti":
            return datetime.time(r.randrange(24), r.randrange(60), r.randrange(60), r.choice([0, 250000]))
        if name == "by":
            return bytes(r.randrange(256) for _ in range(r.randrange(6)))
        if name == "ta":
            return [r.choice(WORDS + BLANKS + [None]) for _ in range(r.randrange(5))]
        if name == "ia":
            return [r.choice([None, 0, 1, 2, -3, 2147483647]) for _ in range(r.randrange(5))]
        if name == "drugs":
            return [None if self.chance(0.2) else
                    Row(code=r.choice(WORDS + [None, " "]), dose=r.choice([None, Decimal("1.50"), Decimal("0")]),
                        parts=r.choice([None, [], ["am", None, "pm"]])) for _ in range(r.randrange(4))]
        if name == "jo":
            return Json(self.json_value())
        return Json([self.json_element() for _ in range(r.randrange(4))] if self.chance(0.8) else None)

    def row(self):
        return {name: self.column(name, sql_type) for name, sql_type in COLUMNS.items()}

    # expressions

    def name_of(self, kind, scope):
        """SQL and Python for a plain value of a kind: a column, or what $each has bound."""
        choices = [(n, lambda row, names, n=n: row[n]) for n, k in KINDS.items() if k == kind]
        for name, bound in scope:
            if bound == kind:
                choices += [(name, lambda row, names, n=name: names[n])] * 2
            if bound == "drug" and kind == "text":
                choices += [(name + ".code", lambda row, names, n=name: names[n]["code"])] * 2
            if bound == "drug" and kind == "number":
                choices += [("(%s).dose" % name, lambda row, names, n=name: names[n]["dose"])] * 2
            if bound == "json" and kind == "text":
                choices += [("%s ->> 'k'" % name, lambda row, names, n=name: (names[n].value or {}).get("k")
                             if isinstance(names[n].value, dict) else None)] * 2
        sql, run = self.random.choice(choices)
        if sql in COLUMNS and self.chance(0.2):
            sql = "this." + sql
        return sql, run

    def text(self, scope):
        sql, run = self.name_of("text", scope)
        pattern = self.random.randrange(10)
        if pattern == 0:
            return Expr("nullif(%s, 'a')" % sql, lambda r, n: None if run(r, n) == "a" else run(r, n))
        if pattern == 1 and sql.endswith(("t1", "t2", "t3")):
            return Expr("'}{' || %s" % sql, lambda r, n: None if run(r, n) is None else "}{" + run(r, n))
        if pattern == 2:
            other, second = self.name_of("bool", [])
            return Expr("CASE WHEN %s THEN %s END" % (other, sql), lambda r, n: run(r, n) if second(r, n) else None)
        if pattern == 3:
            return Expr("$x$dollar } quoted$x$", lambda r, n: "dollar } quoted")
        return Expr(sql, run)

    def number(self, scope):
        sql, run = self.name_of("number", scope)
        if self.chance(0.2) and sql.split(".")[-1] in ("n1", "n2"):
            return Expr("%s + 1" % sql, lambda r, n: None if run(r, n) is None else run(r, n) + 1)
        return Expr(sql, run)

    def boolean(self, scope):
        pattern = self.random.randrange(4)
        sql, run = self.name_of("bool", scope)
        if pattern == 0:
            sql, run = self.name_of("text", scope)
            return Expr("(%s) IS NULL" % sql, lambda r, n: run(r, n) is None)
        if pattern == 1:
            sql, run = self.name_of("number", [])
            return Expr("%s > 0" % sql, lambda r, n: None if run(r, n) is None else (run(r, n) > 0 or run(r, n) != run(r, n))
                        if not (isinstance(run(r, n), Decimal) and run(r, n).is_nan()) else True)
        return Expr(sql, run)

    def plain(self, kind, scope):
        if kind == "text":
            return self.text(scope)
        if kind == "number":
            return self.number(scope)
        if kind == "bool":
            return self.boolean(scope)
        return Expr(*self.name_of(kind, scope))

    def expression(self, type_, scope):
        """An expression whose type may become the FHIR type."""
        r = self.random
        if type_ not in PRIMITIVES:
            return Expr("jo", lambda row, names: row["jo"])
        kinds = {"boolean": ["bool"], "decimal": ["number", "float"], "date": ["day", "moment", "when"],
                 "dateTime": ["day", "moment", "when"], "instant": ["moment", "when"], "time": ["clock", "when"],
                 "base64Binary": ["bytes"]}.get(type_)
        if kinds is None:
            kinds = ["number"] if type_ not in STRINGS else \
                ["text"] * 6 + ["number", "float", "bool", "day", "moment", "clock", "when"]
        if type_ in STRINGS and self.chance(0.05):
            return Expr("to_jsonb(t1)", lambda row, names: None if row["t1"] is None else Json(row["t1"]))
        return self.plain(r.choice(kinds), scope)

    def code(self, codes):
        """An expression that gives a code of a set, or another, or nothing."""
        one, other = self.random.choice(sorted(codes)), self.random.choice(sorted(codes) + ["none", " ", "two words"])
        name = self.random.choice(["b1", "b2"])
        return Expr("CASE %s WHEN true THEN '%s' WHEN false THEN '%s' END" % (name, one, other),
                    lambda row, names: {True: one, False: other, None: None}[row[name]])

    # templates

    def constant(self, type_):
        r = self.random
        if type_ == "boolean":
            return Constant("true")
        if type_ in ("decimal", "integer", "positiveInt", "unsignedInt"):
            return Constant(r.choice(["1", "0.25", "-7"]) if type_ == "decimal" else "1")
        return Constant(json.dumps(r.choice(["const", "王", "br{ace}", "q\"uote", "back\\slash"]), ensure_ascii=False))

    def primitive(self, type_, scope):
        r = self.random
        if type_ == "xhtml":
            return Mixed("xhtml", ["<div xmlns=\"http://www.w3.org/1999/xhtml\">", self.text(scope), " & ",
                                   self.plain(r.choice(["text", "number", "bool"]), scope), "</div>"])
        if self.chance(0.25):
            return self.constant(type_)
        if type_ in STRINGS and self.chance(0.2):
            parts = [self.plain(r.choice(["text", "text", "number", "bool", "day", "moment"]), scope)
                     for _ in range(r.randrange(1, 3))]
            return Mixed(type_, ["no. {1} "] + parts[:1] + ["/"] + parts[1:])
        return Value(type_, self.expression(type_, scope))

    def value(self, type_, scope, depth):
        if type_ in PRIMITIVES:
            return self.primitive(type_, scope)
        if self.chance(0.08):
            return Value(type_, self.expression(type_, scope))
        node = Object(type_, {})
        self.fill(node, scope, depth)
        return node

    def fill(self, node, scope, depth):
        """Members and control keys of an object; at least one member."""
        r = self.random
        elements = TYPES[node.type]
        most = 8 if depth == 0 else 4
        names = [n for n in elements if depth < 4 or elements[n][0] in PRIMITIVES]
        names = r.sample(names, min(len(names), r.randrange(1, most + 1)))
        required = [n for n in elements if elements[n][2] and n not in names and (depth < 4 or elements[n][0] in PRIMITIVES)]
        for name in names + [n for n in required if self.chance(0.5)]:
            self.member(node, name, scope, depth)
        if self.chance(0.15):
            node.condition = self.boolean(scope)
        if self.chance(0.1):
            node.need = r.sample(list(n for n in node.members if not n.startswith("_")), 1)
        if self.chance(0.07) and depth > 0:
            node.keep = True

    def member(self, node, name, scope, depth):
        type_, repeats, required, _ = TYPES[node.type][name]
        twin = None
        if not repeats:
            member = self.value(type_, scope, depth + 1)
            if isinstance(member, Object):
                member.required, member.alone = required, True
            if type_ in PRIMITIVES and type_ != "xhtml" and self.chance(0.1):
                twin = self.twin_object(scope, depth)
        elif type_ in PRIMITIVES and self.chance(0.2):
            member, twin = self.paired_arrays(type_, scope, depth)
        else:
            member = self.array(type_, required, scope, depth)
        self.bind(member, BOUND.get((node.type, name)))
        if twin is not None and self.chance(0.3):
            node.members["_" + name] = twin
        node.members[name] = member
        if twin is not None:
            node.members["_" + name] = twin

    def bind(self, member, codes):
        """Tells a value of an element that some codes are required; often makes it give one."""
        if codes is None:
            return
        if isinstance(member, Array):
            for one in member.members:
                self.bind(one, codes)
        member.bound = codes
        if isinstance(member, Value) and not member.expr.sql.startswith("to_jsonb") and self.chance(0.7):
            member.expr = self.code(codes)

    def twin_object(self, scope, depth):
        twin = Object("Element", {})
        if self.chance(0.5):
            twin.absent = self.random.choice(["unknown", "masked", "not-asked"])
        if twin.absent is None or self.chance(0.4):
            name = self.random.choice(["id", "extension"])
            self.member(twin, name, scope, max(depth, 3))
            twin.members = {k: v for k, v in twin.members.items() if not k.startswith("_")}
        if self.chance(0.1):
            twin.condition = self.boolean(scope)
        return twin

    def paired_arrays(self, type_, scope, depth):
        elements, twins = [], []
        for _ in range(self.random.randrange(1, 4)):
            hole = self.random.randrange(4)
            element = self.primitive(type_, scope)
            while isinstance(element, Value) and element.expr.sql.startswith("to_jsonb"):
                element = self.primitive(type_, scope)
            elements.append(Hole() if hole == 0 else element)
            twins.append(Hole() if hole == 1 else self.twin_object(scope, depth))
        return Array(elements), Array(twins)

    def listing(self, type_, scope):
        """An expression that gives any number of members."""
        if type_ not in PRIMITIVES or (type_ in STRINGS and self.chance(0.2)):
            return Expr("ja", lambda row, names: row["ja"])
        if type_ == "positiveInt":
            return Expr("ia", lambda row, names: row["ia"])
        for name, bound in scope:
            if bound == "drug" and self.chance(0.5):
                return Expr(name + ".parts", lambda row, names, n=name: names[n]["parts"])
        if self.chance(0.3):
            return Expr("ARRAY[t1, t3]", lambda row, names: [row["t1"], row["t3"]])
        return Expr("ta", lambda row, names: row["ta"])

    def array(self, type_, required, scope, depth):
        listable = type_ not in PRIMITIVES or type_ in STRINGS or type_ == "positiveInt"
        if listable and self.chance(0.12):
            return Array([Value(type_, self.listing(type_, scope))], bare=True)
        members = []
        for _ in range(self.random.choice([1, 1, 2, 3])):
            if listable and self.chance(0.15):
                members.append(Value(type_, self.listing(type_, scope)))
            elif type_ not in PRIMITIVES and self.chance(0.25):
                members.append(self.each(type_, scope, depth))
            else:
                members.append(self.value(type_, scope, depth + 1))
        for member in members:
            member.required, member.alone = required, len(members) == 1
        return Array(members)

    def each(self, type_, scope, depth):
        name = "e%d" % len(scope)
        kind, sql, run = self.random.choice([
            ("text", "ta", lambda row, names: row["ta"]), ("number", "ia", lambda row, names: row["ia"]),
            ("drug", "drugs", lambda row, names: row["drugs"]), ("json", "ja", lambda row, names: row["ja"])])
        for outer, bound in scope:
            if bound == "drug" and self.chance(0.5):
                kind, sql, run = "text", outer + ".parts", lambda row, names, n=outer: names[n]["parts"]
        node = Object(type_, {})
        node.each = (Expr(sql, run), name)
        self.fill(node, [(name, kind)] + scope, depth + 1)
        return node

    def template(self):
        root = Object(self.random.choice(["Patient", "Observation", "Claim"]), {})
        root.root = True
        self.fill(root, [], 0)
        if not self.chance(0.2):
            root.condition = None
        meta = root.members.get("meta")
        if isinstance(meta, Object):
            meta.meta = True
        members = list(root.members.items())
        kind = ("resourceType", Constant(json.dumps(root.type)))
        root.members = dict([kind] + members)
        return root


def braces(text):
    return text.replace("{", "{{").replace("}", "}}")


def written(node, random):
    """The template's JSON, as Python's dict, list and str; control keys anywhere."""
    if isinstance(node, Hole):
        return None
    if isinstance(node, Constant):
        value = json.loads(node.text, parse_float=Decimal)
        return braces(value) if isinstance(value, str) else value
    if isinstance(node, Value):
        return "{%s}" % node.expr.sql
    if isinstance(node, Mixed):
        return "".join(braces(p) if isinstance(p, str) else "{%s}" % p.sql for p in node.parts)
    if isinstance(node, Array):
        members = [written(m, random) for m in node.members]
        return members[0] if node.bare else members
    members = [(k, written(m, random)) for k, m in node.members.items()]
    controls = []
    if node.condition is not None:
        controls.append(("$if", node.condition.sql))
    if node.each is not None:
        controls.append(("$each", "%s AS %s" % (node.each[0].sql, node.each[1])))
    if node.need:
        controls.append(("$need", node.need))
    if node.keep:
        controls.append(("$keep", True))
    if node.absent:
        controls.append(("$absent", node.absent))
    for control in controls:
        members.insert(random.randrange(len(members) + 1), control)
    return dict(members)


def spelled(value, random):
    """The JSON text of it, in one of several spellings."""
    class Encoder(json.JSONEncoder):
        def default(self, o):
            return float(o)
    return json.dumps(value, ensure_ascii=random.random() < 0.5, indent=random.choice([None, None, 2]), cls=Encoder)

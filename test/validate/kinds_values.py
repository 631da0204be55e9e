"""Faults of values: dates, numbers, ids, uris, base64, codes, and narratives.

Each kind is a function that harms a Subject and returns the Fault, or None
when the resource has no place for it.
"""

from subject import Fault

BAD_DATES = {
    "date": ["2023-02-30", "2023-2-1", "2023-02-1", "20230201", "2023-13", "2023-00-10", "2023-04-31", "1900-02-29",
             "2023-06-15T10:00:00Z", "15/06/2023", "23-06-15", "0000", "2023-06-", " 2023-06-15"],
    "dateTime": ["2023-02-30", "2023-02-29T10:00:00Z", "2023-2-1", "2023-02-01T10:00Z", "2023-02-01T10:00:00",
                 "2023-02-01 10:00:00Z", "2023-02-01T24:00:00Z", "2023-02-01T10:60:00Z", "2023-02-01T10:00:00+15:00",
                 "2023-02-01T10:00:00+0800", "2023-02-01T", "2023-02-01T10:00:00.Z", "yesterday", "2023-02T10:00:00Z"],
    "instant": ["2023-02-01", "2023-02", "2023-02-01T10:00:00", "2023-02-30T10:00:00Z", "2023-02-01T10:00Z",
                "2023-02-01T10:00:00+08", "2023-02-01T10:00:61Z", "2023-11-31T00:00:00.5+08:00"],
    "time": ["10:00", "10:00:00Z", "24:00:00", "7:30:00", "10:00:60.", "10:00:00+08:00", "T10:00:00", "1000"],
}
BAD_TEXT = {
    "id": ["a_b", "a b", "x" * 65, "a/b", "é"],
    "uri": ["http://example.org/a b", "urn:oid:1 2", " http://example.org"],
    "url": ["http://example.org/a b", "two words"],
    "canonical": ["http://example.org/a b|1", "two words"],
    "oid": ["1.2.840.113619", "urn:oid:3.1.2", "urn:oid:1.02", "urn:oid:1.2.", "urn:oid:1"],
    "uuid": ["urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0", "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
             "urn:uuid:0c3151bd1cbf4d64b04dcd9187a4c6e0", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e"],
    "base64Binary": ["abc", "ab$d", "SGVsbG8", "SGVs-G8=", "Hello!!!"],
    "code": [" final", "final ", "two  blanks", "a\tb\t", "\n"],
    "string": ["a\u0001b", "bell\u0007", "form\u000cfeed"],
}


def _bad_value(type_name, values):
    def kind(subject):
        expression = subject.place_or_extension(type_name, subject.rng.choice(values))
        return Fault(expression, "value") if expression else None
    return kind


def resource_id(subject):
    """A bad id of a resource."""
    place = subject.pick(lambda p: p.struct in subject.definitions.resources and "id" in p.value)
    if place is None:
        return None
    place.value["id"] = subject.rng.choice(BAD_TEXT["id"])
    return Fault(place.expression + ".id", "value")


def code_text(subject):
    """Blanks in a code that no required binding judges."""
    value = subject.rng.choice(BAD_TEXT["code"])
    place = subject.pick_value(lambda p: p.type == "code" and p.element.strength != "required")
    if place and subject.rng.random() < 0.5:
        place.holder[place.key] = value
        return Fault(place.expression, "value")
    expression = subject.extension_value("code", value)
    return Fault(expression, "value") if expression else None


def integer_fraction(subject):
    place = subject.pick_primitive("integer", "positiveInt", "unsignedInt")
    value = subject.rng.choice([1.5, 2.25, 0.5])
    if place:
        place.holder[place.key] = value
        return Fault(place.expression, "value")
    expression = subject.extension_value("integer", value)
    return Fault(expression, "value") if expression else None


def integer_range(subject):
    """Zero or less for a positiveInt, less for an unsignedInt, beyond 32 bits for each."""
    bad = {"positiveInt": [0, -1, 2147483648], "unsignedInt": [-1, 2147483648], "integer": [2147483648, -2147483649]}
    type_name = subject.rng.choice(sorted(bad))
    expression = subject.place_or_extension(type_name, subject.rng.choice(bad[type_name]), share=0.8)
    return Fault(expression, "value") if expression else None


def code_of_binding(subject):
    """A code that its required value set has not."""
    place = subject.pick_value(lambda p: p.type == "code" and subject.definitions.bound_codes(p.element))
    if place is None:
        return None
    codes = {code for _, code in subject.definitions.bound_codes(place.element)}
    bad = [c for c in ("no-such-code", place.value.upper(), place.value + "x", place.value.capitalize()) if c not in codes]
    place.holder[place.key] = subject.rng.choice(bad)
    return Fault(place.expression, "code-invalid")


def concept_of_binding(subject):
    """A CodeableConcept without a coding of its required value set: another code, or another system."""
    place = subject.pick_value(lambda p: p.type == "CodeableConcept" and subject.definitions.bound_codes(p.element)
                               and p.value.get("coding"))
    if place is None:
        return None
    for coding in place.value["coding"]:
        if subject.rng.random() < 0.5:
            coding["code"] = "no-such-code"
        else:
            coding["system"] = "http://example.org/other"
    return Fault(place.expression, "code-invalid", within=True)


def simple_quantity(subject):
    """A comparator in a SimpleQuantity, which is a Quantity without one."""
    place = subject.pick_value(lambda p: p.struct == "Quantity" and "SimpleQuantity" in p.element.profiles)
    if place is None:
        return None
    place.value["comparator"] = "<"
    return Fault(place.expression, "invariant", within=True)


def narrative(subject):
    """A div that is no XHTML div, holds what a narrative may not, or has no content."""
    place = subject.pick_value(lambda p: p.type == "xhtml")
    start = '<div xmlns="http://www.w3.org/1999/xhtml">'
    value = subject.rng.choice([
        "plain text", "<p>no div</p>", start + "<p>not closed</div>", start + "<script>alert(1)</script>x</div>",
        start + '<p onclick="x()">x</p></div>', start + "<form><input/></form>x</div>", start + "</div>", start + "   </div>",
        start + "<p></p></div>", start + '<object data="x"></object>x</div>', start + "x</div><div>y</div>", start + "a & b</div>",
        start + "<iframe></iframe>x</div>"])
    if place is None:
        if "text" not in subject.definitions.children(subject.root.struct):
            return None
        subject.resource["text"] = {"status": "generated", "div": value}
        return Fault(subject.root.expression + ".text.div", "invariant")
    place.holder[place.key] = value
    return Fault(place.expression, "invariant")


def narrative_status(subject):
    """A narrative without status, or with one that is none."""
    if "text" not in subject.definitions.children(subject.root.struct):
        return None
    text = {"div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    subject.resource["text"] = text
    if subject.rng.random() < 0.5:
        return Fault(subject.root.expression + ".text.status", "required")
    text["status"] = subject.rng.choice(["final", "Generated", "none"])
    return Fault(subject.root.expression + ".text.status", "code-invalid")


KINDS = {
    **{"bad " + name: _bad_value(name, values) for name, values in BAD_DATES.items()},
    **{"bad " + name: _bad_value(name, values) for name, values in BAD_TEXT.items() if name not in ("id", "code")},
    "bad id": resource_id,
    "blanks in a code": code_text,
    "integer with a fraction": integer_fraction,
    "integer out of range": integer_range,
    "code outside a required binding": code_of_binding,
    "concept outside a required binding": concept_of_binding,
    "comparator in a SimpleQuantity": simple_quantity,
    "bad narrative": narrative,
    "bad narrative status": narrative_status,
}

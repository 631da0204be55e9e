"""Faults of structure: JSON types, cardinality, nulls and empties, unknown and missing elements, choices, twins.

Each kind is a function that harms a Subject and returns the Fault, or None
when the resource has no place for it.
"""

import copy

from definitions import NUMBERS
from subject import Fault

OTHER_VALUES = {"string": ["text", "12"], "number": [7, 1.5], "boolean": [True, False], "object": [{"text": "x"}]}


def json_type(type_name):
    """The JSON type of a primitive's values."""
    if type_name == "boolean":
        return "boolean"
    return "number" if type_name in NUMBERS else "string"


def wrong_type(subject):
    """A primitive of another JSON type: "5" for 5, 5 for "5", an object for a string."""
    place = subject.pick_primitive()
    if place is None:
        return None
    wanted = json_type(place.type)
    others = [value for name, values in sorted(OTHER_VALUES.items()) if name != wanted for value in values]
    if wanted == "number":
        others.append(str(place.value))
    place.holder[place.key] = subject.rng.choice(others)
    return Fault(place.expression, "structure")


def primitive_for_object(subject):
    """Text or a number where an object belongs: "subject": "Patient/1"."""
    place = subject.pick_value(lambda p: isinstance(p.value, dict) and p.type != "Resource")
    if place is None:
        return None
    place.holder[place.key] = subject.rng.choice(["text", 3, True])
    return Fault(place.expression, "structure")


def array_for_single(subject):
    """One value in an array where the element does not repeat."""
    place = subject.pick_value(lambda p: not p.element.repeats and isinstance(p.key, str))
    if place is None:
        return None
    place.holder[place.key] = [place.value]
    return Fault(place.expression, "structure")


def second_value(subject):
    """Two values where the element does not repeat."""
    place = subject.pick_value(lambda p: not p.element.repeats and isinstance(p.key, str))
    if place is None:
        return None
    place.holder[place.key] = [place.value, place.value]
    return Fault(place.expression, "structure")


def single_for_array(subject):
    """The first value alone where an array belongs."""
    place = subject.pick(lambda p: p.whole and p.value and p.value[0] is not None and "_" + p.name not in p.within)
    if place is None:
        return None
    place.holder[place.key] = place.value[0]
    return Fault(place.expression, "structure")


def null(subject):
    """A null for a value, in an array too."""
    place = subject.pick_value(lambda p: "_" + p.name not in p.within)
    if place is None:
        return None
    place.holder[place.key] = None
    return Fault(place.expression, "structure")


def empty_string(subject):
    place = subject.pick_value(lambda p: isinstance(p.value, str))
    if place is None:
        return None
    place.holder[place.key] = ""
    return Fault(place.expression, "invariant")


def empty_object(subject):
    place = subject.pick_value(lambda p: isinstance(p.value, dict) and p.type != "Resource")
    if place is None:
        return None
    place.holder[place.key] = {}
    return Fault(place.expression, "invariant")


def empty_array(subject):
    place = subject.pick(lambda p: p.whole and "_" + p.name not in p.within)
    if place is None:
        return None
    place.holder[place.key] = []
    return Fault(place.expression, "invariant")


def unknown_element(subject):
    """A member that R4 has nowhere, or a known one in other letters."""
    place = subject.pick_object()
    known = sorted(name for name in place.value if name != "resourceType" and name.lower() != name)
    if known and subject.rng.random() < 0.4:
        name = subject.rng.choice(known)
        wrong = name.lower()
        if subject.definitions.lookup(place.struct, wrong.removeprefix("_")) is None:
            place.value[wrong] = place.value[name]
            return Fault("%s.%s" % (place.expression, wrong), "structure")
    name = subject.rng.choice(["colour", "comment1", "Name", "value_x", "birth_date"])
    place.value[name] = "x"
    return Fault("%s.%s" % (place.expression, name), "structure")


def misplaced_element(subject):
    """An element that another type has."""
    place = subject.pick_object()
    donors = [p for p in subject.places if isinstance(p.key, str) and p.element is not None and not p.whole]
    donors = [(p.name, copy.deepcopy(p.value)) for p in donors if not isinstance(p.value, dict) or len(p.value) < 9]
    donors += [("birthDate", "1970-01-01"), ("subject", {"reference": "Patient/p1"}), ("status", "final"),
               ("family", "Chen"), ("valueQuantity", {"value": 1}), ("linkId", "1"), ("dosage", [{"text": "daily"}])]
    donors = [d for d in donors if subject.definitions.lookup(place.struct, d[0]) is None and d[0] not in place.value]
    name, value = subject.rng.choice(donors)
    place.value[name] = value
    return Fault("%s.%s" % (place.expression, name), "structure")


def missing_required(subject):
    """A required element is gone, with its twin."""
    candidates = []
    for place in subject.places:
        if place.struct is None or not isinstance(place.value, dict):
            continue
        for name, element in subject.definitions.children(place.struct).items():
            members = [m for m in place.value if m != "resourceType"
                       and (subject.definitions.lookup(place.struct, m.removeprefix("_")) or (None,))[0] is element]
            others = [m for m in place.value if m not in members and m not in ("id", "resourceType")]
            if element.required and members and others:
                candidates.append((place, name, members))
    if not candidates:
        return None
    place, name, members = subject.rng.choice(candidates)
    for member in members:
        del place.value[member]
    return Fault("%s.%s" % (place.expression, name), "required")


def _choices(subject):
    """(place, element, its member) of each choice that has a value."""
    for place in subject.places:
        if place.element is not None and place.element.choice and isinstance(place.key, str):
            yield place


def half_choice(subject):
    """The name of a choice without its type, or with one that it does not have."""
    place = subject.rng.choice(list(_choices(subject)) or [None])
    if place is None:
        return None
    del place.within[place.name]
    place.within.pop("_" + place.name, None)
    wrong = place.element.name
    if subject.rng.random() < 0.5:
        types = [t for t in ("HumanName", "Address", "base64Binary", "Meta", "Text") if t not in place.element.types]
        if types:
            wrong += subject.rng.choice(types)
            wrong = wrong.replace("base64Binary", "Base64Binary")
    place.within[wrong] = place.value
    return Fault("%s.%s" % (place.above, wrong), "structure")


def two_choices(subject):
    """Two types of one choice at once."""
    values = {"string": "x", "boolean": True, "integer": 3, "dateTime": "2024", "Quantity": {"value": 1}, "decimal": 1.5,
              "CodeableConcept": {"text": "x"}, "Period": {"start": "2024"}, "Reference": {"display": "x"}, "uri": "urn:x"}
    place = subject.pick_value(lambda p: p.element.choice and any(t in values and t != p.type for t in p.element.types))
    if place is None:
        return None
    other = subject.rng.choice(sorted(t for t in place.element.types if t in values and t != place.type))
    place.within[place.element.name + other[0].upper() + other[1:]] = values[other]
    return Fault("%s.%s" % (place.above, place.element.name), "structure", within=True)


def twin_of_array(subject):
    """A twin that does not align with its array: longer, shorter, or no array."""
    place = subject.pick(lambda p: p.whole and p.value and subject.definitions.is_primitive(p.type))
    if place is None:
        return None
    extension = {"extension": [{"url": "http://example.org/ext/x", "valueString": "x"}]}
    length = len(place.value) + 1 if len(place.value) == 1 else subject.rng.choice([-1, 1]) + len(place.value)
    place.within["_" + place.name] = subject.rng.choice([[extension] + [None] * (length - 1), extension])
    return Fault(place.expression, "structure")


def twin_of_single(subject):
    """A twin that is an array, text, empty, or holds what no primitive has."""
    place = subject.pick_value(lambda p: subject.definitions.is_primitive(p.type) and not p.element.repeats
                               and p.type != "xhtml" and p.name not in ("id", "url"))
    if place is None:
        return None
    extension = {"extension": [{"url": "http://example.org/ext/x", "valueString": "x"}]}
    twin, suffix = subject.rng.choice([([extension], ""), ("text", ""), ({}, ""), ({"value": "x"}, ".value"),
                                       ({"extension": []}, ".extension")])
    place.within["_" + place.name] = twin
    return Fault(place.expression + suffix, "invariant" if twin in ({}, {"extension": []}) else "structure")


def twin_of_object(subject):
    """A twin of what is no primitive."""
    place = subject.pick_value(lambda p: isinstance(p.key, str) and not subject.definitions.is_primitive(p.type))
    if place is None:
        return None
    place.within["_" + place.name] = {"id": "a"}
    return Fault("%s._%s" % (place.above, place.name), "structure")


def null_array(subject):
    """An array of nothing but nulls."""
    place = subject.pick(lambda p: p.whole and subject.definitions.is_primitive(p.type) and "_" + p.name not in p.within)
    if place is None:
        return None
    place.holder[place.key] = [None]
    return Fault(place.expression + "[0]", "structure")


KINDS = {
    "wrong JSON type": wrong_type,
    "primitive for an object": primitive_for_object,
    "array for a single value": array_for_single,
    "second value": second_value,
    "single value for an array": single_for_array,
    "null": null,
    "array of null": null_array,
    "empty string": empty_string,
    "empty object": empty_object,
    "empty array": empty_array,
    "unknown element": unknown_element,
    "misplaced element": misplaced_element,
    "missing required element": missing_required,
    "half a choice": half_choice,
    "two choices": two_choices,
    "_twin of an array": twin_of_array,
    "_twin of a single value": twin_of_single,
    "_twin of an object": twin_of_object,
}

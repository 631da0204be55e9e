"""Faults between the parts of a resource: references, contained resources, and a Bundle's entries.

Each kind is a function that harms a Subject and returns the Fault, or None
when the resource has no place for it.
"""

import re

from subject import Fault

RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9.-]+")


def reference_type(subject):
    """A reference to a type that the element does not allow."""
    place = subject.pick_value(lambda p: p.type == "Reference" and p.element.targets and "Resource" not in p.element.targets
                               and RELATIVE.fullmatch(p.value.get("reference", "")))
    if place is None:
        return None
    others = sorted({"Patient", "Observation", "Binary", "Organization", "Slot", "Basic"} - place.element.targets)
    form = subject.rng.choice(["%s/x1", "%s/x1/_history/2", "http://example.org/fhir/%s/x1"])
    place.value["reference"] = form % subject.rng.choice(others)
    place.value.pop("type", None)
    return Fault(place.expression, "structure", within=True)


def contained_type(subject):
    """A reference to a contained resource of a type that the element does not allow."""
    if "contained" not in subject.definitions.children(subject.root.struct):
        return None
    place = subject.pick_value(lambda p: p.type == "Reference" and p.element.targets and p.resource is subject.resource
                               and not p.element.targets & {"Resource", "Basic"}
                               and not p.value.get("reference", "#").startswith("#"))
    if place is None:
        return None
    subject.resource.setdefault("contained", []).append({"resourceType": "Basic", "id": "misfit", "code": {"text": "x"}})
    place.value["reference"] = "#misfit"
    place.value.pop("type", None)
    return Fault(place.expression, "structure", within=True)


def other_type(subject):
    """A reference that names one type, and its type another that the element allows too."""
    def others(place):
        found = RELATIVE.fullmatch(place.value.get("reference", ""))
        allowed = place.element.targets if "Resource" not in place.element.targets else {"Patient", "Device"}
        return sorted(allowed - {found[1]}) if found else []

    place = subject.pick_value(lambda p: p.type == "Reference" and others(p))
    if place is None:
        return None
    place.value["type"] = subject.rng.choice(others(place))
    return Fault(place.expression, "value", within=True)


def dangling(subject):
    """A reference to a contained resource that is not there."""
    place = subject.pick_value(lambda p: p.type == "Reference" and p.value.get("reference"))
    if place is None or not place.resource:
        return None
    old = place.value["reference"]
    if old.startswith("#"):
        return None		# its target would be one that nothing refers to: another fault
    place.value["reference"] = "#nowhere"
    return Fault(place.expression, "invariant", "ref-1")


def _contain(subject, resource):
    """Contains a resource and refers to it from an extension; its expression, or None."""
    if "contained" not in subject.definitions.children(subject.root.struct):
        return None
    contained = subject.resource.setdefault("contained", [])
    contained.append(resource)
    if "id" in resource:
        subject.extension_value("Reference", {"reference": "#" + resource["id"]})
    return "%s.contained[%d]" % (subject.root.expression, len(contained) - 1)


def contained_without_id(subject):
    expression = _contain(subject, {"resourceType": "Organization", "name": "x"})
    return Fault(expression + ".id", "required") if expression else None


def contained_nested(subject):
    inner = {"resourceType": "Organization", "id": "inner", "name": "x"}
    expression = _contain(subject, {"resourceType": "PractitionerRole", "id": "outer", "contained": [inner],
                                    "organization": {"reference": "#inner"}})
    return Fault(subject.root.expression, "invariant", "dom-2") if expression else None


def contained_alone(subject):
    """A contained resource that nothing refers to."""
    if "contained" not in subject.definitions.children(subject.root.struct):
        return None
    subject.resource.setdefault("contained", []).append({"resourceType": "Organization", "id": "alone", "name": "x"})
    return Fault(subject.root.expression, "invariant", "dom-3")


def contained_version(subject):
    meta = subject.rng.choice([{"versionId": "1"}, {"lastUpdated": "2024-01-01T00:00:00Z"}])
    expression = _contain(subject, {"resourceType": "Organization", "id": "versioned", "meta": meta, "name": "x"})
    return Fault(subject.root.expression, "invariant", "dom-4") if expression else None


def contained_security(subject):
    meta = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    expression = _contain(subject, {"resourceType": "Organization", "id": "secret", "meta": meta, "name": "x"})
    return Fault(subject.root.expression, "invariant", "dom-5") if expression else None


def contained_fault(subject):
    """A contained resource has a fault of its own."""
    expression = _contain(subject, {"resourceType": "Patient", "id": "faulty", "gender": "man"})
    return Fault(expression + ".gender", "code-invalid") if expression else None


def _bundle(fits=lambda bundle: True):
    """Decorates a kind of Bundles; the kind harms a Bundle that fits and returns (steps below it, code, rule)."""
    def decorate(harm):
        def kind(subject):
            bundle = subject.resource
            if bundle["resourceType"] != "Bundle" or not bundle.get("entry") or not fits(bundle):
                return None
            steps, code, rule = harm(subject, bundle, subject.rng.randrange(len(bundle["entry"])))
            return Fault("Bundle" + steps, code, rule, within=rule is None)
        return kind
    return decorate


def _of_type(*types):
    return lambda bundle: bundle["type"] in types


@_bundle(lambda b: b["type"] not in ("searchset", "history"))
def bundle_total(subject, bundle, _index):
    bundle["total"] = 2
    return "", "invariant", "bdl-1"


@_bundle(lambda b: b["type"] != "searchset")
def bundle_search(subject, bundle, index):
    bundle["entry"][index]["search"] = {"mode": "match"}
    return "", "invariant", "bdl-2"


@_bundle()
def bundle_request(subject, bundle, index):
    """No request where there must be one, or one where there must be none."""
    if bundle["type"] in ("batch", "transaction", "history"):
        bundle["entry"][index].pop("request", None)
    else:
        bundle["entry"][index]["request"] = {"method": "GET", "url": "Patient"}
    return "", "invariant", "bdl-3"


@_bundle(lambda b: b["type"] not in ("batch-response", "transaction-response", "history"))
def bundle_response(subject, bundle, index):
    bundle["entry"][index]["response"] = {"status": "200"}
    return "", "invariant", "bdl-4"


@_bundle(_of_type("searchset", "collection", "document", "message"))
def bundle_empty_entry(subject, bundle, index):
    bundle["entry"].append({"fullUrl": "urn:uuid:3a8f0a52-9e1c-4c57-8f0e-0a6d1f3b5c77"})
    return ".entry[%d]" % (len(bundle["entry"]) - 1), "invariant", "bdl-5"


@_bundle(lambda b: b["type"] != "history" and b["entry"][0].get("fullUrl") and b["entry"][0].get("resource"))
def bundle_twice(subject, bundle, _index):
    """The same fullUrl twice."""
    bundle["entry"].append(dict(bundle["entry"][0]))
    return "", "invariant", "bdl-7"


@_bundle()
def bundle_version_url(subject, bundle, index):
    bundle["entry"][index]["fullUrl"] = "http://example.org/fhir/Patient/p1/_history/1"
    return ".entry[%d]" % index, "invariant", "bdl-8"


@_bundle(_of_type("document"))
def bundle_no_identifier(subject, bundle, _index):
    if subject.rng.random() < 0.5 and "identifier" in bundle:
        bundle["identifier"] = {"system": "urn:ietf:rfc:3986"}
    else:
        bundle.pop("identifier", None)
    return "", "invariant", "bdl-9"


@_bundle(_of_type("document"))
def bundle_no_date(subject, bundle, _index):
    bundle.pop("timestamp", None)
    return "", "invariant", "bdl-10"


@_bundle(lambda b: b["type"] in ("document", "message") and len(b["entry"]) > 1)
def bundle_first(subject, bundle, _index):
    """A document or a message that does not begin with what it must begin with."""
    bundle["entry"].append(bundle["entry"].pop(0))
    return "", "invariant", "bdl-11" if bundle["type"] == "document" else "bdl-12"


@_bundle(lambda b: any("resource" in e for e in b["entry"]))
def bundle_no_type(subject, bundle, _index):
    """An entry's resource without its resourceType, or with one that is none."""
    index = next(i for i, e in enumerate(bundle["entry"]) if "resource" in e)
    resource = bundle["entry"][index]["resource"]
    if subject.rng.random() < 0.5:
        del resource["resourceType"]
        return ".entry[%d].resource" % index, "required", None
    resource["resourceType"] = subject.rng.choice(["patient", "HumanName", "Thing"])
    return ".entry[%d].resource" % index, "structure", None


KINDS = {
    "reference to a wrong type": reference_type,
    "reference to a contained wrong type": contained_type,
    "reference and type disagree": other_type,
    "dangling # reference": dangling,
    "contained without id": contained_without_id,
    "fault in a contained resource": contained_fault,
    "entry without type": bundle_no_type,
    "invariant dom-2": contained_nested,
    "invariant dom-3": contained_alone,
    "invariant dom-4": contained_version,
    "invariant dom-5": contained_security,
    "invariant bdl-1": bundle_total,
    "invariant bdl-2": bundle_search,
    "invariant bdl-3": bundle_request,
    "invariant bdl-4": bundle_response,
    "invariant bdl-5": bundle_empty_entry,
    "invariant bdl-7": bundle_twice,
    "invariant bdl-8": bundle_version_url,
    "invariant bdl-9": bundle_no_identifier,
    "invariant bdl-10": bundle_no_date,
    "invariant bdl-11 and bdl-12": bundle_first,
}

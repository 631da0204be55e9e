"""Violations of the invariants that R4 states for data types, backbones, and resources.

Each entry names an invariant, the struct that constraints.tsv states it for,
and a function that makes an object of that struct break it, whatever it held;
it returns False when this object cannot.  An object of a data type is taken
from where the resource has one, or added in an extension.
"""

from subject import Fault

UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/"


def puts(**members):
    """Sets members; None removes one."""
    def harm(value, _rng):
        for name, member in members.items():
            name = name.rstrip("_")
            if member is None:
                value.pop(name, None)
            else:
                value[name] = member
    return harm


def one_of(*harms):
    return lambda value, rng: rng.choice(harms)(value, rng)


def keeps_only(*names):
    """Leaves none but the named members, and something harmless so that the object is not empty."""
    def harm(value, _rng):
        for name in list(value):
            if name not in names:
                del value[name]
        value["id"] = "n1"
    return harm


def without(prefix, then):
    """Drops the choice with this prefix first."""
    def harm(value, rng):
        for name in [n for n in value if n.startswith(prefix) and n[len(prefix):][:1].isupper()]:
            del value[name]
        return then(value, rng)
    return harm


def needs(name, then):
    return lambda value, rng: then(value, rng) if value.get(name) else False


def concept(system, code):
    return {"coding": [{"system": CLINICAL + system, "code": code}]}


def same_code(observation, _rng):
    observation["component"] = [{"code": observation["code"], "valueInteger": 1}]
    if not observation["code"].get("coding") or not any(n.startswith("value") for n in observation):
        return False


def period(value, rng):
    value["start"], value["end"] = rng.choice([("2024-03-02", "2024-03-01"), ("2025", "2024"), ("2024-03", "2024-02"),
                                               ("2024-03-01T10:00:00+08:00", "2024-03-01T01:59:59Z"),
                                               ("2024-03-01T10:00:00.5Z", "2024-03-01T10:00:00.25Z")])


def twice_concept(value, _rng):
    value["concept"] = value["concept"] + [dict(value["concept"][0], concept=[{"code": value["concept"][0]["code"]}])]


def twice_link(value, _rng):
    value["item"].append({"linkId": value["item"][0]["linkId"], "type": "display", "text": "x"})


def item(type_name, **members):
    return puts(item=[{"linkId": "inner", "type": "display", "text": "x"}] if type_name == "group" else None,
                type=type_name, code=None, answerOption=None, answerValueSet=None, initial=None, maxLength=None,
                required=None, repeats=None, readOnly=None, **members) if not members else \
        lambda value, rng: (item(type_name)(value, rng), puts(**members)(value, rng))[1]


CODING = [{"system": "http://example.org/codes", "code": "x"}]
REFERENCE = {"reference": "Organization/o1"}
QUANTITY = {"value": 5, "unit": "mg", "system": UCUM, "code": "mg"}

TYPES = [
    ("age-1", "Age", one_of(puts(value=3, code=None), puts(value=-3, system=UCUM, code="a"),
                            puts(value=3, system="http://example.org/units", code="a"))),
    ("att-1", "Attachment", puts(data="SGVsbG8=", contentType=None)),
    ("cnt-3", "Count", one_of(puts(value=3, code=None), puts(value=3, system=UCUM, code="2"), puts(value=3.5, system=UCUM, code="1"))),
    ("cpt-2", "ContactPoint", puts(value="02-1234", system=None)),
    ("dis-1", "Distance", one_of(puts(value=3, code=None), puts(value=3, system="http://example.org/units", code="m"))),
    ("drq-1", "DataRequirement.codeFilter", puts(path="code", searchParam="code")),
    ("drt-1", "Duration", one_of(puts(value=3, system="http://example.org/units", code="d"), puts(value=None, system=UCUM, code="d"))),
    ("exp-1", "Expression", puts(language="text/cql", expression=None, reference=None)),
    ("ext-1", "Extension", one_of(lambda v, r: (keeps_only("url")(v, r), None)[1],
                                  lambda v, r: (keeps_only("url")(v, r), puts(valueString="x", extension=[
                                      {"url": "a", "valueString": "x"}])(v, r))[1])),
    ("per-1", "Period", period),
    ("qty-3", "Quantity", puts(value=5, code="mg", system=None)),
    ("rat-1", "Ratio", one_of(puts(numerator={"value": 1}, denominator=None), puts(numerator=None, denominator={"value": 1}))),
    ("rng-2", "Range", puts(low=dict(QUANTITY, value=9), high=dict(QUANTITY, value=3))),
    ("tim-1", "Timing.repeat", puts(duration=3, durationUnit=None)),
    ("tim-2", "Timing.repeat", puts(period=3, periodUnit=None)),
    ("tim-4", "Timing.repeat", puts(duration=-1, durationUnit="h")),
    ("tim-5", "Timing.repeat", puts(period=-1, periodUnit="h")),
    ("tim-6", "Timing.repeat", puts(periodMax=3, period=None)),
    ("tim-7", "Timing.repeat", puts(durationMax=3, duration=None)),
    ("tim-8", "Timing.repeat", puts(countMax=3, count=None)),
    ("tim-9", "Timing.repeat", one_of(puts(offset=10, when=None), puts(offset=10, when=["CM"], timeOfDay=None))),
    ("tim-10", "Timing.repeat", puts(timeOfDay=["08:00:00"], when=["AC"])),
    ("trd-1", "TriggerDefinition", puts(type="data-added", data=[{"type": "Patient"}], timingDate="2024-01-01")),
    ("trd-2", "TriggerDefinition", puts(type="named-event", name="x", condition={"language": "text/cql", "expression": "x"}, data=None)),
    ("trd-3", "TriggerDefinition", puts(type="named-event", name=None, timingDate="2024-01-01")),
]

RESOURCES = [
    ("ait-1", "AllergyIntolerance", puts(verificationStatus=concept("allergyintolerance-verification", "confirmed"), clinicalStatus=None)),
    ("ait-2", "AllergyIntolerance", puts(verificationStatus=concept("allergyintolerance-verification", "entered-in-error"),
                                         clinicalStatus=concept("allergyintolerance-clinical", "active"))),
    ("app-1", "Appointment.participant", puts(type=None, actor=None)),
    ("app-2", "Appointment", puts(status="proposed", start="2024-04-01T09:00:00Z", end=None)),
    ("app-3", "Appointment", puts(status="booked", start=None, end=None)),
    ("app-4", "Appointment", puts(status="proposed", cancelationReason={"text": "x"})),
    ("apr-1", "AppointmentResponse", puts(participantType=None, actor=None)),
    ("sev-1", "AuditEvent.entity", puts(name="x", query="SGVsbG8=")),
    ("cpl-3", "CarePlan.activity", puts(reference={"reference": "Task/t1"}, detail={"status": "scheduled"})),
    ("csd-1", "CodeSystem", needs("concept", twice_concept)),
    ("cmp-1", "Composition.section", puts(title="x", text=None, entry=None, section=None)),
    ("cmp-2", "Composition.section", puts(emptyReason={"text": "x"}, entry=[REFERENCE])),
    ("cmd-1", "ConceptMap.group.element.target", puts(equivalence="narrower", comment=None)),
    ("cmd-2", "ConceptMap.group.unmapped", puts(mode="fixed", code=None)),
    ("cmd-3", "ConceptMap.group.unmapped", puts(mode="other-map", url=None)),
    ("con-1", "Condition.stage", puts(type={"text": "x"}, summary=None, assessment=None)),
    ("con-2", "Condition.evidence", keeps_only()),
    ("con-4", "Condition", without("abatement", puts(abatementDateTime="2024", clinicalStatus=concept("condition-clinical", "active"),
                                                     verificationStatus=None))),
    ("con-5", "Condition", puts(verificationStatus=concept("condition-ver-status", "entered-in-error"),
                                clinicalStatus=concept("condition-clinical", "resolved"))),
    ("ppc-1", "Consent", puts(policy=None, policyRule=None)),
    ("fhs-1", "FamilyMemberHistory", without("born", without("age", puts(ageString="70", bornDate="1950")))),
    ("fhs-2", "FamilyMemberHistory", without("age", puts(estimatedAge=True))),
    ("gol-1", "Goal.target", without("detail", puts(detailString="x", measure=None))),
    ("grp-1", "Group", puts(actual=False, member=[{"entity": {"reference": "Patient/p1"}}])),
    ("imm-1", "Immunization.education", puts(documentType=None, reference=None, publicationDate="2023")),
    ("ipn-1", "InsurancePlan", puts(identifier=None, name=None)),
    ("lst-1", "List", puts(emptyReason={"text": "x"}, entry=[{"item": {"reference": "Condition/c1"}}])),
    ("lst-2", "List", puts(mode="working", entry=[{"deleted": True, "item": {"reference": "Condition/c1"}}])),
    ("lst-3", "List", puts(mode="snapshot", entry=[{"date": "2024", "item": {"reference": "Condition/c1"}}])),
    ("mrp-1", "MeasureReport", puts(type="data-collection", group=[{"code": {"text": "x"}}])),
    ("mad-1", "MedicationAdministration.dosage", without("rate", puts(text="x", dose=None))),
    ("mdd-1", "MedicationDispense", puts(whenPrepared="2024-03-02T10:00:00Z", whenHandedOver="2024-03-01T10:00:00Z")),
    ("msq-3", "MolecularSequence", puts(coordinateSystem=2)),
    ("obs-3", "Observation.referenceRange", puts(low=None, high=None, text=None, appliesTo=[{"text": "adult"}])),
    ("obs-6", "Observation", without("value", puts(valueInteger=1, dataAbsentReason={"text": "unknown"}))),
    ("obs-7", "Observation", same_code),
    ("org-1", "Organization", puts(identifier=None, name=None, active=True)),
    ("org-2", "Organization.address", puts(use="home")),
    ("org-3", "Organization.telecom", puts(use="home")),
    ("inv-1", "Parameters.parameter", without("value", puts(valueString="x", part=[{"name": "y", "valueString": "y"}]))),
    ("pat-1", "Patient.contact", puts(relationship=[{"text": "x"}], name=None, telecom=None, address=None, organization=None)),
    ("que-1", "Questionnaire.item", one_of(item("group", item=None), item("display", item=[{"linkId": "in", "type": "display"}]))),
    ("que-2", "Questionnaire", needs("item", twice_link)),
    ("que-3", "Questionnaire.item", item("display", item=None, code=CODING)),
    ("que-4", "Questionnaire.item", item("choice", answerOption=[{"valueString": "a"}], answerValueSet="http://example.org/vs")),
    ("que-5", "Questionnaire.item", item("boolean", answerOption=[{"valueString": "a"}])),
    ("que-6", "Questionnaire.item", item("display", item=None, required=True)),
    ("que-7", "Questionnaire.item.enableWhen", without("answer", puts(operator="exists", answerString="x"))),
    ("que-8", "Questionnaire.item", item("group", initial=[{"valueString": "a"}])),
    ("que-9", "Questionnaire.item", item("display", item=None, readOnly=True)),
    ("que-10", "Questionnaire.item", item("date", maxLength=5)),
    ("que-11", "Questionnaire.item", item("choice", answerOption=[{"valueString": "a"}], initial=[{"valueString": "a"}])),
    ("que-12", "Questionnaire.item", puts(enableWhen=[{"question": q, "operator": "exists", "answerBoolean": True} for q in "abc"],
                                          enableBehavior=None)),
    ("que-13", "Questionnaire.item", item("string", initial=[{"valueString": "a"}, {"valueString": "b"}])),
    ("qrs-1", "QuestionnaireResponse.item", puts(answer=[{"valueString": "a"}], item=[{"linkId": "9"}])),
    ("ras-1", "RiskAssessment.prediction", without("probability", puts(probabilityRange={"low": QUANTITY}))),
    ("ras-2", "RiskAssessment.prediction", without("probability", puts(probabilityDecimal=101))),
    ("prr-1", "ServiceRequest", puts(orderDetail=[{"text": "x"}], code=None)),
    ("inv-1", "Task", puts(authoredOn="2024-03-02", lastModified="2024-03-01")),
    ("vsd-1", "ValueSet.compose.include", puts(valueSet=None, system=None, concept=None, filter=None, version="1")),
    ("vsd-2", "ValueSet.compose.include", puts(valueSet=["http://example.org/vs"], system=None, concept=[{"code": "x"}])),
    ("vsd-3", "ValueSet.compose.include", puts(system="http://example.org/s", concept=[{"code": "x"}],
                                               filter=[{"property": "x", "op": "=", "value": "y"}])),
    ("vsd-6", "ValueSet.expansion.contains", puts(code=None, display=None, abstract=True)),
    ("vsd-9", "ValueSet.expansion.contains", puts(code=None, display="x", abstract=None)),
    ("vsd-10", "ValueSet.expansion.contains", puts(code="x", system=None)),
]

# The invariant of these is stated for an element below the object that is harmed.
BELOW = {"ras-1": ".probability.ofType(Range)"}


def _added(subject, struct, harm):
    """A harmed object of a data type in an extension: its expression, or None."""
    type_name, _, rest = struct.partition(".")
    value = {}
    target = value
    if rest:
        target = {}
        value[rest] = [target] if subject.definitions.elements[struct].repeats else target
        if struct == "DataRequirement.codeFilter":
            value["type"] = "Patient"
    if harm(target, subject.rng) is False:
        return None
    expression = subject.extension_value(type_name, value)
    if expression and rest:
        expression += "." + rest + ("[0]" if subject.definitions.elements[struct].repeats else "")
    return expression


def _of_type(rule, struct, harm):
    def kind(subject):
        place = subject.pick(lambda p: p.struct == struct)
        if struct == "Extension" and place is None:
            expression = subject.extension_value("string", "x")
            if expression is None:
                return None
            harm(subject.resource["extension"][-1], subject.rng)
            return Fault(expression[: expression.index(".value")], "invariant", rule)
        if place is None or subject.rng.random() < 0.3 and struct != "Extension":
            expression = _added(subject, struct, harm)
            return Fault(expression, "invariant", rule) if expression else None
        harm(place.value, subject.rng)
        return Fault(place.expression, "invariant", rule)
    return kind


def _of_resource(rule, struct, harm):
    def kind(subject):
        place = subject.pick(lambda p: p.struct == struct)
        if place is None or harm(place.value, subject.rng) is False:
            return None
        return Fault(place.expression + BELOW.get(rule, ""), "invariant", rule)
    return kind


def kinds(definitions):
    """The kinds by name; that the invariant is one of R4's for that struct, and an error, is checked."""
    result = {}
    for table, make in ((TYPES, _of_type), (RESOURCES, _of_resource)):
        for rule, struct, harm in table:
            path = "RiskAssessment.prediction.probability[x]" if rule == "ras-1" else struct
            if definitions.invariants.get((path, rule)) != "error":
                raise ValueError("R4 has no invariant %s of %s" % (rule, path))
            name = "invariant %s" % rule
            if rule == "inv-1":
                name += " of " + struct.split(".")[0]
            result[name] = make(rule, struct, harm)
    return result

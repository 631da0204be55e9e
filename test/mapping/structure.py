"""A part of FHIR R4, written by hand from the specification.

Element: name -> (type, repeats, required, choice), where choice is the name of
the value[x] that the element is one of, or None.
"""

PRIMITIVES = {
    "string", "code", "id", "uri", "canonical", "markdown", "boolean", "decimal", "integer",
    "positiveInt", "unsignedInt", "date", "dateTime", "instant", "time", "base64Binary", "xhtml",
}


def _elements(text):
    """Reads lines of "name type", with * where it repeats, ! where required, [x] of a choice."""
    elements = {}
    for item in text.split(","):
        words = item.split()
        flags = words[2] if len(words) > 2 else ""
        choice = flags[flags.index("["):] if "[" in flags else None
        elements[words[0]] = (words[1], "*" in flags, "!" in flags, choice)
    return elements


TYPES = {name: _elements(text) for name, text in {
    "Patient": """id id, implicitRules uri, language code, meta Meta, text Narrative, extension Extension *,
        identifier Identifier *, active boolean, name HumanName *, telecom ContactPoint *, gender code,
        birthDate date, deceasedBoolean boolean [deceased], deceasedDateTime dateTime [deceased],
        address Address *, maritalStatus CodeableConcept, multipleBirthBoolean boolean [multipleBirth],
        multipleBirthInteger integer [multipleBirth], photo Attachment *, contact Patient.contact *,
        communication Patient.communication *, generalPractitioner Reference *,
        managingOrganization Reference, link Patient.link *""",
    "Patient.contact": """relationship CodeableConcept *, name HumanName, telecom ContactPoint *, address Address,
        gender code, organization Reference, period Period""",
    "Patient.communication": "language CodeableConcept !, preferred boolean",
    "Patient.link": "other Reference !, type code !",
    "Observation": """id id, language code, meta Meta, text Narrative, identifier Identifier *, basedOn Reference *,
        status code !, category CodeableConcept *, code CodeableConcept !, subject Reference, encounter Reference,
        effectiveDateTime dateTime [effective], effectivePeriod Period [effective],
        effectiveInstant instant [effective], issued instant, performer Reference *,
        valueQuantity Quantity [value], valueCodeableConcept CodeableConcept [value], valueString string [value],
        valueBoolean boolean [value], valueInteger integer [value], valueDateTime dateTime [value],
        valueTime time [value], valuePeriod Period [value], dataAbsentReason CodeableConcept,
        interpretation CodeableConcept *, note Annotation *, referenceRange Observation.referenceRange *,
        component Observation.component *""",
    "Observation.referenceRange": "low Quantity, high Quantity, type CodeableConcept, text string",
    "Observation.component": """code CodeableConcept !, valueQuantity Quantity [value], valueString string [value],
        valueInteger integer [value], dataAbsentReason CodeableConcept, interpretation CodeableConcept *""",
    "Claim": """id id, status code !, type CodeableConcept !, use code !, patient Reference !, created dateTime !,
        provider Reference !, priority CodeableConcept !, insurance Claim.insurance *!, item Claim.item *""",
    "Claim.insurance": "sequence positiveInt !, focal boolean !, coverage Reference !, preAuthRef string *",
    "Claim.item": """sequence positiveInt !, careTeamSequence positiveInt *, productOrService CodeableConcept !,
        modifier CodeableConcept *, quantity Quantity, factor decimal""",
    "Meta": "versionId id, lastUpdated instant, source uri, profile canonical *, security Coding *, tag Coding *",
    "Narrative": "status code !, div xhtml !",
    "Element": "id string, extension Extension *",
    "Extension": """url uri !, valueString string [value], valueDecimal decimal [value], valueDate date [value],
        valueCoding Coding [value], valueBoolean boolean [value], valueBase64Binary base64Binary [value]""",
    "HumanName": "use code, text string, family string, given string *, prefix string *, period Period",
    "Identifier": "use code, type CodeableConcept, system uri, value string, period Period, assigner Reference",
    "ContactPoint": "system code, value string, use code, rank positiveInt, period Period",
    "Address": "use code, text string, line string *, city string, postalCode string, country string, period Period",
    "CodeableConcept": "coding Coding *, text string",
    "Coding": "system uri, version string, code code, display string, userSelected boolean",
    "Quantity": "value decimal, comparator code, unit string, system uri, code code",
    "Period": "start dateTime, end dateTime",
    "Reference": "reference string, type uri, identifier Identifier, display string",
    "Attachment": "contentType code, data base64Binary, url uri, size unsignedInt, title string, creation dateTime",
    "Annotation": "authorString string [author], time dateTime, text markdown !",
}.items()}

# Elements that R4 marks as modifiers and does not require.
MODIFIERS = {
    "Patient": {"implicitRules", "active", "deceasedBoolean", "deceasedDateTime", "link"},
    "Observation": {"implicitRules"},
    "HumanName": {"use"},
    "Identifier": {"use"},
    "ContactPoint": {"use"},
    "Address": {"use"},
    "Quantity": {"comparator"},
}

# Codes that R4 requires of some elements.
USES = {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"}
GENDERS = {"male", "female", "other", "unknown"}
BOUND = {
    ("Patient", "gender"): GENDERS,
    ("Patient.contact", "gender"): GENDERS,
    ("Patient.link", "type"): {"replaced-by", "replaces", "refer", "seealso"},
    ("Observation", "status"): {"registered", "preliminary", "final", "amended", "corrected", "cancelled",
                                "entered-in-error", "unknown"},
    ("Claim", "status"): {"active", "cancelled", "draft", "entered-in-error"},
    ("Claim", "use"): {"claim", "preauthorization", "predetermination"},
    ("Narrative", "status"): {"generated", "extensions", "additional", "empty"},
    ("HumanName", "use"): USES,
    ("Identifier", "use"): {"usual", "official", "temp", "secondary", "old"},
    ("ContactPoint", "system"): {"phone", "fax", "email", "pager", "url", "sms", "other"},
    ("ContactPoint", "use"): {"home", "work", "temp", "old", "mobile"},
    ("Address", "use"): {"home", "work", "temp", "old", "billing"},
    ("Quantity", "comparator"): {"<", "<=", ">=", ">"},
}

# Without these an object says nothing (rule 3 of src/mapping/README.md).
NEEDED = {"Identifier": "value", "ContactPoint": "value", "Quantity": "value", "Coding": "code"}

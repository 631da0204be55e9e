/*
 * r4_test.c
 *		Tests of the R4 look-ups, without a server.
 *
 *		r4_test [elements.tsv]
 *
 * First what is written here by hand from the published specification.  Then,
 * when HL7's table of elements is given, every one of its rows; it is read
 * line by line and nothing is shared with the generator.  Prints what failed,
 * at the end "N passed, N failed"; exit code 0 when nothing failed.
 */
#include "r4/lookup/r4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 10
#define MAX_LINE 8192

static int	passed = 0;
static int	failed = 0;

/* Counts one assertion; a failed one is printed with its subject. */
#define CHECK(condition, subject) \
	((condition) ? (void) passed++ : report_failure(#condition, subject, __LINE__))

static void
report_failure(const char *condition, const char *subject, int line)
{
	failed++;
	printf("line %d: %s: not %s\n", line, subject, condition);
}

static R4Type
type_of(const char *name)
{
	return r4_type(name, strlen(name));
}

static bool
find_child(R4Type parent, const char *name, R4Child *child)
{
	return r4_child(parent, name, strlen(name), child);
}

/* Compares what a look-up gave, which may be nothing, with what is expected. */
static bool
same(const char *found, const char *expected)
{
	return found != NULL && strcmp(found, expected) == 0;
}

static bool
type_is(R4Type type, const char *name)
{
	return same(r4_type_name(type), name);
}

/*
 * Walks a path from its type, "Patient.contact.name".  False when a step is
 * unknown; else *child describes the last one.
 */
static bool
walk(const char *path, R4Child *child)
{
	const char *step = path + strcspn(path, ".");

	child->type = r4_type(path, step - path);
	while (*step == '.')
	{
		size_t		len = strcspn(++step, ".");

		if (!r4_child(child->type, step, len, child))
			return false;
		step += len;
	}
	return child->type != R4_NO_TYPE;
}

/* Whether a path leads to this type and may or may not repeat. */
static void
check_path(const char *path, const char *type, bool repeats, bool required)
{
	R4Child		child = {0};

	CHECK(walk(path, &child), path);
	CHECK(type_is(child.type, type), path);
	CHECK(child.repeats == repeats, path);
	CHECK(child.required == required, path);
}

static void
check_no_path(const char *path)
{
	R4Child		child;

	CHECK(!walk(path, &child), path);
}

static void
test_paths(void)
{
	check_path("Patient.id", "id", false, false);
	check_path("Patient.contained", "Resource", true, false);
	check_path("Patient.extension", "Extension", true, false);
	check_path("Patient.name", "HumanName", true, false);
	check_path("Patient.name.given", "string", true, false);
	check_path("Patient.name.id", "string", false, false);
	check_path("Patient.contact", "Patient.contact", true, false);
	check_path("Patient.contact.modifierExtension", "Extension", true, false);
	check_path("Patient.contact.name", "HumanName", false, false);
	check_path("Patient.contact.name.family", "string", false, false);
	check_path("Patient.contact.name.period.start", "dateTime", false, false);
	check_path("Patient.link.other", "Reference", false, true);
	check_path("Patient.deceasedDateTime", "dateTime", false, false);
	check_path("Patient.multipleBirthInteger", "integer", false, false);
	check_path("Observation.status", "code", false, true);
	check_path("Observation.code.coding.system", "uri", false, false);
	check_path("Observation.component.valueQuantity", "Quantity", false, false);
	check_path("Observation.component.valueQuantity.value", "decimal", false, false);
	check_path("Observation.component.referenceRange.low", "Quantity", false, false);
	check_path("Observation.effectiveInstant", "instant", false, false);
	check_path("Medication.ingredient.itemReference", "Reference", false, true);
	check_path("Questionnaire.item.item.item", "Questionnaire.item", true, false);
	check_path("Questionnaire.item.item.linkId", "string", false, true);
	check_path("ClaimResponse.item.adjudication", "ClaimResponse.item.adjudication", true, true);
	check_path("ClaimResponse.adjudication", "ClaimResponse.item.adjudication", true, false);
	check_path("Extension.url", "uri", false, true);
	check_path("Extension.valueBase64Binary", "base64Binary", false, false);
	check_path("Extension.valueMeta", "Meta", false, false);
	check_path("Extension.valueCodeableConcept.coding", "Coding", true, false);
	check_path("Extension.extension.extension.valueId", "id", false, false);
	check_path("Parameters.parameter.part.part.valueUuid", "uuid", false, false);
	check_path("Bundle.entry.resource", "Resource", false, false);
	check_path("Bundle.entry.resource.meta.lastUpdated", "instant", false, false);
	check_path("Binary.data", "base64Binary", false, false);
	check_path("Timing.repeat.boundsPeriod", "Period", false, false);
	check_path("Dosage.doseAndRate.doseQuantity", "Quantity", false, false);
	check_path("Age.value", "decimal", false, false);
	check_path("Narrative.div", "xhtml", false, true);
	check_path("ElementDefinition.patternTiming", "Timing", false, false);
	check_path("date.extension.url", "uri", false, true);
}

static void
test_unknown(void)
{
	R4Child		child;

	check_no_path("Patient.contact.nmae");
	check_no_path("Patient.Name");
	check_no_path("Patient.nam");
	check_no_path("Patient.names");
	check_no_path("Patient.");
	check_no_path("Patient.zzz");
	check_no_path("Patient.resourceType");
	check_no_path("Patient._birthDate");
	check_no_path("Patient.name.use.value");	/* System.String is no element */
	check_no_path("Observation.value");
	check_no_path("Observation.value[x]");
	check_no_path("Observation.valueDecimal");
	check_no_path("Observation.valuequantity");
	check_no_path("Patient.name.modifierExtension");	/* an Element, no backbone */
	check_no_path("Bundle.contained");	/* a Resource, no DomainResource */
	check_no_path("Narrative.div.extension");	/* max is 0 */
	check_no_path("Extension.valueNarrative");	/* not among the open types */
	check_no_path("Patients.name");
	CHECK(!r4_child(R4_NO_TYPE, "id", 2, &child), "R4_NO_TYPE");
	CHECK(!r4_child(type_of("Patient"), "name", 0, &child), "length 0");
	CHECK(!r4_child(type_of("Patient"), "name\0x", 6, &child), "NUL in a name");
	CHECK(!r4_child(type_of("Patient"), "n\xc3\xa4me", 5, &child), "UTF-8");
	CHECK(r4_child(type_of("Patient"), "names", 4, &child), "length, not terminator");
}

static void
test_types(void)
{
	static const char *const primitives[] = {
		"base64Binary", "boolean", "canonical", "code", "date", "dateTime",
		"decimal", "id", "instant", "integer", "markdown", "oid",
		"positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid",
		"xhtml"
	};
	int			resources = 0;
	R4Type		type;

	for (int i = 0; i < 20; i++)
		CHECK(r4_primitive(type_of(primitives[i])) == (R4Primitive) (i + 1), primitives[i]);
	CHECK(r4_primitive(type_of("uri")) == R4_URI, "uri");
	CHECK(r4_primitive(type_of("dateTime")) == R4_DATETIME, "dateTime");
	CHECK(r4_primitive(type_of("xhtml")) == R4_XHTML, "xhtml");
	CHECK(r4_primitive(type_of("Patient")) == R4_NOT_PRIMITIVE, "Patient");
	CHECK(r4_primitive(R4_NO_TYPE) == R4_NOT_PRIMITIVE, "R4_NO_TYPE");

	for (type = 0; r4_type_name(type) != NULL; type++)
	{
		resources += r4_is_resource(type);
		CHECK(type_of(r4_type_name(type)) == type, r4_type_name(type));
	}
	CHECK(type == 682, "types");
	CHECK(resources == 146, "resources");
	CHECK(r4_is_resource(type_of("Patient")), "Patient");
	CHECK(r4_is_resource(type_of("Bundle")), "Bundle");
	CHECK(!r4_is_resource(type_of("Patient.contact")), "Patient.contact");
	CHECK(!r4_is_resource(type_of("HumanName")), "HumanName");
	CHECK(!r4_is_resource(type_of("Resource")), "Resource");
	CHECK(!r4_is_resource(R4_NO_TYPE), "R4_NO_TYPE");
	CHECK(r4_is_abstract_resource(type_of("Resource")), "Resource");
	CHECK(r4_is_abstract_resource(type_of("DomainResource")), "DomainResource");
	CHECK(!r4_is_abstract_resource(type_of("Patient")), "Patient");
	CHECK(r4_type_name(R4_NO_TYPE) == NULL, "R4_NO_TYPE");
	CHECK(type_of("patient") == R4_NO_TYPE, "patient");
	CHECK(type_of("Patien") == R4_NO_TYPE, "Patien");
	CHECK(type_of("") == R4_NO_TYPE, "no name");
	CHECK(type_of("Questionnaire.item.item") == R4_NO_TYPE, "a content reference");
}

static void
test_choices(void)
{
	R4Child		quantity = {0};
	R4Child		boolean = {0};
	R4Child		child = {0};

	CHECK(walk("Observation.valueQuantity", &quantity), "valueQuantity");
	CHECK(walk("Observation.valueBoolean", &boolean), "valueBoolean");
	CHECK(quantity.choice && boolean.choice, "alternatives");
	CHECK(quantity.element == boolean.element, "alternatives share an element");
	CHECK(r4_choice_count(quantity.element) == 11, "Observation.value[x]");
	CHECK(type_is(r4_choice_type(quantity.element, 0), "Quantity"), "first alternative");
	CHECK(type_is(r4_choice_type(quantity.element, 10), "Period"), "last alternative");
	CHECK(r4_choice_type(quantity.element, 11) == R4_NO_TYPE, "out of range");
	CHECK(r4_choice_type(quantity.element, -1) == R4_NO_TYPE, "out of range");
	CHECK(same(r4_choice_name(quantity.element, 9), "valueDateTime"), "name");
	CHECK(r4_choice_name(quantity.element, 11) == NULL, "out of range");
	CHECK(r4_choice_count(0xFFFF) == 0, "no element");

	CHECK(walk("Extension.valueAge", &child), "valueAge");
	CHECK(r4_choice_count(child.element) == 50, "Extension.value[x]");
	CHECK(child.element != quantity.element, "another element");
	CHECK(walk("Patient.name", &child) && !child.choice, "Patient.name");
	CHECK(r4_choice_count(child.element) == 0, "Patient.name");

	CHECK(walk("Dosage.doseAndRate.doseQuantity", &child) && child.simple_quantity, "dose");
	CHECK(walk("Dosage.doseAndRate.doseRange", &child) && !child.simple_quantity, "dose");
	CHECK(!quantity.simple_quantity, "Observation.valueQuantity");
	CHECK(walk("Observation.status", &child) && child.modifier, "Observation.status");
	CHECK(walk("Observation.code", &child) && !child.modifier, "Observation.code");
}

static void
test_order(void)
{
	static const char *const names[] = {
		"id", "meta", "implicitRules", "language", "text", "contained",
		"extension", "modifierExtension", "identifier", "active", "name",
		"telecom", "gender", "birthDate", "deceased[x]", "address",
		"maritalStatus", "multipleBirth[x]", "photo", "contact",
		"communication", "generalPractitioner", "managingOrganization", "link"
	};
	R4Type		patient = type_of("Patient");
	R4Child		child = {0};

	CHECK(r4_child_count(patient) == 24, "Patient");
	for (int i = 0; i < 24; i++)
	{
		const char *name = r4_child_name(patient, i, &child);

		CHECK(same(name, names[i]), names[i]);
		CHECK(child.choice == (strchr(names[i], '[') != NULL), names[i]);
		CHECK((child.type == R4_NO_TYPE) == child.choice, names[i]);
	}
	CHECK(r4_child_name(patient, 24, &child) == NULL, "out of range");
	CHECK(r4_child_name(patient, -1, &child) == NULL, "out of range");
	CHECK(r4_child_count(R4_NO_TYPE) == 0, "R4_NO_TYPE");
	CHECK(r4_child_name(R4_NO_TYPE, 0, &child) == NULL, "R4_NO_TYPE");
	CHECK(r4_child_count(type_of("string")) == 2, "a twin has id and extension");
}

/*
 * Checks what is proposed for a wrong name: the expected names, joined by
 * blanks, in this order; "" for nothing.
 */
static void
check_nearest(const char *type, const char *name, const char *expected)
{
	const char *names[3];
	char		joined[200] = "";
	int			count = r4_nearest(type_of(type), name, strlen(name), names, 3);

	for (int i = 0; i < count; i++)
	{
		strcat(joined, i > 0 ? " " : "");
		strcat(joined, names[i]);
	}
	CHECK(strcmp(joined, expected) == 0, name);
	if (strcmp(joined, expected) != 0)
		printf("\tgot \"%s\"\n", joined);
}

static void
test_nearest(void)
{
	const char *names[40];

	check_nearest("Patient", "brithDate", "birthDate");
	check_nearest("Patient", "birthdate", "birthDate");
	check_nearest("Patient", "BIRTHDATE", "birthDate");
	check_nearest("Patient", "gendre", "gender");
	check_nearest("Patient", "nmae", "name");
	check_nearest("Patient", "names", "name");
	check_nearest("Patient", "adress", "address");
	check_nearest("Patient", "Identifier", "identifier");
	check_nearest("Patient", "ident", "identifier");
	check_nearest("Patient", "maritalstatuscode", "maritalStatus");
	check_nearest("Patient", "multipleBirthInt", "multipleBirthInteger");
	check_nearest("Patient", "deceased", "deceasedBoolean deceasedDateTime");
	check_nearest("Patient", "deceasedDate", "deceasedDateTime");
	check_nearest("Observation", "value", "valueQuantity valueCodeableConcept valueString");
	check_nearest("Observation", "valueNumeric", "valueQuantity valueCodeableConcept valueString");
	check_nearest("Observation", "valueSting", "valueString");
	check_nearest("Observation", "effectiveDatetime", "effectiveDateTime");
	check_nearest("Observation", "reference", "referenceRange");
	check_nearest("HumanName", "familiy", "family");
	check_nearest("HumanName", "x", "");
	check_nearest("HumanName", "", "");
	check_nearest("HumanName", "bloodPressure", "");
	check_nearest("Nothing", "name", "");

	CHECK(r4_nearest(type_of("Extension"), "value", 5, names, 40) == 16, "at most 16");
	CHECK(r4_nearest(type_of("Extension"), "value", 5, names, 0) == 0, "room for none");
	CHECK(r4_nearest(type_of("Extension"), "valueSting", 10, names, 1) == 1 &&
			  strcmp(names[0], "valueString") == 0,
		  "room for one");
	CHECK(r4_nearest(type_of("Patient"),
					 "nameeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
					 66, names, 3) == 0,
		  "too long a name");
}

/* Cuts a line at its tabs.  Returns the number of fields. */
static int
split_fields(char *line, char **fields)
{
	int			count = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *next = line; next != NULL && count < MAX_FIELDS; count++)
	{
		fields[count] = next;
		next = strchr(next, '\t');
		if (next != NULL)
			*next++ = '\0';
	}
	return count;
}

/* Checks all that one row of a choice says: path is that of its parent. */
static void
check_choice_row(R4Type parent, const char *name, char **fields)
{
	R4Child		child = {0};
	uint16_t	element = 0;
	int			count = 0;
	int			stem = strlen(name) - 3;
	char		alternative[128];

	CHECK(!find_child(parent, name, &child), fields[0]);
	for (char *type = strtok(fields[3], "|"); type != NULL; type = strtok(NULL, "|"))
	{
		bool		simple = fields[9][0] != '\0' && strcmp(type, "Quantity") == 0;

		snprintf(alternative, sizeof(alternative), "%.*s%s", stem, name, type);
		if (alternative[stem] >= 'a')
			alternative[stem] -= 'a' - 'A';
		CHECK(find_child(parent, alternative, &child), alternative);
		if (count == 0)
			element = child.element;
		CHECK(child.element == element, alternative);
		CHECK(child.choice, alternative);
		CHECK(type_is(child.type, type), alternative);
		CHECK(child.required == (fields[1][0] == '1'), alternative);
		CHECK(!child.repeats, alternative);
		CHECK(child.modifier == (fields[8][0] == '1'), alternative);
		CHECK(child.simple_quantity == simple, alternative);
		CHECK(type_is(r4_choice_type(element, count), type), alternative);
		CHECK(same(r4_choice_name(element, count), alternative), alternative);
		count++;
	}
	CHECK(r4_choice_count(element) == count, fields[0]);
}

/* Checks all that one row of an ordinary element says. */
static void
check_element_row(R4Type parent, const char *name, char **fields)
{
	const char *type = fields[3];
	R4Child		child = {0};

	if (fields[7][0] == '#')
		type = fields[7] + 1;
	else if (strcmp(type, "BackboneElement") == 0 || strcmp(type, "Element") == 0)
		type = fields[0];

	CHECK(find_child(parent, name, &child), fields[0]);
	CHECK(type_is(child.type, type), fields[0]);
	CHECK(child.repeats == (fields[2][0] == '*'), fields[0]);
	CHECK(child.required == (fields[1][0] == '1'), fields[0]);
	CHECK(child.modifier == (fields[8][0] == '1'), fields[0]);
	CHECK(child.simple_quantity == (fields[9][0] != '\0'), fields[0]);
	CHECK(!child.choice, fields[0]);
	CHECK(r4_choice_count(child.element) == 0, fields[0]);
}

/*
 * Checks one row, and that it is the next one in the order of its type:
 * seen counts the rows below each type.
 */
static void
check_row(char **fields, int *seen)
{
	char	   *dot = strrchr(fields[0], '.');
	R4Type		parent;
	R4Child		child;
	const char *name;

	if (dot == NULL)
	{
		CHECK(type_of(fields[0]) != R4_NO_TYPE, fields[0]);
		return;
	}

	parent = r4_type(fields[0], dot - fields[0]);
	CHECK(parent != R4_NO_TYPE, fields[0]);
	if (fields[2][0] == '0' ||
		(r4_primitive(parent) != R4_NOT_PRIMITIVE && strcmp(dot, ".value") == 0))
	{
		CHECK(!find_child(parent, dot + 1, &child), fields[0]);
		return;
	}

	name = r4_child_name(parent, seen[parent]++, &child);
	CHECK(same(name, dot + 1), fields[0]);
	if (strchr(dot, '[') != NULL)
		check_choice_row(parent, dot + 1, fields);
	else
		check_element_row(parent, dot + 1, fields);
}

/* Checks every row of the file, and that the tables hold no more than it. */
static void
test_all_elements(const char *path)
{
	static int	seen[0x10000];
	static char line[MAX_LINE];
	char	   *fields[MAX_FIELDS];
	int			rows = 0;
	FILE	   *file = fopen(path, "r");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
	{
		CHECK(!"readable", path);
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL)
	{
		rows++;
		CHECK(split_fields(line, fields) == MAX_FIELDS, fields[0]);
		check_row(fields, seen);
	}
	fclose(file);

	CHECK(rows == 7675, "rows of R4 4.0.1");
	for (R4Type type = 0; r4_type_name(type) != NULL; type++)
		CHECK(seen[type] == r4_child_count(type), r4_type_name(type));
	printf("checked %d rows of elements.tsv\n", rows);
}

int
main(int argc, char **argv)
{
	test_paths();
	test_unknown();
	test_types();
	test_choices();
	test_order();
	test_nearest();
	if (argc > 1)
		test_all_elements(argv[1]);
	else
		printf("skipped: the rows of elements.tsv, which is not here\n");

	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * check_test.c
 *		Tests of the checks' plain C core, without a server.
 *
 *		check_test					small documents, codes, targets
 *		check_test --forms			see below
 *
 * Prints what failed, at the end "N passed, N failed"; exit code 0 when
 * nothing failed.  With --forms it reads lines of a primitive's name, a tab
 * and a text in hexadecimal, and prints 1 or 0 for each: is the text of the
 * primitive's form?  primitives.py compares that with R4's regular expressions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"

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

/* The faults of a document, joined by blanks: rule@key of the node. */
typedef struct Found
{
	char		text[2000];
	int			count;
	int			max;			/* stop when there are so many */
} Found;

/* Takes one fault. */
static bool
take(void *arg, const R4Document *document, const R4Fault *fault)
{
	Found	   *found = arg;
	const R4Name *node = &document->names[fault->node];
	size_t		len = strlen(found->text);

	if (fault->severity == R4_ERROR)
		snprintf(found->text + len, sizeof(found->text) - len, "%s%s@%.*s%s%s", len > 0 ? " " : "", fault->rule,
				 node->key != NULL ? node->keylen : 1, node->key != NULL ? node->key : node->parent == fault->node ? "/" : "*",
				 fault->name != NULL ? "." : "", fault->name != NULL ? fault->name : "");
	return ++found->count < found->max;
}

/* Checks that the structure of a document has these faults, in this order. */
static void
check_faults(const char *json, const char *expected)
{
	R4Document *document = read_nodes(json, strlen(json));
	Found		found = {"", 0, 100};

	CHECK(document != NULL, json);
	if (document == NULL)
		return;
	CHECK(r4_check_structure(document, R4_ERROR, take, &found), json);
	CHECK(strcmp(found.text, expected) == 0, json);
	if (strcmp(found.text, expected) != 0)
		printf("\tgot \"%s\"\n", found.text);

	/* who wants one fault is not given two */
	found.text[0] = '\0';
	found.count = 0;
	found.max = 1;
	CHECK(r4_check_structure(document, R4_ERROR, take, &found) == (expected[0] == '\0'), json);
	CHECK(found.count <= 1, json);
	free_nodes(document);
}

static void
test_documents(void)
{
	check_faults("{\"resourceType\":\"Patient\"}", "");
	check_faults("{\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"given\":[\"a\",null],\"_given\":[null,{\"id\":\"x\"}]}]}", "");
	check_faults("[]", "type@/");
	check_faults("1", "type@/");
	check_faults("{}", "ele-1@/");
	check_faults("{\"id\":\"1\"}", "required@/.resourceType");
	check_faults("{\"resourceType\":1}", "resource@resourceType");
	check_faults("{\"resourceType\":\"Observation\"}", "required@/.status required@/.code");
	check_faults("{\"resourceType\":\"Patient\",\"x\":1,\"_x\":1,\"name\":1,\"active\":1}", "unknown@x unknown@_x array@name type@active");
	check_faults("{\"resourceType\":\"Patient\",\"id\":\"1\",\"id\":\"2\",\"_id\":{\"id\":\"3\"},\"_id\":{\"id\":\"3\"}}", "duplicate@id duplicate@_id unique-id@id");
	check_faults("{\"resourceType\":\"Patient\",\"deceasedBoolean\":true,\"_deceasedBoolean\":{\"id\":\"1\"},\"deceasedDateTime\":\"2020\"}",
				 "choice@deceasedDateTime");
	check_faults("{\"resourceType\":\"Patient\",\"name\":[{\"given\":[null,\"a\"],\"_given\":[{\"id\":\"x\"}]}]}", "twin@_given");
	check_faults("{\"resourceType\":\"Patient\",\"name\":[null,{}],\"photo\":[]}", "null@* ele-1@* ele-1@photo");
	check_faults("{\"resourceType\":\"Patient\",\"gender\":\"M\",\"birthDate\":\"1970-02-30\",\"link\":[{\"type\":\"seealso\",\"other\":{\"reference\":\"Group/1\"}}]}",
				 "binding@gender date@birthDate target@reference");
	check_faults("{\"resourceType\":\"Patient\",\"text\":{\"status\":\"empty\",\"div\":\"<div xmlns='http://www.w3.org/1999/xhtml'><p></div>\"}}", "txt-1@div");
	check_faults("{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"resource\":{\"resourceType\":\"Basic\"}}]}", "required@resource.code");
}

/* A Patient with extensions in each other. */
static void
test_depth(int nesting, const char *expected)
{
	char		json[40000] = "{\"resourceType\":\"Patient\",\"extension\":[";

	for (int i = 0; i < nesting; i++)
		strcat(json, "{\"url\":\"u\",\"extension\":[");
	strcat(json, "{\"url\":\"u\",\"valueCode\":\"x\"}");
	for (int i = 0; i < nesting; i++)
		strcat(json, "]}");
	strcat(json, "]}");
	check_faults(json, expected);
}

static bool
set_has(const char *set, const char *system, const char *code)
{
	return r4_set_has(r4_set(set, (int) strlen(set)), system, system != NULL ? (int) strlen(system) : 0,
					  code, (int) strlen(code));
}

static uint16_t
element_of(const char *type, const char *name)
{
	R4Child		child = {.element = R4_NO_ELEMENT};

	(void) r4_child(r4_type(type, (int) strlen(type)), name, (int) strlen(name), &child);
	return child.element;
}

/* Every code of every set is found in it, by its system and without. */
static void
test_codes(void)
{
	const char *gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
	const char *display;
	R4Code		code;
	int			sets = 0;

	for (R4Set set = 1; r4_set_name(set) != NULL; set++, sets++)
	{
		CHECK(r4_set(r4_set_name(set), (int) strlen(r4_set_name(set))) == set, r4_set_name(set));
		for (int i = 0; i < r4_set_size(set); i++)
		{
			r4_set_code(set, i, &code);
			CHECK(r4_set_has(set, code.system, (int) strlen(code.system), code.code, (int) strlen(code.code)), code.code);
			CHECK(r4_set_has(set, NULL, 0, code.code, (int) strlen(code.code)), code.code);
			CHECK(!r4_set_has(set, "http://a.example", 16, code.code, (int) strlen(code.code)), code.code);
			CHECK(!r4_set_has(set, NULL, 0, code.code, (int) strlen(code.code) + 1), code.code);
			display = r4_display(code.system, (int) strlen(code.system), code.code, (int) strlen(code.code));
			CHECK(display != NULL, code.code);
			CHECK(r4_knows_system(code.system, (int) strlen(code.system)), code.system);
		}
	}
	CHECK(sets == 227, "sets");
	CHECK(r4_required_set(element_of("Patient", "gender")) == r4_set(gender, (int) strlen(gender)), gender);
	CHECK(r4_required_set(element_of("Patient", "maritalStatus")) == R4_NO_SET, "extensible");
	CHECK(r4_required_set(element_of("Patient", "language")) == R4_NO_SET, "preferred");
	CHECK(set_has(gender, NULL, "male") && set_has(gender, "http://hl7.org/fhir/administrative-gender", "male"), "male");
	CHECK(!set_has(gender, NULL, "Male") && !set_has(gender, NULL, "") && !set_has(gender, NULL, "mal") && !set_has(gender, NULL, "malee"), "male");
	CHECK(!r4_set_has(R4_NO_SET, NULL, 0, "male", 4), "no set");
	CHECK(r4_set("", 0) == R4_NO_SET && r4_set_name(R4_NO_SET) == NULL && r4_set_size(R4_NO_SET) == 0, "no set");
}

static void
test_targets(void)
{
	uint16_t	organization = element_of("Patient", "managingOrganization");
	R4Type		patient = r4_type("Patient", 7);

	CHECK(r4_target_count(organization) == 1, "managingOrganization");
	CHECK(r4_may_target(organization, r4_type("Organization", 12)), "Organization");
	CHECK(!r4_may_target(organization, patient), "Patient");
	CHECK(r4_target(organization, 1) == R4_NO_TYPE && r4_target(organization, -1) == R4_NO_TYPE, "out of range");
	CHECK(r4_target_count(element_of("Observation", "focus")) == 0, "any type");
	CHECK(r4_may_target(element_of("Observation", "focus"), patient), "any type");
	CHECK(r4_may_target(R4_NO_ELEMENT, patient) && r4_target_count(R4_NO_ELEMENT) == 0, "no element");
}

/* The counts of required elements are those of the elements themselves. */
static void
test_required(void)
{
	R4Child		child;

	for (R4Type type = 0; r4_type_name(type) != NULL; type++)
	{
		int			count = 0;

		for (int i = 0; r4_child_name(type, i, &child) != NULL; i++)
			count += child.required;
		CHECK(r4_required_count(type) == count, r4_type_name(type));
	}
	CHECK(r4_required_count(R4_NO_TYPE) == 0, "R4_NO_TYPE");
}

/* Answers the questions of primitives.py. */
static int
answer_forms(void)
{
	static char line[1 << 16];
	static char text[1 << 15];

	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		char	   *hex = strchr(line, '\t');
		R4Primitive primitive;
		char	   *exact;
		int			len = 0;
		unsigned int byte;

		if (hex == NULL)
			return EXIT_FAILURE;
		primitive = r4_primitive(r4_type(line, (int) (hex - line)));
		for (hex++; sscanf(hex, "%2x", &byte) == 1; hex += 2)
			text[len++] = (char) byte;
		/* no byte more than the text has, so that a sanitizer sees what is read */
		exact = malloc(len + 1);
		memcpy(exact + 1, text, len);
		printf("%d\n", r4_text_is_valid(primitive, exact + 1, len));
		free(exact);
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--forms") == 0)
		return answer_forms();
	test_documents();
	test_depth(100, "");
	test_depth(126, "");
	test_depth(128, "depth@*");
	test_depth(400, "depth@*");
	test_codes();
	test_targets();
	test_required();
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * statement.c
 *		The texts of all statements; see statement.h.
 *
 * "@" in a text becomes the schema of the extension, "@users" and "@joined" the
 * parts with USERS_VIEW, "@clients" CLIENTS_VIEW, "@patients" the types of a patient's compartment.  What is SQL's
 * is done here: JSON is put together by the database, so that the gateway only carries it.
 */
#include "gateway/database/statement.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_settings.h"
#include "gateway/base/arena.h"

Statement	statements[STATEMENTS] = {
	[SQL_ENTER] = {"enter",
				   "SELECT pg_catalog.set_config('transaction_read_only', 'on', true),"
				   " pg_catalog.set_config('statement_timeout', $2, true),"
				   " pg_catalog.set_config('role', CASE WHEN $1::text IS NULL THEN 'none' ELSE coalesce("
				   "(SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname = $1::name"
				   " AND (r.rolcanlogin OR $3::bool) AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > pg_catalog.now())"
				   " AND NOT r.rolsuper AND NOT r.rolbypassrls AND NOT r.rolreplication AND r.rolname <> session_user), '') END, true)",
				   3},
	[SQL_PING] = {"ping", "SELECT 1", 0},
	[SQL_READ] = {"read",
				  "SELECT resource, tag, pg_catalog.floor(extract(epoch FROM changed))::int8 FROM"
				  " @.fhir_read_tagged($1, $2, pg_catalog.string_to_array($4, E'\\n'), $3) WHERE tag IS NOT NULL",
				  4},
	[SQL_SEARCH] = {"search", "SELECT @.fhir_search($1, $2, $3, $4)", 4},
	[SQL_CAPABILITIES] = {"capabilities",
						  "WITH said AS MATERIALIZED (SELECT @.fhir_capabilities($1)::jsonb AS c),"
						  " resource AS (SELECT pg_catalog.jsonb_agg(r || pg_catalog.jsonb_build_object('operation', (SELECT pg_catalog.jsonb_agg("
						  "pg_catalog.jsonb_build_object('name', name, 'definition', 'http://hl7.org/fhir/' || definition)) FROM (VALUES"
						  " ('validate', 'OperationDefinition/Resource-validate', true),"
						  " ('everything', 'OperationDefinition/Patient-everything', r ->> 'type' = 'Patient'),"
						  " ('export', 'uv/bulkdata/OperationDefinition/patient-export', $2::bool AND r ->> 'type' = 'Patient'),"
						  " ('export', 'uv/bulkdata/OperationDefinition/group-export', $2::bool AND r ->> 'type' = 'Group')) AS o (name, definition, served)"
						  " WHERE served)) ORDER BY n) AS list FROM said, pg_catalog.jsonb_array_elements(c #> '{rest,0,resource}') WITH ORDINALITY AS given (r, n)),"
						  " rest AS (SELECT (c #> '{rest,0}') || pg_catalog.jsonb_build_object('resource', list, 'interaction', '[{\"code\": \"batch\"}]'::jsonb,"
						  " 'security', coalesce(c #> '{rest,0,security}', '{}') || pg_catalog.jsonb_build_object('cors', $3::bool, 'extension',"
						  " pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('url', 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',"
						  " 'extension', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('url', 'token', 'valueUri', $4::text))))))"
						  " || CASE WHEN $2::bool THEN '{\"operation\": [{\"name\": \"export\", \"definition\":"
						  " \"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export\"}]}'::jsonb ELSE '{}' END AS r FROM said, resource)"
						  " SELECT '{\"resourceType\": \"CapabilityStatement\", ' || pg_catalog.substr(pg_catalog.jsonb_strip_nulls((c - 'resourceType')"
						  " || pg_catalog.jsonb_build_object('rest', pg_catalog.jsonb_build_array(r)) || CASE WHEN $2::bool THEN"
						  " '{\"instantiates\": [\"http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data\"]}'::jsonb ELSE '{}' END)::text, 2) FROM said, rest",
						  4},
	[SQL_VALIDATE] = {"validate",
					  "WITH body AS MATERIALIZED (SELECT CASE WHEN b ->> 'resourceType' = 'Parameters' AND $2 IS DISTINCT FROM 'Parameters' THEN"
					  " (SELECT p -> 'resource' FROM pg_catalog.json_array_elements(b -> 'parameter') AS p WHERE p ->> 'name' = 'resource' LIMIT 1)"
					  " ELSE b END AS r, coalesce($3, CASE WHEN b ->> 'resourceType' = 'Parameters' AND $2 IS DISTINCT FROM 'Parameters' THEN"
					  " (SELECT coalesce(p ->> 'valueUri', p ->> 'valueCanonical', '') FROM pg_catalog.json_array_elements(b -> 'parameter') AS p"
					  " WHERE p ->> 'name' = 'profile' LIMIT 1) END) AS profile FROM (SELECT $1::json AS b OFFSET 0) AS given),"
					  " issue AS (SELECT severity, code, expression, diagnostics FROM body, @.fhir_validate(body.r) WHERE r IS NOT NULL"
					  " UNION ALL SELECT 'error', 'required', 'Parameters.parameter', 'there is no parameter named resource' FROM body WHERE r IS NULL"
					  " UNION ALL SELECT 'error', 'invalid', 'resourceType', 'is not the type in the address' FROM body WHERE r ->> 'resourceType' <> $2"
					  /* R4: a server that cannot validate against the nominated profile SHALL return an error */
					  " UNION ALL SELECT 'error', 'not-supported', '', 'only the resources of R4 themselves are validated, no profile of them' FROM body"
					  " WHERE pg_catalog.split_part(profile, '|', 1) <> 'http://hl7.org/fhir/StructureDefinition/' || (r ->> 'resourceType'))"
					  " SELECT pg_catalog.json_build_object('resourceType', 'OperationOutcome', 'issue', coalesce(pg_catalog.json_agg("
					  "pg_catalog.json_strip_nulls(pg_catalog.json_build_object('severity', severity, 'code', code, 'diagnostics', diagnostics,"
					  " 'expression', CASE WHEN expression <> '' THEN pg_catalog.json_build_array(expression) END))),"
					  " '[{\"severity\": \"information\", \"code\": \"informational\", \"diagnostics\": \"no faults found\"}]')) FROM issue",
					  3},
	[SQL_EVERYTHING] = {"everything",
						"WITH RECURSIVE @patients, patient (bundle) AS MATERIALIZED (SELECT @.fhir_search('Patient', '_id=' || $1, $2, 'strict')),"
						" page (name, bundle) AS ((SELECT 'Patient', bundle FROM patient"
						" UNION ALL SELECT name, @.fhir_search(name, parameter || '=Patient/' || $1 || '&_count=200&_total=none', $2, 'strict') FROM type"
						" WHERE name <> 'Patient' AND EXISTS (SELECT FROM patient WHERE bundle #> '{entry,0}' IS NOT NULL))"
						" UNION ALL SELECT name, @.fhir_search(name, pg_catalog.substr(l ->> 'url', pg_catalog.strpos(l ->> 'url', '?') + 1), $2, 'strict')"
						" FROM page, pg_catalog.json_array_elements(bundle -> 'link') AS l WHERE l ->> 'relation' = 'next')"
						" SELECT e FROM page, pg_catalog.json_array_elements(bundle -> 'entry') AS e WHERE e #>> '{search,mode}' = 'match'",
						2},
	/*
	 * Published ones alone: others' views could run anything in this session, and take other roles.  A join would hash pg_class,
	 * which takes a tenth of the time of a thousand resources; sub-selects look into it.  A chunk with its last line stays below
	 * 32 kB: of its copies, in buffers that double, the server would give the system back what is beyond 128 kB, and want it again
	 * at the next request.
	 */
	[SQL_DATA] = {"data",
				  "SELECT @.fhir_ndjson(coalesce((SELECT quoted FROM (SELECT m.name, (SELECT c.relnamespace FROM pg_catalog.pg_class c"
				  " WHERE c.oid = m.relation) AS space FROM @.fhir_mapping m WHERE m.published"
				  " AND pg_catalog.strpos(pg_catalog.replace($1, '\"\"', '\"'), m.name) > 0 OFFSET 0) AS m,"
				  " LATERAL (SELECT pg_catalog.format('%s.%I', space::regnamespace, name) AS quoted,"
				  " pg_catalog.format('%s.%s', (SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = space), name) AS plain) AS full_name"
				  " WHERE $1 IN (quoted, plain) LIMIT 1), 'pg_catalog.\"not published\"'), chunk_bytes => 30720)",
				  1},
	[SQL_USER] = {"user",
				  "SELECT pg_catalog.json_build_object('username', r.rolname, 'full_name', @users, 'disabled', coalesce(disabled, false)),"
				  " coalesce(disabled, false) FROM pg_catalog.pg_roles r @joined WHERE r.rolname = current_user",
				  0},
	[SQL_USER_ITEMS] = {"user_items",
						"SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('item_id', item, 'owner', current_user) ORDER BY item), '[]')"
						" FROM (SELECT pg_catalog.format('%s.%I', c.relnamespace::regnamespace, m.name) AS item FROM @.fhir_mapping m"
						" JOIN pg_catalog.pg_class c ON c.oid = m.relation"
						" WHERE m.published AND pg_catalog.has_table_privilege(c.oid, 'SELECT')) AS mapping",
						0},
	[SQL_CLIENTS] = {"clients", "SELECT client_id::text, role::text, scope::text, jwks::text FROM @clients WHERE client_id::text = $1 OR $1 IS NULL", 1},
	[SQL_ICD_SUGGEST] = {"icd_suggest",
						 "WITH s AS MATERIALIZED (SELECT list, rank, pg_catalog.json_build_object('icd', icd, 'prob', prob) AS item FROM @.aics_suggest($1, $2))"
						 " SELECT pg_catalog.json_build_object("
						 "'main', coalesce((SELECT pg_catalog.json_agg(item ORDER BY rank) FROM s WHERE list = 1), '[]'),"
						 " 'cc', coalesce((SELECT pg_catalog.json_agg(items ORDER BY list) FROM"
						 " (SELECT list, pg_catalog.json_agg(item ORDER BY rank) AS items FROM s WHERE list > 1 GROUP BY list) AS lists), '[]'))",
						 2},
	[SQL_DIAGNOSIS] = {"diagnosis",
					   "WITH note AS MATERIALIZED (SELECT pg_catalog.array_agg(n ORDER BY o) AS notes"
					   " FROM pg_catalog.json_array_elements_text($1::json) WITH ORDINALITY AS given (n, o)),"
					   " list AS (SELECT note_no, list, pg_catalog.json_agg(pg_catalog.json_build_object('icd', icd, 'prob', prob) ORDER BY rank) AS items"
					   " FROM note, @.aics_suggest_many(notes, $2) GROUP BY note_no, list)"
					   " SELECT pg_catalog.json_agg(coalesce(items, '[]') ORDER BY n, list) FROM note,"
					   " pg_catalog.generate_series(1, pg_catalog.cardinality(notes)) AS n LEFT JOIN list ON note_no = n",
					   2},
	[SQL_ICD_SEARCH] = {"icd_search",
						"SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('icd', icd, 'english_name', english_name,"
						" 'chinese_name', chinese_name, 'billable', billable) ORDER BY rank), '[]') FROM @.aics_search($1, $2)",
						2},
	[SQL_MORPHOLOGY] = {"morphology",
						"SELECT pg_catalog.json_build_object('codes', coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(code, prob)"
						" ORDER BY rank), '[]')) FROM @.morphology_suggest($1, $2, 10)",
						2},
	[SQL_EXPORT_PLAN] = {"export_plan",
						 "WITH @patients SELECT m.template ->> 'resourceType', pg_catalog.format('%s.%I', c.relnamespace::regnamespace, m.name),"
						 " CASE WHEN parameter = 'patient' OR EXISTS (SELECT FROM type WHERE name = 'Patient') THEN parameter END"
						 " FROM @.fhir_mapping m JOIN pg_catalog.pg_class c ON c.oid = m.relation LEFT JOIN type ON type.name = m.template ->> 'resourceType'"
						 " WHERE m.published AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')"
						 " AND ($1 = '' OR pg_catalog.pg_has_role(current_user, nullif($1, '')::name, 'MEMBER')) ORDER BY 1, 2",
						 1},
	[SQL_EXPORT_ABOUT] = {"export_about",
						  "SELECT pg_catalog.set_config('fhir_gateway.first', $1, true), pg_catalog.set_config('fhir_gateway.second', coalesce($2, ''), true)",
						  2},
	[SQL_EXPORT_LINES] = {"export_lines",
						  "COPY (SELECT @.fhir_ndjson(pg_catalog.current_setting('fhir_gateway.first'), chunk_bytes => 65536,"
						  " since => nullif(pg_catalog.current_setting('fhir_gateway.second'), '')::pg_catalog.timestamptz)) TO STDOUT (FORMAT binary)",
						  0},
	[SQL_EXPORT_SEARCH] = {"export_search",
						   "COPY (SELECT @.fhir_search_ndjson(pg_catalog.current_setting('fhir_gateway.first'),"
						   " pg_catalog.current_setting('fhir_gateway.second'), 65536)) TO STDOUT (FORMAT binary)",
						   0},
	[SQL_EXPORT_SEARCHES] = {"export_searches",
							 "COPY (SELECT DISTINCT @.fhir_search_ndjson(pg_catalog.current_setting('fhir_gateway.first'), query)"
							 " FROM pg_catalog.string_to_table(pg_catalog.current_setting('fhir_gateway.second'), E'\\n') AS query)"
							 " TO STDOUT (FORMAT binary)",
							 0},
	[SQL_EXPORT_MEMBERS] = {"export_members",
							"SELECT DISTINCT m #>> '{entity,reference}' FROM @.fhir_read('Group', $1) AS g, pg_catalog.json_array_elements(g -> 'member') AS m"
							" WHERE m #>> '{entity,reference}' LIKE 'Patient/%' ORDER BY 1",
							1},
};

/* Room for a growing text. */
typedef struct Text
{
	char	   *data;
	size_t		length;
	size_t		room;
} Text;

/* Adds so many bytes. */
static void
add(Text *text, const char *more, size_t size)
{
	if (text->length + size + 1 > text->room)
	{
		char	   *larger = must_alloc(text->room = (text->room + size) * 2 + 256);

		memcpy(larger, text->data != NULL ? text->data : "", text->length);
		free(text->data);
		text->data = larger;
	}
	memcpy(text->data + text->length, more, size);
	text->length += size;
	text->data[text->length] = '\0';
}

/* Adds a name in quotes, its quotes doubled. */
static void
add_identifier(Text *text, const char *name, size_t size)
{
	add(text, "\"", 1);
	for (size_t i = 0; i < size; i++)
		add(text, name[i] == '"' ? "\"\"" : name + i, name[i] == '"' ? 2 : 1);
	add(text, "\"", 1);
}

/* Adds the name of a view, as schema.name. */
static void
add_view(Text *text, const char *view)
{
	const char *dot = strchr(view, '.');

	if (dot == NULL)
		return;					/* not set: the statement is not sent */
	add_identifier(text, view, dot - view);
	add(text, ".", 1);
	add_identifier(text, dot + 1, strlen(dot + 1));
}

/* What follows 'full_name' in SQL_USER, and what the roles are joined with. */
static void
add_users(Text *text, bool joined)
{
	const char *view = settings.users_view;

	if (!joined)
	{
		const char *members = view[0] != '\0' ? "v.full_name, 'email', v.email" :
			"pg_catalog.shobj_description(r.oid, 'pg_authid'), 'email', NULL";

		add(text, members, strlen(members));
	}
	else if (view[0] == '\0')
		add(text, "CROSS JOIN (SELECT false AS disabled) v", 39);
	else
	{
		add(text, "LEFT JOIN ", 10);
		add_view(text, view);
		add(text, " v ON v.username = r.rolname::text", 34);
	}
}

/*
 * The types that are here and have a search parameter for the patient, and which: R4's compartment of patients says
 * subject or actor where there is none of that name.
 */
static const char types_of_patients[] =
	"type (name, parameter) AS (SELECT r ->> 'type', p ->> 'name' FROM pg_catalog.json_array_elements(@.fhir_capabilities() #> '{rest,0,resource}') AS r,"
	" pg_catalog.json_array_elements(r -> 'searchParam') AS p WHERE p ->> 'name' = CASE r ->> 'type' WHEN 'Patient' THEN '_id'"
	" WHEN 'AdverseEvent' THEN 'subject' WHEN 'SupplyRequest' THEN 'subject' WHEN 'Schedule' THEN 'actor' ELSE 'patient' END)";

static void add_expanded(Text *text, const char *template);

/* Adds what a mark stands for; returns its length. */
static size_t
add_mark(Text *text, const char *mark)
{
	if (strncmp(mark, "@users", 6) == 0 || strncmp(mark, "@joined", 7) == 0)
	{
		add_users(text, mark[1] == 'j');
		return mark[1] == 'j' ? 7 : 6;
	}
	if (strncmp(mark, "@clients", 8) == 0)
	{
		add_view(text, settings.clients_view);
		return 8;
	}
	if (strncmp(mark, "@patients", 9) == 0)
	{
		add_expanded(text, types_of_patients);
		return 9;
	}
	add_identifier(text, settings.schema, strlen(settings.schema));
	return 1;
}

/* Adds a text with what its marks stand for. */
static void
add_expanded(Text *text, const char *template)
{
	while (*template != '\0')
		if (*template == '@')
			template += add_mark(text, template);
		else
			add(text, template ++, 1);
}

void
statements_make(void)
{
	for (int i = 0; i < STATEMENTS; i++)
	{
		Text		text = {NULL, 0, 0};

		add_expanded(&text, statements[i].text);
		statements[i].text = text.data;
	}
}

/*
 * capability.c
 *		fhir_capabilities: what the published mappings can be asked.
 *
 * A parameter is declared when some mapping of the type has a place for a value
 * of it: these are the parameters that a search takes, and no others.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "base/base.h"
#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_capabilities);

/* A published type, and the parameters that it can be searched by. */
typedef struct CapableType
{
	const char *type;
	List	   *sources;		/* SearchSource */
	List	   *parameters;		/* Parameter */
} CapableType;

/* Does one of the sources feed the parameter? */
static bool
is_fed(List *sources, const Parameter *parameter)
{
	ListCell   *lc;

	foreach(lc, sources)
		if (invert_feeds(lfirst(lc), parameter))
			return true;
	return false;
}

/* The argument of look. */
typedef struct Look
{
	Oid			function;
	const char *type;
	List	   *sources;
} Look;

/* BaseWork: opens the sources of a type. */
static void
look(void *arg)
{
	Look	   *call = arg;

	call->sources = sources_look(sources_begin(call->function, NULL), call->type);
}

/* The sources of a type; NIL, and a warning, where one of its mappings is broken. */
static List *
sources_of(Oid function, const char *type)
{
	Look		call = {function, type, NIL};
	ErrorData  *error = base_try(look, &call);

	if (error == NULL)
		return call.sources;
	if (error->sqlerrcode != SEARCH_FAULTY)
		ReThrowError(error);
	ereport(WARNING,
			(errcode(error->sqlerrcode), errmsg("resource type \"%s\" is left out: %s", type, error->message),
			 errhint("%s", error->hint)));
	return NIL;
}

/* Reads what a type can be searched by. */
static CapableType *
read_type(Oid function, const char *type)
{
	CapableType *capable = palloc0(sizeof(CapableType));
	Parameter  *parameter;
	int			position = 0;

	capable->type = type;
	capable->sources = sources_of(function, type);
	while ((parameter = parameter_next(type, &position)) != NULL)
		if (parameter->kind != PARAMETER_SPECIAL && is_fed(capable->sources, parameter))
			capable->parameters = lappend(capable->parameters, parameter);
	return capable;
}

/* Appends the includes that lead away from a type, or with reverse those that lead to it. */
static void
append_includes(StringInfo json, List *types, const CapableType *capable, bool reverse)
{
	const char *comma = "";
	ListCell   *type;
	ListCell   *lc;
	StringInfoData list;

	initStringInfo(&list);
	foreach(type, types)
	{
		const CapableType *source = lfirst(type);

		if (!reverse && source != capable)
			continue;
		foreach(lc, source->parameters)
		{
			const Parameter *parameter = lfirst(lc);

			if (parameter->kind != PARAMETER_REFERENCE || (reverse && !parameter_may_target(parameter, capable->type)))
				continue;
			appendStringInfo(&list, "%s\"%s:%s\"", comma, source->type, parameter->code);
			comma = ",";
		}
	}
	if (list.len > 0)
		appendStringInfo(json, ",\"%s\":[%s]", reverse ? "searchRevInclude" : "searchInclude", list.data);
}

/* The constant profiles of a source's template. */
static List *
profiles_of(const SearchSource *source, List *profiles)
{
	const TemplateNode *meta = template_member(source->template->root, "meta");
	const TemplateNode *profile = meta != NULL && meta->kind == TEMPLATE_OBJECT ? template_member(meta, "profile") : NULL;
	ListCell   *lc;

	foreach(lc, profile != NULL ? profile->children : NIL)
	{
		const char *url = template_constant_string(lfirst(lc));
		ListCell   *known;
		bool		found = false;

		foreach(known, profiles)
			found |= url != NULL && strcmp(lfirst(known), url) == 0;
		if (url != NULL && !found)
			profiles = lappend(profiles, (void *) url);
	}
	return profiles;
}

/* Appends the profiles that the type's mappings say of their resources. */
static void
append_profiles(StringInfo json, const CapableType *capable)
{
	List	   *profiles = NIL;
	ListCell   *lc;

	foreach(lc, capable->sources)
		profiles = profiles_of(lfirst(lc), profiles);
	foreach(lc, profiles)
	{
		appendStringInfoString(json, foreach_current_index(lc) == 0 ? ",\"supportedProfile\":[" : ",");
		escape_json(json, lfirst(lc));
	}
	if (profiles != NIL)
		appendStringInfoChar(json, ']');
}

/* Has a mapping of the type meta.versionId? */
static bool
has_versions(const CapableType *capable)
{
	ListCell   *lc;

	foreach(lc, capable->sources)
	{
		const TemplateNode *meta = template_member(((SearchSource *) lfirst(lc))->template->root, "meta");

		if (meta != NULL && meta->kind == TEMPLATE_OBJECT && template_member(meta, "versionId") != NULL)
			return true;
	}
	return false;
}

/* Appends one type. */
static void
append_type(StringInfo json, List *types, const CapableType *capable)
{
	ListCell   *lc;

	appendStringInfo(json, "{\"type\":\"%s\"", capable->type);
	append_profiles(json, capable);
	appendStringInfo(json, ",\"interaction\":[{\"code\":\"read\"},%s{\"code\":\"search-type\"}]",
					 has_versions(capable) ? "{\"code\":\"vread\"}," : "");
	appendStringInfo(json, ",\"versioning\":\"%s\",\"conditionalRead\":\"full-support\"",
					 has_versions(capable) ? "versioned" : "no-version");
	append_includes(json, types, capable, false);
	append_includes(json, types, capable, true);
	foreach(lc, capable->parameters)
	{
		const Parameter *parameter = lfirst(lc);

		appendStringInfo(json, "%s{\"name\":\"%s\",\"definition\":\"" PARAMETER_URL "%s\",\"type\":\"%s\"}",
						 foreach_current_index(lc) == 0 ? ",\"searchParam\":[" : ",",
						 parameter->code, parameter->url, parameter_kind_name(parameter->kind));
	}
	appendStringInfo(json, "%s}", capable->parameters != NIL ? "]" : "");
}

/* Appends the head: who answers, in what formats. */
static void
append_head(StringInfo json, const char *base_url)
{
	char		day[11];
	pg_time_t	now = timestamptz_to_time_t(GetCurrentTransactionStartTimestamp());

	pg_strftime(day, sizeof(day), "%Y-%m-%d", pg_gmtime(&now));
	appendStringInfo(json, "{\"resourceType\":\"CapabilityStatement\",\"name\":\"fhir_bridge\",\"status\":\"active\",\"date\":\"%s\",\"kind\":\"instance\"", day);
	appendStringInfoString(json, ",\"software\":{\"name\":\"fhir_bridge\",\"version\":\"" FHIR_BRIDGE_VERSION "\"}");
	appendStringInfoString(json, ",\"implementation\":{\"description\":\"FHIR R4 read and search on the tables of a PostgreSQL database\"");
	if (base_url != NULL)
	{
		appendStringInfoString(json, ",\"url\":");
		escape_json(json, base_url);
	}
	appendStringInfoString(json, "},\"fhirVersion\":\"4.0.1\",\"format\":[\"json\",\"application/fhir+json\"]");
}

/*
 * fhir_capabilities(base_url text) RETURNS json
 *		The CapabilityStatement of the published mappings.
 *
 * A type whose mapping is broken is left out with a warning, since nothing can
 * be asked of it.  Raises an error where the caller may not run one of them.
 */
Datum
fhir_bridge_capabilities(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	List	   *types = NIL;
	ListCell   *lc;

	foreach(lc, sources_types(fcinfo->flinfo->fn_oid))
	{
		CapableType *capable = read_type(fcinfo->flinfo->fn_oid, lfirst(lc));

		if (capable->sources != NIL)
			types = lappend(types, capable);
	}
	initStringInfo(&json);
	append_head(&json, PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	appendStringInfoString(&json, ",\"rest\":[{\"mode\":\"server\",\"security\":{\"description\":\"Users are roles of the database; its privileges and row-level security decide what they see.\"}");
	foreach(lc, types)
	{
		appendStringInfoString(&json, foreach_current_index(lc) == 0 ? ",\"resource\":[" : ",");
		append_type(&json, types, lfirst(lc));
	}
	appendStringInfo(&json, "%s}]}", types != NIL ? "]" : "");
	PG_RETURN_TEXT_P(cstring_to_text(json.data));
}

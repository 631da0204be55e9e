/*
 * options.c
 *		The options of the foreign data wrappers fhir_bridge_aics and _model.
 *
 * A server says where a service is and how it is spoken to, a user mapping who
 * speaks; or it says where a local model lies, and needs no mapping.  Whoever may set a server's address collects the passwords of
 * everybody who calls it, and an option that names a file makes the server
 * read it: both are for superusers.  A server's validator sees all its options
 * at each change and the address is required, so that in effect only
 * superusers change servers.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "suggest/shared/settings.h"
#include "suggest/service/service.h"

typedef enum OptionKind
{
	ANY_TEXT,					/* printable ASCII, not empty */
	BASE_URL,
	URL_PATH,
	FILE_NAME,
	NUMBER,						/* a whole number */
	SECRET,						/* any text without control characters */
	WORD						/* one of some */
} OptionKind;

typedef struct Option
{
	const char *name;
	Oid			catalog;
	OptionKind	kind;
	bool		is_superusers;
	int			min;			/* of a NUMBER */
	int			max;
	const char *words[3];		/* of a WORD */
} Option;

static const Option service_options[] = {
	{"base_url", ForeignServerRelationId, BASE_URL, true},
	{"ca_file", ForeignServerRelationId, FILE_NAME, true},
	{"login_path", ForeignServerRelationId, URL_PATH, false},
	{"diagnosis_path", ForeignServerRelationId, URL_PATH, false},
	{"search_path", ForeignServerRelationId, URL_PATH, false},
	{"api_id", ForeignServerRelationId, ANY_TEXT, false},
	{"model", ForeignServerRelationId, ANY_TEXT, false},
	{"model_type", ForeignServerRelationId, ANY_TEXT, false},
	{"search_model", ForeignServerRelationId, ANY_TEXT, false},
	{"target", ForeignServerRelationId, ANY_TEXT, false},
	{"notes_per_request", ForeignServerRelationId, NUMBER, false, 1, 1000},
	{"cache_seconds", ForeignServerRelationId, NUMBER, false, 0, 31536000},
	{"email", UserMappingRelationId, SECRET, false},
	{"password", UserMappingRelationId, SECRET, false},
	{"password_file", UserMappingRelationId, FILE_NAME, true},
	{NULL}
};

static const Option model_options[] = {
	{"model_dir", ForeignServerRelationId, FILE_NAME, true},
	{"labels", ForeignServerRelationId, FILE_NAME, true},
	{"library", ForeignServerRelationId, FILE_NAME, true},
	{"max_tokens", ForeignServerRelationId, NUMBER, false, 3, 65536},
	{"threads", ForeignServerRelationId, NUMBER, true, 1, 256},
	{"memory_limit", ForeignServerRelationId, NUMBER, true, 0, 1048576},
	{"long_notes", ForeignServerRelationId, WORD, false, 0, 0, {"truncate", "max", "mean"}},
	{"stride", ForeignServerRelationId, NUMBER, false, 0, 65535},
	{"provider", ForeignServerRelationId, WORD, true, 0, 0, {"cpu", "cuda"}},
	{"cache_seconds", ForeignServerRelationId, NUMBER, false, 0, 31536000},
	{NULL}
};

PG_FUNCTION_INFO_V1(fhir_bridge_aics_validator);
PG_FUNCTION_INFO_V1(fhir_bridge_model_validator);

/* Refuses an option's value; the value itself is not shown. */
static void
refuse(const char *name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", name),
			 errdetail("%s", detail)));
}

/* Does the text have a character that has no place in a header or a URL? */
static bool
has_control_character(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if ((unsigned char) *text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

/* Refuses a file's name that is not absolute. */
void
suggest_check_file(const char *option, const char *path)
{
	if (path[0] != '/' || has_control_character(path))
		refuse(option, "An absolute path is needed.");
}

/*
 * Refuses a path of the service that could reach another host or carry more
 * than a path.
 */
static void
check_path(const Option *option, const char *value)
{
	if (value[0] != '/' || value[1] == '/' || strpbrk(value, "?#@\\ ") != NULL ||
		has_control_character(value))
		refuse(option->name, "A path that begins with one slash is needed, without query or fragment.");
}

/* Refuses a plain text that is empty or not printable ASCII. */
static void
check_text(const Option *option, const char *value)
{
	const char *c = value;

	while (*c > 0x1f && *c < 0x7f)
		c++;
	if (*value == '\0' || *c != '\0')
		refuse(option->name, "Printable ASCII characters are needed.");
}

/* Refuses a word that is none of an option's. */
static void
check_word(const Option *option, const char *value)
{
	StringInfoData known;

	initStringInfo(&known);
	for (int i = 0; i < lengthof(option->words) && option->words[i] != NULL; i++)
	{
		if (strcmp(option->words[i], value) == 0)
			return;
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", option->words[i]);
	}
	refuse(option->name, psprintf("One of these is needed: %s.", known.data));
}

/* Checks one option's value.  Raises an error when it cannot be used. */
static void
check_value(const Option *option, const char *value)
{
	SuggestUrl	url;
	const char *complaint;
	int			number;

	switch (option->kind)
	{
		case ANY_TEXT:
			check_text(option, value);
			break;
		case BASE_URL:
			complaint = suggest_url_parse(value, &url);
			if (complaint == NULL && !url.is_https && !suggest_allow_http)
				complaint = "The address must begin with https:// (see fhir_bridge.aics_allow_http).";
			if (complaint)
				refuse(option->name, complaint);
			break;
		case URL_PATH:
			check_path(option, value);
			break;
		case FILE_NAME:
			suggest_check_file(option->name, value);
			break;
		case NUMBER:
			if (!parse_int(value, &number, 0, NULL) || number < option->min || number > option->max)
				refuse(option->name, psprintf("A number from %d to %d is needed.", option->min, option->max));
			break;
		case SECRET:
			if (*value == '\0' || has_control_character(value))
				refuse(option->name, "Text without control characters is needed.");
			break;
		case WORD:
			check_word(option, value);
			break;
	}
}

/* Finds an option; NULL when this kind of object has none of that name. */
static const Option *
find_option(const Option *options, const char *name, Oid catalog)
{
	for (; options->name != NULL; options++)
	{
		if (options->catalog == catalog && strcmp(options->name, name) == 0)
			return options;
	}
	return NULL;
}

/* Refuses an unknown option and lists the known ones. */
static void
refuse_unknown(const Option *options, const char *name, Oid catalog)
{
	StringInfoData known;

	initStringInfo(&known);
	for (; options->name != NULL; options++)
	{
		if (options->catalog == catalog)
			appendStringInfo(&known, "%s%s", known.len > 0 ? ", " : "", options->name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 known.len > 0 ? errhint("Valid options here are: %s.", known.data) :
				 errhint("There are no valid options here.")));
}

/*
 * Checks the options that are given to an object.  The first of the known ones
 * is required of a server.
 */
static void
check_options(const Option *options, List *given, Oid catalog)
{
	bool		has_first = false;
	ListCell   *cell;

	foreach(cell, given)
	{
		DefElem    *element = (DefElem *) lfirst(cell);
		const Option *option = find_option(options, element->defname, catalog);

		if (option == NULL)
			refuse_unknown(options, element->defname, catalog);
		if (option->is_superusers && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to set option \"%s\"", option->name),
					 errdetail("Only a superuser may say which host is called, which file is read and what a program may take.")));
		check_value(option, defGetString(element));
		has_first |= (option == options);
	}
	if (catalog == ForeignServerRelationId && !has_first)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"%s\" is required", options->name)));
}

/* Is an option among those given? */
static bool
is_given(List *given, const char *name)
{
	ListCell   *cell;

	foreach(cell, given)
	{
		if (strcmp(((DefElem *) lfirst(cell))->defname, name) == 0)
			return true;
	}
	return false;
}

/*
 * fhir_bridge_aics_validator(options text[], catalog oid) RETURNS void
 *		Called by the server for each change of a server's or mapping's options.
 */
Datum
fhir_bridge_aics_validator(PG_FUNCTION_ARGS)
{
	List	   *given = untransformRelOptions(PG_GETARG_DATUM(0));

	check_options(service_options, given, PG_GETARG_OID(1));
	if (is_given(given, "password") && is_given(given, "password_file"))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("options \"password\" and \"password_file\" exclude each other")));
	PG_RETURN_VOID();
}

/* fhir_bridge_model_validator(options text[], catalog oid) RETURNS void: the same for models */
Datum
fhir_bridge_model_validator(PG_FUNCTION_ARGS)
{
	check_options(model_options, untransformRelOptions(PG_GETARG_DATUM(0)), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

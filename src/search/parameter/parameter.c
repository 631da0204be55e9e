/*
 * parameter.c
 *		Looking up R4's search parameters in the generated table.
 *
 * The table holds each parameter's paths as text (generate_parameters.py says
 * how they are written).  They are taken apart when a parameter is first asked for:
 * a search asks for a few, and the table stays in pages that all backends
 * share.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "search/parameter/parameter.h"

/* A row of the generated table: offsets into its strings. */
typedef struct ParameterRow
{
	uint32		base;			/* resource type, or "Resource" */
	uint32		code;
	uint32		paths;
	uint32		targets;
	uint32		components;
	uint32		url;			/* what stands behind the URL of all */
	uint32		kind;			/* ParameterKind */
} ParameterRow;

#include "search/parameter/search_parameter_tables.h"

/* The parameters of every type stand under this one. */
#define ANY_TYPE "Resource"

static const char *
row_string(uint32 offset)
{
	return parameter_strings + offset;
}

/* Orders a row against a type and a code. */
static int
compare_row(const ParameterRow *row, const char *type, const char *code)
{
	int			order = strcmp(row_string(row->base), type);

	return order != 0 ? order : strcmp(row_string(row->code), code);
}

/* The number of the first row that is not before a type and code. */
static int
first_row(const char *type, const char *code)
{
	int			low = 0;
	int			high = lengthof(parameter_rows);

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_row(&parameter_rows[middle], type, code) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Reads the filter of a step, "[...]", which ends the text. */
static void
read_filter(ParameterStep *step, char *filter)
{
	char	   *equal = strchr(filter, '=');

	filter[strlen(filter) - 1] = '\0';
	if (filter[0] == '>')
		step->target = filter + 1;
	else if (equal != NULL)
	{
		*equal = '\0';
		step->member = filter;
		step->equals = equal + 1;
	}
	else
		step->index = atoi(filter);
}

/* Reads one step below a type, whose text is changed.  Returns the type that it leads to. */
static R4Type
read_step(ParameterStep *step, char *text, R4Type type)
{
	char	   *filter = strchr(text, '[');

	memset(step, 0, sizeof(ParameterStep));
	step->index = -1;
	if (filter != NULL)
	{
		*filter = '\0';
		read_filter(step, filter + 1);
	}
	step->name = text;
	if (!r4_child(type, text, strlen(text), &step->child))
		elog(ERROR, "search parameter leads to unknown element \"%s\"", text);
	return step->child.type;
}

/* Reads a path, "name.given:string", that starts at a type of resource root. */
static ParameterPath *
read_path(char *text, R4Type root, R4Type start)
{
	ParameterPath *path = palloc0(sizeof(ParameterPath));
	char	   *type = strrchr(text, ':');
	char	   *next;

	*type = '\0';
	path->type_name = type + 1;
	path->type = r4_type(path->type_name, strlen(path->type_name));
	path->deceased = strcmp(text, "deceased") == 0;
	if (path->deceased)
		return path;
	if (*text == '/')
	{
		path->from_root = true;
		start = root;
		text++;
	}
	path->steps = palloc(sizeof(ParameterStep) * (strlen(text) / 2 + 1));
	for (; *text != '\0'; text = next)
	{
		next = strchr(text, '.');
		/* a point inside a filter is part of it */
		if (next != NULL && strchr(text, '[') != NULL && strchr(text, '[') < next)
			next = strchr(strchr(text, ']'), '.');
		if (next != NULL)
			*next++ = '\0';
		else
			next = text + strlen(text);
		start = read_step(&path->steps[path->nsteps++], text, start);
	}
	return path;
}

/* Reads paths with bars between them. */
static List *
read_paths(const char *text, R4Type root, R4Type start)
{
	List	   *paths = NIL;
	char	   *copy = pstrdup(text);
	char	   *save;

	for (char *one = strtok_r(copy, "|", &save); one != NULL; one = strtok_r(NULL, "|", &save))
		paths = lappend(paths, read_path(one, root, start));
	return paths;
}

/* The kind of a name. */
static ParameterKind
kind_of(const char *name)
{
	for (ParameterKind kind = PARAMETER_TOKEN; kind < PARAMETER_SPECIAL; kind++)
		if (strcmp(parameter_kind_name(kind), name) == 0)
			return kind;
	elog(ERROR, "unknown kind of search parameter \"%s\"", name);
}

/* Reads components: "code=token=paths;...". */
static List *
read_components(const Parameter *composite, const char *text, R4Type root)
{
	const ParameterPath *start = linitial(composite->paths);
	List	   *components = NIL;
	char	   *copy = pstrdup(text);
	char	   *save;

	for (char *one = strtok_r(copy, ";", &save); one != NULL; one = strtok_r(NULL, ";", &save))
	{
		Parameter  *component = palloc0(sizeof(Parameter));
		char	   *kind = strchr(one, '=');
		char	   *paths;

		*kind++ = '\0';
		paths = strchr(kind, '=');
		*paths++ = '\0';
		component->code = one;
		component->kind = kind_of(kind);
		component->targets = "";
		component->paths = read_paths(paths, root, start->nsteps > 0 ? start->type : root);
		components = lappend(components, component);
	}
	return components;
}

/* Reads a parameter of a row, as one of a type. */
static Parameter *
parse_row(const ParameterRow *row, R4Type root)
{
	Parameter  *parameter = palloc0(sizeof(Parameter));

	parameter->code = row_string(row->code);
	parameter->kind = row->kind;
	parameter->url = row_string(row->url);
	parameter->targets = row_string(row->targets);
	parameter->paths = read_paths(row_string(row->paths), root, root);
	parameter->components = read_components(parameter, row_string(row->components), root);
	return parameter;
}

/* A parameter that has been read. */
typedef struct ReadParameter
{
	uint32		key[2];			/* number of the row, and of the type */
	Parameter  *parameter;
} ReadParameter;

/* A parameter of a row, as one of a type; the same one, of the same address, for the whole session. */
static Parameter *
read_row(const ParameterRow *row, const char *type)
{
	static HTAB *all = NULL;
	R4Type		root = r4_type(type, strlen(type));
	uint32		key[2] = {row - parameter_rows, root};
	MemoryContext old;
	Parameter  *parameter;
	ReadParameter *entry;

	if (all == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(key), .entrysize = sizeof(ReadParameter)};

		all = hash_create("fhir_bridge search parameters", 128, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(all, key, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->parameter;
	old = MemoryContextSwitchTo(TopMemoryContext);
	parameter = parse_row(row, root);
	MemoryContextSwitchTo(old);
	entry = hash_search(all, key, HASH_ENTER, NULL);
	entry->parameter = parameter;
	return parameter;
}

/* The parameter of a resource type by its code; NULL when R4 has none. */
Parameter *
parameter_find(const char *type, const char *code)
{
	const char *bases[] = {type, ANY_TYPE};

	for (int i = 0; i < lengthof(bases); i++)
	{
		int			row = first_row(bases[i], code);

		if (row < lengthof(parameter_rows) && compare_row(&parameter_rows[row], bases[i], code) == 0)
			return read_row(&parameter_rows[row], type);
	}
	return NULL;
}

/*
 * All parameters of a resource type, one a call, those of every type at the
 * end; *position is 0 at first.  NULL after the last.
 */
Parameter *
parameter_next(const char *type, int *position)
{
	int			own = first_row(type, "");
	int			row = own + *position;
	int			any;

	if (row < lengthof(parameter_rows) && strcmp(row_string(parameter_rows[row].base), type) == 0)
	{
		(*position)++;
		return read_row(&parameter_rows[row], type);
	}
	for (row = own; row < lengthof(parameter_rows) && strcmp(row_string(parameter_rows[row].base), type) == 0;)
		row++;
	any = first_row(ANY_TYPE, "") + *position - (row - own);
	if (any >= lengthof(parameter_rows) || strcmp(row_string(parameter_rows[any].base), ANY_TYPE) != 0)
		return NULL;
	(*position)++;
	return read_row(&parameter_rows[any], type);
}

/* A kind as R4 calls it. */
const char *
parameter_kind_name(ParameterKind kind)
{
	static const char *const names[] = {
		"token", "reference", "string", "date", "composite", "uri", "quantity", "number", "special"
	};

	return names[kind];
}

/* May a reference parameter point to a type? */
bool
parameter_may_target(const Parameter *parameter, const char *type)
{
	const char *found = parameter->targets;
	int			len = strlen(type);

	if (found[0] == '*')
		return true;
	while ((found = strstr(found, type)) != NULL)
	{
		if ((found == parameter->targets || found[-1] == ',') && (found[len] == ',' || found[len] == '\0'))
			return true;
		found += len;
	}
	return false;
}

/*
 * Does a summary of a resource type have the element?  The path is written
 * without the type, and without what a choice was made of: "component.value".
 */
bool
parameter_in_summary(const char *type, const char *path)
{
	int			len = strlen(type);
	const char *row = summary_elements;
	char	   *wanted = psprintf(" %s ", path);

	while (strncmp(row, type, len) != 0 || row[len] != ' ')
	{
		row += strlen(row) + 1;
		if (row >= summary_elements + sizeof(summary_elements) - 1)
			return false;
	}
	return strstr(row, wanted) != NULL;
}

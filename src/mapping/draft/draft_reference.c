/*
 * draft_reference.c
 *		References of a drafted resource to others.
 *
 * How a target makes its id is known from its mapping, when it has one: that
 * expression is taken over with the columns of the row that refers to it.
 * Else from the foreign key to it, as its own draft would make the id.  Else it
 * is assumed for those that hospitals know by one number.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "mapping/draft/draft.h"
#include "mapping/template/template.h"

/*
 * Rewriting the id of a target for the row that refers to it: each column of
 * the target is replaced by the one that holds its value here.
 */
typedef struct Rewrite
{
	Draft	   *draft;
	Oid			target;
	DraftColumn *column;		/* that refers to it */
	List	   *references;		/* ColumnRef, in the order of the text */
	List	   *columns;		/* DraftColumn that stand in for target columns */
} Rewrite;

/* The column here that a foreign key pairs with one of the target, or NULL. */
static DraftColumn *
paired_column(Rewrite *rewrite, const char *name)
{
	DraftForeignKey *key = rewrite->column->foreign;

	for (int i = 0; i < key->nkeys; i++)
		if (strcmp(get_attname(key->target, key->keys[i], false), name) == 0)
			return draft_column(rewrite->draft, key->columns[i]);
	return NULL;
}

/* Are a column of the target and one here both text, both numbers, ...? */
static bool
same_category(Oid target, const char *name, const DraftColumn *column)
{
	Oid			type = get_atttype(target, get_attnum(target, name));
	char		ours;
	char		theirs;
	bool		preferred;

	if (!OidIsValid(type))
		return false;
	type = getBaseType(type);
	get_type_category_preferred(column->type, &ours, &preferred);
	get_type_category_preferred(type, &theirs, &preferred);
	return ours == theirs && (ours != TYPCATEGORY_USER || type == column->type);
}

/*
 * The column here that has the value of a column of the target, or NULL.
 * Without a foreign key: the referring column itself when both mean the same
 * by their names, or when the target's name says nothing ("id") and ours is
 * not another of its columns; else a column of the same name that means
 * something.
 */
static DraftColumn *
counterpart(Rewrite *rewrite, const char *name)
{
	DraftColumn *column = rewrite->column;
	DraftConcept concept;
	bool		means_nothing;
	const char *why;
	ListCell   *lc;

	if (column->foreign != NULL)
		return paired_column(rewrite, name);
	concept = draft_concept(draft_split_name(name), false, &why);
	means_nothing = concept == CONCEPT_NONE || concept == CONCEPT_ID;
	if (same_category(rewrite->target, name, column) &&
		(concept == column->concept ||
		 (means_nothing && get_attnum(rewrite->target, column->name) == InvalidAttrNumber)))
		return column;
	foreach(lc, rewrite->draft->columns)
	{
		column = lfirst(lc);
		if (!means_nothing && strcmp(column->name, name) == 0 &&
			same_category(rewrite->target, name, column))
			return column;
	}
	return NULL;
}

/* Gathers the column references of a raw parse tree. */
static bool
reference_walker(Node *node, List **references)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		*references = lappend(*references, node);
		return false;
	}
	return raw_expression_tree_walker(node, reference_walker, (void *) references);
}

/* list_sort comparator: by place in the text. */
static int
compare_locations(const ListCell *a, const ListCell *b)
{
	return ((ColumnRef *) lfirst(a))->location - ((ColumnRef *) lfirst(b))->location;
}

/* The end of an identifier, quoted or not, in SQL text that was parsed. */
static const char *
identifier_end(const char *s)
{
	if (*s != '"')
	{
		while (isalnum((unsigned char) *s) || *s == '_' || *s == '$' || IS_HIGHBIT_SET(*s))
			s++;
		return s;
	}
	for (s++; *s != '"' || s[1] == '"'; s++)
		if (*s == '"')
			s++;
	return s + 1;
}

/*
 * Where in SQL text the column's name of a reference starts, plain or behind
 * "this."; NULL for any other form.
 */
static const char *
column_start(const char *sql, const ColumnRef *reference)
{
	const char *s = sql + reference->location;

	if (!IsA(llast(reference->fields), String) || list_length(reference->fields) > 2)
		return NULL;
	if (list_length(reference->fields) == 1)
		return s;
	if (strcmp(strVal(linitial(reference->fields)), "this") != 0)
		return NULL;
	s = identifier_end(s);
	return *s == '.' ? s + 1 : NULL;
}

/*
 * Appends an expression of the target with its columns replaced.  False when
 * one has no counterpart here, or is written in a way that we do not follow.
 */
static bool
append_rewritten(Rewrite *rewrite, StringInfo buf, const char *sql)
{
	List	   *references = NIL;
	const char *done = sql;
	ListCell   *lc;

	(void) raw_expression_tree_walker(((RawStmt *) linitial(raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR)))->stmt,
									  reference_walker, (void *) &references);
	list_sort(references, compare_locations);
	foreach(lc, references)
	{
		ColumnRef  *reference = lfirst(lc);
		const char *start = column_start(sql, reference);
		DraftColumn *column = start ? counterpart(rewrite, strVal(llast(reference->fields))) : NULL;

		if (column == NULL)
			return false;
		appendBinaryStringInfo(buf, done, start - done);
		appendStringInfoString(buf, column->sql);
		done = identifier_end(start);
		rewrite->columns = list_append_unique_ptr(rewrite->columns, column);
	}
	appendStringInfoString(buf, done);
	return references != NIL;
}

/*
 * The id of a registered mapping, a string of its template, rewritten for the
 * row that refers to it.  NULL when that cannot be done.
 */
static char *
rewrite_id(Rewrite *rewrite, const char *id)
{
	Template	template = {.text = id};
	TemplateNode node = {.index = -1};
	StringInfoData buf;
	ListCell   *lc;

	placeholder_split(&template, &node, id, id, 0);
	initStringInfo(&buf);
	foreach(lc, node.parts)
	{
		TemplatePart *part = lfirst(lc);

		if (part->text != NULL)
			appendStringInfoString(&buf, part->text);
		else
		{
			appendStringInfoChar(&buf, '{');
			if (!append_rewritten(rewrite, &buf, part->expr->sql))
				return NULL;
			appendStringInfoChar(&buf, '}');
		}
	}
	return rewrite->columns != NIL ? buf.data : NULL;
}

/* Has a relation a mapping to the resource? */
static bool
is_mapped(Draft *draft, Oid relation, const char *resource)
{
	ListCell   *lc;

	foreach(lc, draft->mappings)
	{
		DraftMapping *mapping = lfirst(lc);

		if (mapping->relation == relation && strcmp(mapping->resource, resource) == 0)
			return true;
	}
	return false;
}

/* By a mapping of the resource: the foreign key's target, or any that fits. */
static char *
reference_to_mapping(Draft *draft, DraftColumn *column, const char *resource)
{
	ListCell   *lc;

	foreach(lc, draft->mappings)
	{
		DraftMapping *mapping = lfirst(lc);
		Rewrite		rewrite = {draft, mapping->relation, column};
		char	   *id;

		if (strcmp(mapping->resource, resource) != 0 || mapping->id == NULL ||
			mapping->relation == draft->relation ||
			(!draft->may_call_id && strstr(mapping->id, "fhir_id") != NULL) ||
			(column->foreign != NULL && column->foreign->target != mapping->relation))
			continue;
		id = rewrite_id(&rewrite, mapping->id);
		if (id == NULL)
			continue;
		column->why = psprintf("%s; id as in the mapping of %s", column->why, get_rel_name(mapping->relation));
		return id;
	}
	return NULL;
}

/* By a foreign key to a relation that has no mapping yet: as it will be drafted. */
static char *
reference_to_draft(Draft *draft, DraftColumn *column, const char *resource)
{
	Draft	   *target = draft_begin(draft->function, column->foreign->target, resource, NIL, false);
	List	   *values = NIL;
	ListCell   *lc;

	foreach(lc, draft_key(target))
	{
		Rewrite		rewrite = {draft, column->foreign->target, column};
		DraftColumn *value = counterpart(&rewrite, ((DraftColumn *) lfirst(lc))->name);

		if (value == NULL)
			return NULL;
		values = lappend(values, value);
	}
	return values != NIL ? draft_id_placeholder(draft, draft_id_kind(resource, target->table), values) : NULL;
}

/*
 * The reference of a column that is a key of another resource, as a string of
 * the template.  NULL when it is not known how the other makes its ids; with
 * assume, the numbers of patients, practitioners and encounters are taken as
 * their keys.
 */
char *
draft_reference(Draft *draft, DraftColumn *column, bool assume)
{
	const char *resource = draft_concept_resource(column->concept);
	char	   *id = reference_to_mapping(draft, column, resource);

	if (id == NULL && column->foreign != NULL && !is_mapped(draft, column->foreign->target, resource))
		id = reference_to_draft(draft, column, resource);
	else if (id == NULL && assume && column->foreign == NULL && draft_can_be_key(column) &&
			 (column->concept == CONCEPT_PATIENT || column->concept == CONCEPT_PRACTITIONER ||
			  column->concept == CONCEPT_ENCOUNTER))
	{
		id = draft_id_placeholder(draft, draft_id_kind(resource, ""), list_make1(column));
		column->why = psprintf("%s; taken as the key of %s", column->why, resource);
	}
	return id ? psprintf("%s/%s", resource, id) : NULL;
}

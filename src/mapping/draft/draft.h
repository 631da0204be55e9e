/*
 * draft.h
 *		Guessing a first template from a relation's names and types.
 *
 * Words: a *concept* is what a column is about, whatever language its name is
 * in; a *place* is where a concept goes in a resource (both in
 * dictionary_concepts.c); a *use* is one place that a column has got.  A guess is
 * *strong* when nothing in the column's name is left unexplained; weak ones
 * are told to the author, not written.  A *question* is an element that R4
 * wants and that nothing tells: it stands in the template as {? what to
 * decide}, which fhir_map refuses.
 *
 * A draft says only what the data says: that is the rule behind all of it.
 *
 * The knowledge is in tables of read-only data (dictionary_concepts.c,
 * dictionary_resources.c, draft_constants.c); the rest looks things up.
 * dictionary_split.c and dictionary.c read names, draft_catalog.c the catalog,
 * draft_rows.c a few rows when it is asked to.  draft_guess.c chooses the
 * resource.  draft_fill.c and draft_beside.c fill it, place by place
 * (draft_place.c); draft_left.c sees to what is left.  draft_value.c and
 * draft_time.c write the expression that makes a column's type fit,
 * draft_key.c ids and references.  draft_tree.c prints the template, draft.c
 * has the SQL functions.
 *
 * Paths are written without positions, since R4 knows what repeats; a label
 * after a colon tells apart several members of one array, as in
 * "telecom:phone.value" and "telecom:email.value".
 *
 * Everything is allocated in the current memory context.
 */
#ifndef FHIR_BRIDGE_DRAFT_H
#define FHIR_BRIDGE_DRAFT_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"
#include "mapping/dictionary/dictionary.h"
#include "r4/lookup/r4.h"

/* What stands in a template beside the columns. */
typedef struct DraftConstant
{
	const char *resource;		/* NULL: in any */
	const char *group;			/* written when a column is below this path;
								 * NULL: when the element is still missing */
	const char *path;			/* below the group */
	const char *value;			/* text; JSON when it starts with {" or [", a
								 * question when with ?; for $column and $ see
								 * draft_beside.c */
	const char *when;			/* NULL, a path that a column feeds, or
								 * "table:" and a word of the table's name */
} DraftConstant;

/* One place that a column has got. */
typedef struct DraftUse
{
	struct DraftColumn *column;
	const char *path;			/* as in the tables */
	struct DraftNode *node;		/* in the tree */
	const char *expression;		/* the string in the template */
	const char *reason;
} DraftUse;

/* A foreign key of the relation. */
typedef struct DraftForeignKey
{
	Oid			target;			/* relation referred to */
	int			nkeys;
	AttrNumber	key;			/* first column there */
} DraftForeignKey;

/* What the rows that were read have in a column; see draft_rows.c. */
typedef enum DraftLook
{
	LOOK_YEAR = 1 << 0,			/* 1979 */
	LOOK_DAY = 1 << 1,			/* 19790101 */
	LOOK_MINUTE = 1 << 2,		/* 197901010830 */
	LOOK_SECOND = 1 << 3,		/* 19790101083000 */
	LOOK_ROC = 1 << 4,			/* 0680101, 068/01/01 */
	LOOK_ISO = 1 << 5,			/* 1979-01-01 and more */
	LOOK_CLOCK = 1 << 6,		/* 0830, 08:30 */
	LOOK_NAME = 1 << 7,			/* has blanks, small letters or Chinese */
	LOOK_ICD_10 = 1 << 8,
	LOOK_ICD_9 = 1 << 9,
	LOOK_FLAG = 1 << 10,		/* Y, N, 1, 0, ... */
	LOOK_SEX = 1 << 11,			/* M, F, 1, 2, 9, ... */
	LOOK_CELSIUS = 1 << 12,		/* 30 to 45 */
	LOOK_FAHRENHEIT = 1 << 13,	/* 85 to 115 */
	LOOK_SEEN = 1 << 14			/* a value was read */
} DraftLook;

typedef struct DraftColumn
{
	AttrNumber	number;
	const char *name;
	const char *sql;			/* quoted where needed */
	const char *words;			/* the name taken apart, for dictionary.c */
	Oid			declared;		/* type as declared */
	int32		typmod;
	Oid			type;			/* base type */
	bool		not_null;
	bool		placed;			/* has a use beside the id */
	const DictionaryConcept *concept;	/* or NULL */
	const char *left;			/* of its words, beside the concept's; "" for a
								 * foreign key */
	const char *why;			/* what spoke for the concept */
	const char *unused;			/* why it has no use, as far as known */
	const char *decide;			/* what to decide about it, or NULL */
	int			looks;			/* DraftLook of all rows read; 0: none was */
	DraftForeignKey *foreign;	/* that starts with it, or NULL */
} DraftColumn;

/* Something that the draft does not know, in the template as {? text}. */
typedef struct DraftQuestion
{
	struct DraftNode *node;
	const char *text;
} DraftQuestion;

/* A mapping that is registered already. */
typedef struct DraftMapping
{
	Oid			relation;
	char	   *resource;
	char	   *id;				/* the template's "id" */
} DraftMapping;

/* A value of the template that is drafted. */
typedef struct DraftNode
{
	struct DraftNode *parent;
	char	   *name;			/* of the element; a twin's has its _ */
	char	   *label;			/* or NULL */
	R4Type		type;
	bool		repeats;		/* it is a member of an array */
	int			order;			/* of its element below the parent */
	int			element;		/* number of its R4 element, or -1 */
	const char *value;			/* text, or NULL: an object */
	bool		json;			/* value is JSON */
	List	   *children;		/* DraftNode, in R4's order */
} DraftNode;

typedef struct Draft
{
	Oid			function;		/* one of the extension's functions */
	Oid			relation;
	char	   *table;			/* its name */
	char	   *qualified;		/* with its schema, quoted */
	char	   *words;			/* the name taken apart, for dictionary.c */
	char	   *prefix;			/* word that most columns begin with, or "" */
	List	   *columns;		/* DraftColumn */
	const char *resource;		/* chosen type; NULL: nothing fits */
	const char *instead;		/* what it looks like, when that is not drafted */
	bool		may_call_id;	/* the caller may call fhir_id */
	bool		key_is_guessed; /* no unique key guarantees the id */
	bool		key_is_other;	/* the declared key is another resource's */
	bool		needs_zone;		/* a time without zone is used */
	List	   *declared;		/* DraftColumn of the primary or another key */
	List	   *key;			/* DraftColumn of the id */
	List	   *mappings;		/* DraftMapping */
	DraftNode  *root;
	const char *condition;		/* of the root's $if, or NULL */
	List	   *uses;			/* DraftUse */
	List	   *questions;		/* DraftQuestion */
} Draft;

/* in draft_catalog.c */
extern List *draft_load_mappings(Oid function, Oid relation);
extern Draft *draft_begin(Oid function, Oid relation, const char *resource, List *mappings, int rows);

/* in draft_guess.c */
extern const DictionaryResource *draft_find_resource(const char *name);
extern bool draft_is_strong(Draft *draft, const DraftColumn *column, const char *resource);
extern char *draft_known_resources(void);
extern const char *draft_check_resource(const char *resource);
extern void draft_guess_resource(Draft *draft);

/* in draft_rows.c */
extern void draft_look(Draft *draft, int rows);

/* in draft_column.c */
extern DraftColumn *draft_column(Draft *draft, AttrNumber number);
extern bool draft_is_text(const DraftColumn *column);
extern bool draft_is_integer(const DraftColumn *column);
extern bool draft_is_number(const DraftColumn *column);
extern bool draft_is_time(const DraftColumn *column);
extern const char *draft_as_text(const DraftColumn *column);
extern char *draft_or_null(const DraftColumn *column);

/* in draft_value.c */
extern char *draft_value(Draft *draft, const DraftColumn *column, const char *path, R4Type type);
extern char *draft_other_value(const DraftColumn *column);
extern char *draft_key_value(const DraftColumn *column, bool optional);
extern char *draft_key_text(const DraftColumn *column, bool optional);
extern char *draft_class_value(const DraftColumn *column);

/* in draft_time.c */
extern char *draft_time_value(Draft *draft, const DraftColumn *column, R4Primitive target);

/* in draft_key.c */
extern bool draft_can_be_key(const DraftColumn *column);
extern bool draft_is_surrogate(const DraftColumn *column);
extern List *draft_key(Draft *draft);
extern char *draft_id(Draft *draft, const char *kind, List *values);
extern char *draft_id_kind(const char *resource, const char *table);
extern char *draft_reference(Draft *draft, DraftColumn *column);

/* in draft_tree.c */
extern char *draft_url_part(const char *name);
extern void draft_use(Draft *draft, DraftColumn *column, const char *path, const char *value,
					  const char *reason);
extern void draft_ask(Draft *draft, const char *path, const char *text);
extern bool draft_is_free(Draft *draft, const char *path);
extern DraftNode *draft_set(Draft *draft, const char *path, const char *value);
extern DraftNode *draft_find(Draft *draft, const char *path);
extern R4Type draft_path_type(Draft *draft, const char *path, bool *repeats);
extern char *draft_node_path(Draft *draft, const DraftNode *node);
extern char *draft_print(Draft *draft);

/* in draft_place.c */
extern char *draft_without_labels(const char *path);
extern bool draft_fill_place(Draft *draft, DraftColumn *column, const char *path);
extern char *draft_place(const DictionaryConcept *concept, const char *resource, R4Type type, int number);

/* in draft_fill.c */
extern void draft_fill(Draft *draft);

/* in draft_left.c */
extern void draft_explain_unused(Draft *draft);

/* in draft_constants.c */
extern const DraftConstant draft_constants[];

/* in draft_beside.c */
extern void draft_fill_status(Draft *draft);
extern void draft_fill_constants(Draft *draft);
extern void draft_fill_absent(Draft *draft);

#endif							/* FHIR_BRIDGE_DRAFT_H */

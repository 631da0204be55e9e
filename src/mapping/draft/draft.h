/*
 * draft.h
 *		Guessing a first template from a relation's names and types.
 *
 * Words: a *concept* is what a column is about, whatever language its name is
 * in (draft_words.c); a *place* is where a concept goes in a resource
 * (draft_places.c); a *use* is one place that a column has got.
 *
 * The knowledge is in tables of read-only data; the rest looks things up:
 * draft_guess.c reads the catalog and chooses the resource, draft_fill.c and
 * draft_beside.c fill it, draft_value.c writes the expression that makes a
 * column's type fit, draft_key.c ids, draft_reference.c references,
 * draft_tree.c prints the template, draft.c has the SQL functions.
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
#include "r4/lookup/r4.h"

/* What a column is about. */
typedef enum DraftConcept
{
	CONCEPT_NONE,

	/* times */
	CONCEPT_BIRTH,
	CONCEPT_DEATH,
	CONCEPT_START,
	CONCEPT_END,
	CONCEPT_WHEN,
	CONCEPT_ISSUED,
	CONCEPT_UPDATED,
	CONCEPT_EXPIRY,
	CONCEPT_LAST_TIME = CONCEPT_EXPIRY,

	/* keys of other resources, or the resource's own */
	CONCEPT_PATIENT,
	CONCEPT_PRACTITIONER,
	CONCEPT_ORGANIZATION,
	CONCEPT_LOCATION,
	CONCEPT_ENCOUNTER,
	CONCEPT_SPECIMEN,
	CONCEPT_REPORT,
	CONCEPT_ORDER,
	CONCEPT_LAST_KEY = CONCEPT_ORDER,
	CONCEPT_ID,
	CONCEPT_SEQUENCE,

	/* persons and places */
	CONCEPT_NATIONAL_ID,
	CONCEPT_SSN,
	CONCEPT_PASSPORT,
	CONCEPT_LICENSE,
	CONCEPT_NAME,
	CONCEPT_ENGLISH_NAME,
	CONCEPT_FAMILY,
	CONCEPT_GIVEN,
	CONCEPT_MIDDLE,
	CONCEPT_PREFIX,
	CONCEPT_SUFFIX,
	CONCEPT_PATIENT_NAME,
	CONCEPT_PRACTITIONER_NAME,
	CONCEPT_ORGANIZATION_NAME,
	CONCEPT_SEX,
	CONCEPT_MARITAL,
	CONCEPT_LANGUAGE,
	CONCEPT_DEAD,
	CONCEPT_ACTIVE,
	CONCEPT_PHONE,
	CONCEPT_MOBILE,
	CONCEPT_FAX,
	CONCEPT_EMAIL,
	CONCEPT_ADDRESS,
	CONCEPT_CITY,
	CONCEPT_DISTRICT,
	CONCEPT_STATE,
	CONCEPT_ZIP,
	CONCEPT_COUNTRY,
	CONCEPT_CONTACT,
	CONCEPT_CONTACT_PHONE,
	CONCEPT_DEPARTMENT,
	CONCEPT_SPECIALTY,

	/* what was found or done */
	CONCEPT_CLASS,
	CONCEPT_REASON,
	CONCEPT_REASON_CODE,
	CONCEPT_DISPOSITION,
	CONCEPT_ICD,
	CONCEPT_LOINC,
	CONCEPT_SNOMED,
	CONCEPT_RXNORM,
	CONCEPT_CODE,
	CONCEPT_CODE_NAME,
	CONCEPT_DIAGNOSIS,
	CONCEPT_PROCEDURE,
	CONCEPT_VALUE,
	CONCEPT_UNIT,
	CONCEPT_RANGE,
	CONCEPT_RANGE_LOW,
	CONCEPT_RANGE_HIGH,
	CONCEPT_ABNORMAL,
	CONCEPT_SYSTOLIC,
	CONCEPT_DIASTOLIC,
	CONCEPT_PULSE,
	CONCEPT_TEMPERATURE,
	CONCEPT_RESPIRATION,
	CONCEPT_OXYGEN,
	CONCEPT_WEIGHT,
	CONCEPT_HEIGHT,
	CONCEPT_DRUG_CODE,
	CONCEPT_DRUG,
	CONCEPT_DOSE,
	CONCEPT_DOSE_UNIT,
	CONCEPT_FREQUENCY,
	CONCEPT_ROUTE,
	CONCEPT_DAYS,
	CONCEPT_QUANTITY,
	CONCEPT_DIRECTIONS,
	CONCEPT_AS_NEEDED,
	CONCEPT_REFILLS,
	CONCEPT_ALLERGEN,
	CONCEPT_REACTION,
	CONCEPT_VACCINE_CODE,
	CONCEPT_VACCINE,
	CONCEPT_LOT,
	CONCEPT_DOSE_NUMBER,
	CONCEPT_MANUFACTURER,
	CONCEPT_BODY_SITE,
	CONCEPT_SPECIMEN_TYPE,
	CONCEPT_CONCLUSION,
	CONCEPT_KIND,
	CONCEPT_SEVERITY,
	CONCEPT_STATUS,
	CONCEPT_NOTE
} DraftConcept;

/* Words of columns' names that speak for a concept. */
typedef struct DraftWords
{
	DraftConcept concept;
	int			weight;			/* 3: says it alone; 1: only if no other does */
	const char *patterns;		/* between blanks, UTF-8 */
} DraftWords;

/* Words of tables' names that speak for a resource. */
typedef struct DraftResourceWords
{
	const char *resource;
	const char *patterns;		/* between blanks, UTF-8 */
} DraftResourceWords;

/* Where a concept goes in a resource. */
typedef struct DraftPlace
{
	const char *resource;		/* NULL: in any */
	DraftConcept concept;
	const char *path;
	int			weight;			/* how much it speaks for the resource */
} DraftPlace;

/* What stands in a template beside the columns. */
typedef struct DraftConstant
{
	const char *resource;		/* NULL: in any */
	const char *group;			/* written when a column is below this path;
								 * NULL: when the element is still missing */
	const char *path;			/* below the group */
	const char *value;			/* text; JSON when it starts with {" or ["; for
								 * $column, $table and $ see draft.c */
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
	AttrNumber *columns;		/* here */
	AttrNumber *keys;			/* there */
} DraftForeignKey;

typedef struct DraftColumn
{
	AttrNumber	number;
	const char *name;
	const char *sql;			/* quoted where needed */
	Oid			declared;		/* type as declared */
	int32		typmod;
	Oid			type;			/* base type */
	bool		not_null;
	bool		placed;			/* has a use beside the id */
	DraftConcept concept;
	const char *why;			/* what spoke for the concept */
	const char *unused;			/* why it has no use, as far as known */
	DraftForeignKey *foreign;	/* that starts with it, or NULL */
} DraftColumn;

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
	char	   *words;			/* the name taken apart, for draft_words.c */
	List	   *columns;		/* DraftColumn */
	const char *resource;		/* chosen type */
	int			score;			/* what speaks for it */
	bool		may_call_id;	/* the caller may call fhir_id */
	bool		key_is_guessed; /* no unique key guarantees the id */
	List	   *mappings;		/* DraftMapping */
	DraftNode  *root;
	List	   *uses;			/* DraftUse */
} Draft;

/* in draft_dictionary.c */
extern const DraftWords draft_concept_words[];
extern const DraftResourceWords draft_resource_words[];
extern const char *const draft_concept_names[];

/* in draft_words.c */
extern char *draft_split_name(const char *name);
extern DraftConcept draft_concept(const char *words, bool time_only, const char **why);
extern bool draft_says_time(const char *words);
extern bool draft_has_word(const char *words, const char *patterns);
extern bool draft_has_only_word(const char *words, const char *patterns);
extern int	draft_word_score(const char *words, const char *resource);

/* in draft_places.c */
extern const DraftPlace draft_places[];
extern const char *const draft_resources[];
extern const char *draft_concept_resource(DraftConcept concept);

/* in draft_constants.c */
extern const DraftConstant draft_constants[];

/* in draft_guess.c */
extern List *draft_load_mappings(Oid function, Oid relation);
extern Draft *draft_begin(Oid function, Oid relation, const char *resource, List *mappings,
						  bool follow_keys);
extern bool draft_is_reference(const DraftColumn *column, const char *resource);

/* in draft_value.c */
extern bool draft_is_text(const DraftColumn *column);
extern bool draft_is_number(const DraftColumn *column);
extern bool draft_is_time(const DraftColumn *column);
extern char *draft_value(Draft *draft, const DraftColumn *column, const char *path, R4Type type);
extern char *draft_or_null(const DraftColumn *column);
extern char *draft_other_value(const DraftColumn *column);
extern char *draft_key_value(const DraftColumn *column, bool optional);
extern char *draft_key_text(const DraftColumn *column, bool optional);

/* in draft_key.c */
extern DraftColumn *draft_column(Draft *draft, AttrNumber number);
extern bool draft_can_be_key(const DraftColumn *column);
extern List *draft_key(Draft *draft);
extern char *draft_id_kind(const char *resource, const char *table);
extern char *draft_id_placeholder(Draft *draft, const char *kind, List *values);
extern char *draft_id(Draft *draft, List *key);

/* in draft_reference.c */
extern char *draft_reference(Draft *draft, DraftColumn *column, bool assume);

/* in draft_tree.c */
extern bool draft_is_free(Draft *draft, const char *path);
extern DraftNode *draft_set(Draft *draft, const char *path, const char *value);
extern DraftNode *draft_find(Draft *draft, const char *path);
extern R4Type draft_path_type(Draft *draft, const char *path, bool *repeats);
extern char *draft_node_path(Draft *draft, const DraftNode *node);
extern char *draft_print(Draft *draft);

/* in draft_fill.c */
extern void draft_use(Draft *draft, DraftColumn *column, const char *path, const char *value,
					  const char *reason);
extern char *draft_url_part(const char *name);
extern void draft_fill(Draft *draft);

/* in draft_beside.c */
extern void draft_fill_constants(Draft *draft);
extern void draft_fill_absent(Draft *draft);

#endif							/* FHIR_BRIDGE_DRAFT_H */

/*
 * plan.h
 *		A mapping compiled: what is done for each row.
 *
 * A row is taken in two passes.  First every value is evaluated and it is
 * decided, bottom-up, which nodes are written (decide.c).  Then the resource
 * is written once, front to back, as text (write_text.c) or in jsonb's form
 * (write_binary.c).  Because the decision comes first, nothing is rewound and
 * the number of an object's members is known before its header is written.
 * A row of arguments that has every value is written as text at once: there is
 * nothing to decide (plan_whole.c).
 *
 * Words: a *node* is a JSON value of the template; it is *constant* when it
 * is written wherever its parent is, else *dynamic* and has a number.  A
 * *slot* is a dynamic node with one value.  A *scope* is a set of nodes that
 * are decided together: the resource, or one element of a $each; a *frame*
 * holds the decisions of one scope for one row or element.
 *
 * A plan lives in a memory context of its own (plan_life.c) and serves one
 * backend.  Three parts of it are written while rows are mapped: the offset that
 * the zone was last asked for, the codes that an encoder has found in their set
 * (Encoder.seen), and the room for the keys of an object that is written in
 * jsonb's form (PlanNode.keys).  None changes what a later row gives.  All else
 * is read-only once made.
 */
#ifndef FHIR_BRIDGE_PLAN_H
#define FHIR_BRIDGE_PLAN_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "json/json.h"
#include "mapping/encode/encoder.h"
#include "nodes/bitmapset.h"
#include "r4/lookup/r4.h"
#include "utils/plancache.h"

/* Where in the template something stands, for messages. */
typedef struct PlanSite
{
	const char *path;			/* Patient.name[0].family */
	const char *source;			/* the expression */
	int			line;
	int			column;
} PlanSite;

/* How a value is had from the row, and how it is written. */
typedef struct PlanSlot
{
	Encoder		encoder;
	AttrNumber	column;			/* a bare column of the relation, or 0 */
	int			expression;		/* else the number of an expression */
	PlanSite	site;
} PlanSlot;

/* A condition or the subject of a $each. */
typedef struct PlanExpression
{
	int			expression;		/* number of the expression, or -1 */
	AttrNumber	column;			/* the argument that has its value, or 0 */
	PlanSite	site;
} PlanExpression;

typedef enum PlanKind
{
	PLAN_CONSTANT,				/* a constant value, a whole subtree too */
	PLAN_NULL,					/* null in an array of a primitive: output only
								 * where the twin's array has a value */
	PLAN_VALUE,					/* a slot */
	PLAN_LIST,					/* a slot that gives any number of members of
								 * the array that it stands in */
	PLAN_TEXT,					/* text around slots */
	PLAN_OBJECT,
	PLAN_ARRAY,
	PLAN_EACH					/* an object repeated in its array */
} PlanKind;

/* A part of a PLAN_TEXT: constant characters, or a slot. */
typedef struct PlanPart
{
	const char *text;			/* characters as they are, or NULL */
	int			len;
	const char *escaped;		/* the same as JSON */
	int			escapedlen;
	PlanSlot   *slot;			/* or NULL */
	int			number;			/* of the slot's value in the frame */
} PlanPart;

struct PlanNode;
struct PlanScope;

/* How a step of a decision is taken. */
typedef enum PlanStepKind
{
	STEP_TEXT,					/* a bare column of text: decided in line */
	STEP_SLOT,					/* any other slot */
	STEP_NODE					/* whatever else is dynamic */
} PlanStepKind;

/* One step of deciding an object or array: small, and side by side. */
typedef struct PlanStep
{
	PlanStepKind kind;
	int			number;			/* of the node that is decided */
	const PlanSlot *slot;		/* STEP_TEXT, STEP_SLOT */
	const struct PlanNode *node;	/* STEP_NODE */
} PlanStep;

typedef struct PlanNode
{
	PlanKind	kind;
	int			number;			/* of a dynamic node in its scope; -1: constant */
	const JsonKey *key;			/* in an object, else NULL */
	const char *name;			/* the key as it is */
	const JsonFragment *fragment;	/* PLAN_CONSTANT */
	PlanSlot   *slot;			/* PLAN_VALUE, PLAN_LIST; PLAN_EACH when a query
								 * gives its elements as written */
	PlanPart   *parts;			/* PLAN_TEXT */
	int			nparts;
	const Encoder *whole;		/* PLAN_TEXT: what is asked of it as a whole, or
								 * NULL */

	struct PlanNode **children; /* in the template's order */
	int			nchildren;
	struct PlanNode **dynamic;	/* the dynamic ones, elements before twins */
	int			ndynamic;
	PlanStep   *steps;			/* how they are decided */
	struct PlanNode **sorted;	/* an object's by jsonb's order of keys */
	const JsonShape *shape;		/* its head when all members are written */
	const JsonKey **keys;		/* room for the keys of those written */

	PlanExpression condition;	/* $if */
	bool		has_values;		/* a placeholder or $each stands below */
	bool		constants_count;	/* written without any value, too */
	bool		pure;			/* output if and only if one of its placeholders
								 * had a value */
	bool		fused;			/* holds one placeholder, is output exactly when
								 * that is, and shares its number: it is not
								 * decided by itself */
	struct PlanNode **need;		/* members without which it is dropped */
	int			nneed;
	struct PlanNode **required; /* members that must be there in FHIR; those of
								 * one choice side by side */
	int			nrequired;
	struct PlanNode **modifiers;	/* members that take it with them when their
									 * value is left out */
	int			nmodifiers;
	struct PlanNode **choices;	/* members of a value[x], by element */
	int			nchoices;
	struct PlanNode *absent_of; /* written only when that node is not */
	struct PlanNode *twin;		/* the same place in the twin's array, or the
								 * array's twin itself */

	PlanExpression each;		/* PLAN_EACH: what is repeated over */
	int			param;			/* and the first Param of its elements */
	int			nparams;		/* how many: a sub-select's columns */
	Encoder		element;		/* to take an SQL array apart */
	struct PlanScope *scope;	/* what is written for each element; with a
								 * slot, only to be shown */

	uint16		choice;			/* number of the R4 element, of a choice */
	R4Type		type;			/* FHIR type, for fhir_map_explain */
	PlanSite	site;
} PlanNode;

/* One operation of the text form. */
typedef enum TextOpKind
{
	TEXT_RAW,					/* constant characters */
	TEXT_CONSTANT,				/* the same, where a node decides */
	TEXT_VALUE,					/* prefix, characters of a slot, suffix */
	TEXT_TEXT,					/* prefix, text around slots, suffix */
	TEXT_LIST,					/* the members that a slot gives */
	TEXT_OPEN,					/* prefix, or jump when not written */
	TEXT_CLOSE,					/* suffix in the place of the last comma */
	TEXT_EACH,					/* the scope of each element */
	TEXT_NULL					/* null for a member that only its twin has */
} TextOpKind;

typedef struct TextOp
{
	TextOpKind	kind;
	bool		plain;			/* TEXT_VALUE: the slot is plain text */
	int			number;			/* node that decides whether it is done */
	int			jump;			/* TEXT_OPEN: operation after the close */
	const char *prefix;			/* JSON_SLACK readable bytes follow both */
	int			prefixlen;
	const char *suffix;
	int			suffixlen;
	const PlanSlot *slot;		/* TEXT_VALUE */
	const PlanNode *node;
} TextOp;

/* One value of a row that has them all. */
typedef struct WholeOp
{
	const char *before;			/* constant characters; JSON_SLACK bytes follow */
	int			beforelen;
	bool		plain;			/* the slot is text of any form */
	int			argument;		/* that has the slot's value, from 0 */
	const PlanSlot *slot;
} WholeOp;

/* A scope with nothing left out: values, and the characters between them. */
typedef struct PlanWhole
{
	WholeOp    *ops;
	int			nops;
	const char *tail;			/* behind the last value; with JSON_SLACK */
	int			taillen;
} PlanWhole;

typedef struct PlanScope
{
	PlanNode   *root;			/* an object */
	int			nnodes;			/* numbers given to dynamic nodes and parts */
	TextOp	   *ops;
	int			nops;
	PlanWhole  *whole;			/* where values are arguments; NULL: more decides
								 * than whether they are there */
} PlanScope;

typedef enum OnInvalid
{
	ON_INVALID_ERROR,
	ON_INVALID_OMIT,
	ON_INVALID_KEEP
} OnInvalid;

/* A row of fhir_mapping, or what fhir_map was given. */
typedef struct MappingSource
{
	Oid			relation;
	NameData	name;
	char	   *fullname;		/* schema.name, quoted */
	char	   *template;		/* JSON text */
	char	   *timezone;		/* or NULL */
	OnInvalid	on_invalid;
	bytea	   *fingerprint;	/* of the secret at registration, or NULL */
	bytea	   *approved;		/* digest of approved functions, or NULL */
} MappingSource;

/*
 * A plan takes values from a row of the mapped relation, or, when it is made
 * from a program (program.h), from the arguments of a call: then each slot and
 * condition has a column of its own, in the order in which they are built.
 */
typedef struct MappingPlan
{
	/* what it was made from */
	Oid			function;		/* one of the extension's functions */
	Oid			relation;
	NameData	name;
	char	   *fullname;		/* schema.name, quoted */
	OnInvalid	on_invalid;
	bool		uses_id;		/* some expression calls fhir_id */

	/* the plan */
	PlanScope	root;
	EncoderZone zone;
	CachedExpression *cached;	/* a List: the expressions, planned */
	int			nexpressions;
	PlanSite   *expression_sites;	/* by number of the expression */
	bool	   *expression_selects; /* it holds a sub-select */
	bool	   *expression_shown;	/* it is part of another, and only shown */
	List	   *relations;		/* OIDs of tables and views that sub-selects read */
	List	   *functions;		/* that are reached, and types, as hashes: */
	List	   *types;			/* see plan_note_trust */
	List	   *approved;		/* OIDs of functions that a superuser has approved */
	struct ProgramCalls *calls; /* how values are handed over */
	List	   *modifier_maps;	/* names of code maps, see lint_modifier_maps */
	Node	   *call;			/* that may take the place of fhir_from_row in a
								 * query, see inline.c; or NULL */
	int			nparams;
	int			narguments;		/* when values are arguments */
	bool		part;			/* it writes what a $each repeats, no resource */
	bool		read;			/* the arguments are known to be of the relation's rows */
	Oid			policed;		/* relation whose policies the arguments obey, or
								 * InvalidOid */
	int			ncolumns;		/* of the relation when it was compiled */
	char	  **column_names;	/* by attribute number - 1; NULL: not used */
	Oid		   *column_types;
	bool		whole_row;		/* an expression uses the row as a whole */
	const struct Template *template;	/* analysed, once a search has asked: see
										 * mapping_template */
	struct SourceFacts *facts;	/* what searches have found out of that: see
								 * search/select/sources.c */

	/* the cache's: see mapping_cache.c */
	MemoryContext context;
	bool		valid;
	bool		changed;		/* a function or type is no longer what it was */
	bool		dropped;		/* no longer in the cache: freed when unpinned */
	int			pins;
} MappingPlan;

/* Flags of a decided node. */
#define NODE_OUT	0x01		/* is written when its parent is */
#define NODE_GAVE	0x02		/* a placeholder or $each gave something */
#define NODE_LACKS	0x04		/* an object without an element that R4 requires */
#define NODE_LOST	0x08		/* a value was left out that is no value of FHIR's */

/* The decisions of one scope. */
typedef struct PlanFrame
{
	uint8	   *flags;			/* by node number */
	Datum	   *values;			/* a slot's value; for PLAN_LIST its Datum
								 * array; for PLAN_EACH its PlanFrame array */
	int		   *members;		/* how many members are written */
} PlanFrame;

/* in plan_life.c */
extern void mapping_plan_free(MappingPlan *plan);
extern void mapping_plan_pin(MappingPlan *plan, MemoryContext context);
extern void mapping_plan_unpin(MappingPlan *plan);

/* in plan_find.c */
extern PlanNode *plan_member(const PlanNode *object, const char *name);
extern AttrNumber plan_find_attribute(TupleDesc desc, const char *name);

/* in plan_columns.c */
extern void plan_columns(Node *node, Bitmapset **columns);

/*
 * A plan is good until a callback or the planner says otherwise.
 */
static inline bool
mapping_plan_is_valid(const MappingPlan *plan)
{
	return plan->valid && (plan->cached == NULL || plan->cached->is_valid);
}

/* in plan_judge.c */
struct Trust;
extern void plan_note_trust(MappingPlan *plan, const struct Trust *trust);
extern void plan_judge(const MappingPlan *plan, Node *tree);

#endif							/* FHIR_BRIDGE_PLAN_H */

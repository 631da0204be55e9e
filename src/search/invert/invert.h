/*
 * invert.h
 *		From a condition on a resource to SQL on the columns that it is made of.
 *
 * The template says which expression feeds an element.  A condition on the
 * element becomes one on the expression, so that the table's own indexes
 * answer it.
 *
 * A *predicate* holds for every row whose resource meets the condition.  When
 * it is *exact* it holds for no other row; else the rows that it lets through
 * are judged on their resources (room match).  So whatever is not understood
 * here makes a search slower, never wrong.
 *
 * A predicate must not raise errors: it is evaluated for rows that other
 * conditions leave out, and for faulty ones.  Expressions that might are not
 * used (invert_is_safe).
 */
#ifndef FHIR_BRIDGE_INVERT_H
#define FHIR_BRIDGE_INVERT_H

#include "postgres.h"

#include "codes/code.h"
#include "export/export.h"
#include "mapping/plan/plan.h"
#include "mapping/template/template.h"
#include "nodes/primnodes.h"
#include "search/match/match.h"
#include "utils/uuid.h"

/* A published mapping that a search reads. */
typedef struct SearchSource
{
	Oid			function;		/* one of the extension's */
	int			number;			/* among those of its type, from 0 */
	const char *type;
	MappingPlan *plan;			/* pinned */
	const Template *template;
	MatchContext context;
	bool		careful;		/* nothing is asked in SQL of its expressions, see attempt.c */
	List	   *key;			/* Node: what tells rows apart, by which they are ordered;
								 * careful: NIL, their ids do */
	const Bitmapset *not_null;	/* columns, by number, that every row has a value in */
	struct SearchSources *all;	/* of the search */
} SearchSource;

typedef struct Predicate
{
	Node	   *node;			/* boolean; NULL: nothing is known, any row may do */
	bool		exact;
	bool		constant;		/* it rests on constants alone, which live with
								 * their group */
	List	   *implied;		/* TemplateNode: written where it holds */
} Predicate;

/* A condition on one node of the template that a path leads to. */
typedef Predicate (*InvertJudge) (const SearchSource *source, const TemplateNode *node, const void *arg);

/* A condition on an expression that a COALESCE or CASE may choose. */
typedef Predicate (*InvertChosen) (const SearchSource *source, Node *expression, const void *arg);

/* Which entries of a code map. */
typedef struct WantedEntries
{
	const char *code;			/* those that have it; NULL: any */
	bool (*meets) (const CodeEntry *entry, const void *arg);	/* of these; NULL: all */
	const void *arg;
} WantedEntries;

/* in invert_node.c */
extern Predicate predicate_unknown(void);
extern Predicate predicate_constant(bool value);
extern Predicate predicate_of(Node *node, bool exact);
extern Predicate predicate_and(Predicate a, Predicate b);
extern Predicate predicate_or(Predicate a, Predicate b);
extern Predicate predicate_not(Predicate a);
extern bool predicate_is(Predicate a, bool value);
extern bool invert_is_safe(Node *node);
extern Node *invert_operator(const char *name, Node *left, Node *right);
extern Node *invert_call(Oid function, const char *name, List *arguments);
extern Node *invert_value(Const *constant);
extern Node *invert_text_const(const char *text);
extern Node *invert_const(Oid type, Datum value);
extern Node *invert_nullable(Oid type, Datum value, bool isnull);
extern Node *invert_as_text(Node *node);
extern Node *invert_bytewise(Node *node);
extern Node *invert_is_null(Node *node, bool not_null);
extern Predicate invert_there(const SearchSource *source, Node *node);

/* in invert_tidy.c */
extern Node *invert_tidy(List *conditions);

/* in invert_compare.c */
extern Predicate invert_compare(Node *node, const char *text);

/* in invert_leaf.c */
extern const R4Child *invert_child(const TemplateNode *node);
extern Node *invert_expression(const TemplateNode *node);
extern FuncExpr *invert_own_id_call(const SearchSource *source);
extern Predicate invert_equals(const SearchSource *source, const TemplateNode *node, const char *text);
extern Predicate invert_expression_equals(const SearchSource *source, Node *node, const char *text);

/* in invert_code.c */
extern bool invert_is_code(const SearchSource *source, Node *node, bool whole);
extern Predicate invert_code(const SearchSource *source, FuncExpr *call, const WantedEntries *wanted);
extern Predicate invert_code_has_value(const SearchSource *source, FuncExpr *call);
extern Node *invert_any_text(Node *expression, List *texts);

/* in invert_choice.c */
extern bool invert_is_choice(const Node *node);
extern Predicate invert_choice(const SearchSource *source, Node *node, InvertChosen judge, const void *arg);
extern Predicate invert_has_value(const SearchSource *source, Node *node);

/* in invert_written.c */
extern Predicate invert_written(const SearchSource *source, const TemplateNode *node);
extern Predicate invert_free_of_controls(const SearchSource *source, Node *text);

/* in invert_id.c */
extern Predicate invert_id_written(const SearchSource *source, const FuncExpr *call);
extern bool invert_id_parse(const char *text, pg_uuid_t *id);
extern FuncExpr *invert_id_call(const SearchSource *source, Node *node);
extern const char *invert_id_kind(const FuncExpr *call);
extern Predicate invert_id_equals(const SearchSource *source, FuncExpr *call, const char *id);
extern Predicate invert_id_tagged(const SearchSource *source, FuncExpr *call, const char *id);
extern Predicate invert_id_any(const SearchSource *source, FuncExpr *call, List *ids);

/* in invert_walk.c */
extern Predicate invert_path(const SearchSource *source, const ParameterPath *path, InvertJudge judge, const void *arg);
extern Predicate invert_members(const SearchSource *source, const TemplateNode *object, const char *name,
								InvertJudge judge, const void *arg);
extern Predicate invert_complete(const SearchSource *source);
extern bool invert_feeds(const SearchSource *source, const Parameter *parameter);

/* in invert_kind.c */
extern Predicate invert_condition(const SearchSource *source, const SearchCondition *condition);
extern Predicate invert_shown(const SearchSource *source);
extern const char *invert_reference_prefix(const TemplateNode *node, Node **expression);

/* in invert_range.c */
extern Predicate invert_date(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted);
extern Predicate invert_number(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted);

extern Predicate invert_date_written(const SearchSource *source, const TemplateNode *node);
extern Predicate invert_number_written(const SearchSource *source, const TemplateNode *node);

/* in invert_foreign_key.c */
extern bool invert_never_dangles(const SearchSource *source, const FuncExpr *call, Oid target, const FuncExpr *own);

/* in invert_sort.c */
extern Node *invert_sort(const SearchSource *source, const SearchSort *sort, Predicate *written);

#endif							/* FHIR_BRIDGE_INVERT_H */

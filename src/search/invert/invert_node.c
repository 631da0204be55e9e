/*
 * invert_node.c
 *		Predicates, and the expressions that they are made of.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parse_oper.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "search/invert/invert.h"

/* The intersection of two lists of pointers. */
static List *
list_intersection_ptr(const List *a, const List *b)
{
	List	   *both = NIL;
	ListCell   *lc;

	foreach(lc, a)
		if (list_member_ptr(b, lfirst(lc)))
			both = lappend(both, lfirst(lc));
	return both;
}

/* Nothing is known: any row may do. */
Predicate
predicate_unknown(void)
{
	return (Predicate){0};
}

/* All rows, or none. */
Predicate
predicate_constant(bool value)
{
	return (Predicate){makeBoolConst(value, false), true, true, NIL};
}

Predicate
predicate_of(Node *node, bool exact)
{
	return (Predicate){node, exact, false, NIL};
}

/* Is it known to be true, or false, of every row? */
bool
predicate_is(Predicate a, bool value)
{
	return a.exact && a.node != NULL && IsA(a.node, Const) && !((Const *) a.node)->constisnull &&
		DatumGetBool(((Const *) a.node)->constvalue) == value;
}

/* Both hold; either may be unknown. */
Predicate
predicate_and(Predicate a, Predicate b)
{
	Predicate	both = {.exact = a.exact && b.exact, .constant = a.constant && b.constant};

	if (predicate_is(a, false))
		return a;
	if (predicate_is(b, false))
		return b;
	both.implied = list_concat_unique_ptr(list_copy(a.implied), b.implied);
	if (a.node == NULL || predicate_is(a, true))
		both.node = b.node;
	else if (b.node == NULL || predicate_is(b, true))
		both.node = a.node;
	else
		both.node = (Node *) makeBoolExpr(AND_EXPR, list_make2(a.node, b.node), -1);
	return both;
}

/* One of them holds. */
Predicate
predicate_or(Predicate a, Predicate b)
{
	Predicate	either = {.exact = a.exact && b.exact};

	if (predicate_is(a, false) || (predicate_is(b, true) && !predicate_is(a, true)))
		return b;
	if (predicate_is(b, false) || predicate_is(a, true))
		return a;
	if (a.node == NULL || b.node == NULL)
		return predicate_unknown();
	either.node = (Node *) makeBoolExpr(OR_EXPR, list_make2(a.node, b.node), -1);
	either.implied = list_intersection_ptr(a.implied, b.implied);
	return either;
}

/* Rows for which it does not hold, those where it is NULL too. */
Predicate
predicate_not(Predicate a)
{
	BooleanTest *test;

	if (!a.exact)
		return predicate_unknown();
	if (IsA(a.node, Const))
		return predicate_constant(predicate_is(a, false));
	test = makeNode(BooleanTest);
	test->arg = (Expr *) a.node;
	test->booltesttype = IS_NOT_TRUE;
	test->location = -1;
	return predicate_of((Node *) test, true);
}

/* Functions without leakproof mark that raise no error all the same. */
static bool
function_is_total(Oid function)
{
	switch (function)
	{
		case F_LTRIM_TEXT:
		case F_LTRIM_TEXT_TEXT:
		case F_RTRIM_TEXT:
		case F_RTRIM_TEXT_TEXT:
		case F_BTRIM_TEXT:
		case F_BTRIM_TEXT_TEXT:
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
		case F_TEXTCAT:
		case F_TEXT_BPCHAR:
		case F_REPLACE:
		case F_TRANSLATE:
		case F_TEXTLIKE:
		case F_TEXTNLIKE:
		case F_LENGTH_TEXT:
		case F_STRPOS:
		case F_NUMERIC_EQ:
		case F_NUMERIC_NE:
		case F_NUMERIC_GT:
		case F_NUMERIC_GE:
		case F_NUMERIC_LT:
		case F_NUMERIC_LE:
		case F_INT8_INT4:
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_TIMESTAMP_EQ:
		case F_ENUM_EQ:
		case F_ENUM_NE:
		case F_CHAREQ:
		case F_BPCHAREQ:
		case F_BPCHARNE:
			return true;
		default:
			return get_func_leakproof(function);
	}
}

static bool
check_function(Oid function, void *context)
{
	return !function_is_total(function);
}

/* Can a cast by a type's text be relied on: the output functions of these raise nothing. */
static bool
prints(Oid type)
{
	switch (getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case UUIDOID:
		case BOOLOID:
		case CHAROID:
		case NAMEOID:
			return true;
		default:
			return get_typtype(getBaseType(type)) == TYPTYPE_ENUM;
	}
}

/* Walker: true at something that may raise an error. */
static bool
may_raise(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			return ((Var *) node)->varattno <= 0;
		case T_Const:
		case T_Param:
			return false;
		case T_CoerceViaIO:
			{
				CoerceViaIO *cast = (CoerceViaIO *) node;

				return cast->resulttype != TEXTOID || !prints(exprType((Node *) cast->arg)) ||
					may_raise((Node *) cast->arg, context);
			}
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CoalesceExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_List:
		case T_CollateExpr:
			return expression_tree_walker(node, may_raise, context);
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
			return check_functions_in_node(node, check_function, NULL) ||
				expression_tree_walker(node, may_raise, context);
		default:
			return true;
	}
}

/* Can an expression be evaluated for any row without raising an error? */
bool
invert_is_safe(Node *node)
{
	return !may_raise(node, NULL);
}

/* An operator that the parser has found, for operands that it takes as they are. */
typedef struct KnownOperator
{
	char		name[4];
	Oid			left;			/* types of the operands */
	Oid			right;
	OpExpr	   *expression;		/* without them */
	bool		collates;		/* it looks at a collation, which is that of the operands */
} KnownOperator;

#define MOST_OPERATORS 64

static KnownOperator operators[MOST_OPERATORS];
static int	noperators = 0;

/* The known operator on operands of these types; NULL where there is none. */
static const KnownOperator *
known_operator(const char *name, Oid left, Oid right)
{
	for (int i = 0; i < noperators; i++)
		if (operators[i].left == left && operators[i].right == right && strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

/*
 * Keeps an operator that was found, unless it changes an operand, or it or a type
 * is one that a site may drop.
 */
static void
keep_operator(const char *name, const OpExpr *found, Oid left, Oid right)
{
	KnownOperator *one = &operators[noperators];
	MemoryContext old;

	if (noperators >= MOST_OPERATORS || strlen(name) >= sizeof(one->name) || found->opno >= FirstNormalObjectId ||
		left >= FirstNormalObjectId || right >= FirstNormalObjectId || !IsA(found, OpExpr) ||
		exprType(linitial(found->args)) != left || exprType(lsecond(found->args)) != right)
		return;
	old = MemoryContextSwitchTo(TopMemoryContext);
	one->expression = makeNode(OpExpr);
	MemoryContextSwitchTo(old);
	one->expression->opno = found->opno;
	one->expression->opfuncid = found->opfuncid;
	one->expression->opresulttype = found->opresulttype;
	one->expression->location = -1;
	one->collates = OidIsValid(get_typcollation(left)) || OidIsValid(get_typcollation(right)) ||
		OidIsValid(get_typcollation(found->opresulttype));
	strlcpy(one->name, name, sizeof(one->name));
	one->left = left;
	one->right = right;
	noperators++;
}

/* An operator of pg_catalog on two expressions. */
Node *
invert_operator(const char *name, Node *left, Node *right)
{
	Oid			left_type = exprType(left);
	Oid			right_type = exprType(right);
	const KnownOperator *known = known_operator(name, left_type, right_type);
	ParseState *pstate;
	OpExpr	   *node;

	if (known != NULL)
	{
		node = makeNode(OpExpr);
		*node = *known->expression;
		node->args = list_make2(copyObject(left), copyObject(right));
		if (!known->collates)
			return (Node *) node;
	}
	pstate = make_parsestate(NULL);
	if (known == NULL)
	{
		node = (OpExpr *) make_op(pstate, list_make2(makeString("pg_catalog"), makeString(pstrdup(name))),
								  copyObject(left), copyObject(right), NULL, -1);
		keep_operator(name, node, left_type, right_type);
	}
	assign_expr_collations(pstate, (Node *) node);
	free_parsestate(pstate);
	return (Node *) node;
}

/* A call of a function of the extension's schema, or with InvalidOid of pg_catalog. */
Node *
invert_call(Oid function, const char *name, List *arguments)
{
	ParseState *pstate = make_parsestate(NULL);
	const char *schema = OidIsValid(function) ? get_namespace_name(base_extension_schema(function)) : "pg_catalog";
	FuncCall   *call = makeFuncCall(list_make2(makeString(pstrdup(schema)), makeString(pstrdup(name))), NIL,
									COERCE_EXPLICIT_CALL, -1);
	Node	   *node = ParseFuncOrColumn(pstate, call->funcname, copyObject(arguments), NULL, call, false, -1);

	assign_expr_collations(pstate, node);
	free_parsestate(pstate);
	return node;
}

/* The same constant as a value of the search: see kept.h. */
Node *
invert_value(Const *constant)
{
	constant->location = STATEMENT_VALUE;
	return (Node *) constant;
}

/* A value of type text. */
Node *
invert_text_const(const char *text)
{
	return invert_value(makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(text), false, false));
}

/* A value of any type, or its NULL. */
Node *
invert_nullable(Oid type, Datum value, bool isnull)
{
	int16		typlen;
	bool		byval;

	get_typlenbyval(type, &typlen, &byval);
	return invert_value(makeConst(type, -1, get_typcollation(type), typlen, isnull ? (Datum) 0 : value, isnull, byval));
}

/* A value that is not NULL. */
Node *
invert_const(Oid type, Datum value)
{
	return invert_nullable(type, value, false);
}

/* An expression of a text type as text; NULL for other types. */
Node *
invert_as_text(Node *node)
{
	Oid			type = getBaseType(exprType(node));

	if (type == TEXTOID && exprType(node) == TEXTOID)
		return node;
	if (type == BPCHAROID)
		return invert_call(InvalidOid, "text", list_make1(node));
	if (type != TEXTOID && type != VARCHAROID)
		return NULL;
	return (Node *) makeRelabelType((Expr *) copyObject(node), TEXTOID, -1, exprCollation(node), COERCE_IMPLICIT_CAST);
}

/* A text compared by its bytes. */
Node *
invert_bytewise(Node *node)
{
	CollateExpr *collate = makeNode(CollateExpr);

	collate->arg = (Expr *) node;
	collate->collOid = C_COLLATION_OID;
	collate->location = -1;
	return (Node *) collate;
}

/* Is an expression a column of the source's rows that all of them have a value in? */
static bool
is_not_null(const SearchSource *source, const Node *node)
{
	const Var  *var = (const Var *) node;

	return IsA(node, Var) && var->varno == EXPORT_SOURCE_INDEX && var->varlevelsup == 0 &&
		bms_is_member(var->varattno, source->not_null);
}

/* An expression has a value. */
Predicate
invert_there(const SearchSource *source, Node *node)
{
	return predicate_of(is_not_null(source, node) ? makeBoolConst(true, false) : invert_is_null(node, true), true);
}

/* expression IS NULL, or IS NOT NULL. */
Node *
invert_is_null(Node *node, bool not_null)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) copyObject(node);
	test->nulltesttype = not_null ? IS_NOT_NULL : IS_NULL;
	test->argisrow = false;
	test->location = -1;
	return (Node *) test;
}

/*
 * expression.c
 *		The SQL expressions of a template, parsed and analysed by PostgreSQL.
 *
 * An expression is handed to the server's grammar as PL/pgSQL hands its own
 * over.  That production takes a whole SELECT without the word, so that all
 * but one plain target is refused here.  The mapped relation's row is the
 * only range table entry, under the alias "this"; the names that $each binds
 * become Params through the parser's column hook, so that columns win.
 *
 * Errors of the parser point into the expression.  While a mapping is being
 * registered they are caught, one subtransaction each, and become faults with
 * line and column of the template; otherwise a context line says where.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_clause.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/base.h"
#include "mapping/expression/expression.h"
#include "mapping/template/template.h"

/* For the error context: where an expression stands. */
typedef struct ExpressionSite
{
	ExpressionScope *scope;
	TemplateNode *node;
	TemplateExpr *expr;
} ExpressionSite;

/* The byte offset in the template of a parser's cursor (characters, from 1). */
static int
cursor_offset(const Template *template, const TemplateExpr *expr, int cursor)
{
	const char *s = expr->sql;

	for (int i = 1; i < cursor && *s != '\0'; i++)
		s += pg_mblen(s);
	return expr->offset + placeholder_raw_offset(expr->sql, s - expr->sql,
												 template->text + expr->offset);
}

/* Error context: turns the parser's position into path, line and column. */
static void
expression_error_context(void *arg)
{
	ExpressionSite *site = arg;
	Template   *template = site->scope->template;
	int			cursor = geterrposition();
	int			line;
	int			column;

	if (geterrcode() == ERRCODE_UNDEFINED_COLUMN)
	{
		const char *hint = expression_column_hint(site->scope, site->expr, cursor);

		if (hint != NULL)
			errhint("%s", hint);
	}
	if (cursor > 0)
	{
		errposition(0);
		internalerrposition(cursor);
		internalerrquery(site->expr->sql);
	}
	template_line_column(template, cursor_offset(template, site->expr, cursor),
						 &line, &column);
	errcontext("mapping \"%s\", %s of %s, line %d, column %d", template->mapping,
			   site->expr->context, template_path(site->node), line, column);
}

/* The Param of what a bound name stands for. */
static Param *
binding_param(const ExpressionColumn *column, int location)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = column->param;
	param->paramtype = column->type;
	param->paramtypmod = column->typmod;
	param->paramcollid = column->collation;
	param->location = location;
	return param;
}

/* The column of a sub-select's row by name, or NULL. */
static const ExpressionColumn *
binding_column(const ExpressionBinding *binding, const char *name)
{
	for (int i = 0; i < binding->ncolumns; i++)
		if (binding->columns[i].name != NULL && strcmp(binding->columns[i].name, name) == 0)
			return &binding->columns[i];
	return NULL;
}

/* A bound name alone: the element, or the only column. */
static Node *
whole_binding(ParseState *pstate, const ExpressionBinding *binding, int location)
{
	if (binding->ncolumns != 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("\"%s\" of \"$each\" is a row of %d columns", binding->name, binding->ncolumns),
				 errhint("Write %s.column.", binding->name),
				 parser_errposition(pstate, location)));
	return (Node *) binding_param(&binding->columns[0], location);
}

/* A bound name and a column: of a sub-select's row, or of a composite value. */
static Node *
binding_field(ParseState *pstate, const ExpressionBinding *binding, Node *field, int location)
{
	const ExpressionColumn *column = binding_column(binding, strVal(field));
	Node	   *result = NULL;

	if (column != NULL)
		return (Node *) binding_param(column, location);
	if (binding->ncolumns == 1)
		result = ParseFuncOrColumn(pstate, list_make1(field),
								   list_make1(binding_param(&binding->columns[0], location)),
								   pstate->p_last_srf, NULL, false, location);
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("\"%s\" of \"$each\" has no column \"%s\"", binding->name, strVal(field)),
				 parser_errposition(pstate, location)));
	return result;
}

/* Parser hook: a name, or a name and a column, that $each has bound. */
static Node *
binding_column_ref(ParseState *pstate, ColumnRef *cref, Node *var)
{
	ExpressionScope *scope = pstate->p_ref_hook_state;
	ListCell   *lc;

	if (var != NULL)
		expression_check_name(scope, pstate, cref, var);
	if (var != NULL || list_length(cref->fields) > 2)
		return NULL;
	foreach(lc, scope->bindings)
	{
		const ExpressionBinding *binding = lfirst(lc);

		if (strcmp(strVal(linitial(cref->fields)), binding->name) != 0)
			continue;
		if (list_length(cref->fields) == 1)
			return whole_binding(pstate, binding, cref->location);
		if (!IsA(lsecond(cref->fields), String))
			return NULL;
		return binding_field(pstate, binding, lsecond(cref->fields), cref->location);
	}
	return NULL;
}

/*
 * The one plain target of what the grammar read; NULL when it is more than
 * that.  *name receives the name after AS, or NULL.
 */
static Node *
single_target(const char *sql, char **name)
{
	RawStmt    *raw = linitial(raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR));
	SelectStmt *select = (SelectStmt *) raw->stmt;
	ResTarget  *target;

	if (!IsA(select, SelectStmt) || select->op != SETOP_NONE ||
		list_length(select->targetList) != 1 || select->distinctClause ||
		select->intoClause || select->fromClause || select->whereClause ||
		select->groupClause || select->havingClause || select->windowClause ||
		select->valuesLists || select->sortClause || select->limitOffset ||
		select->limitCount || select->lockingClause || select->withClause)
		return NULL;
	target = linitial(select->targetList);
	if (!IsA(target, ResTarget) || target->indirection != NIL)
		return NULL;
	if (IsA(target->val, ColumnRef) &&
		IsA(llast(((ColumnRef *) target->val)->fields), A_Star))
		return NULL;
	*name = target->name;
	return target->val;
}

/* A parse state that sees the relation's row as "this", and the bindings. */
static ParseState *
make_parse_state(ExpressionScope *scope, const char *sql)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *nsitem;

	pstate->p_sourcetext = sql;
	pstate->p_post_columnref_hook = binding_column_ref;
	pstate->p_ref_hook_state = scope;
	nsitem = addRangeTableEntryForRelation(pstate, scope->relation, AccessShareLock,
										   makeAlias("this", NIL), false, false);
	addNSItemToQuery(pstate, nsitem, false, true, true);
	return pstate;
}

/* A draft's question, ? and what to decide, is no expression. */
static void
refuse_question(const TemplateExpr *expr)
{
	const char *sql = expr->sql + strspn(expr->sql, " \t\n\r");

	if (*sql == '?')
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the draft leaves this to you: %s", sql + 1 + strspn(sql + 1, " ")),
				 errhint("Write the value or an expression in braces there, or leave the element out.")));
}

/*
 * Parses and analyses one expression.  type is what it must be coerced to, or
 * InvalidOid.  *name receives the name after AS; when name is NULL there must
 * be none.  Raises the parser's own errors, and those of expression_check.c.
 */
static void
analyse(ExpressionScope *scope, TemplateExpr *expr, Oid type, char **name)
{
	char	   *as = NULL;
	Node	   *target;
	ParseState *pstate;
	Node	   *node;

	refuse_question(expr);
	target = single_target(expr->sql, &as);
	if (target == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be one SQL expression", expr->context)));
	if (name == NULL ? as != NULL : as == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 name == NULL ? errmsg("%s must be an expression without AS", expr->context) :
					 errmsg("\"$each\" must give each element a name"),
				 name == NULL ? errhint("A column whose name has blanks or capitals is quoted: {\\\"Patient Name\\\"}.") :
					 errhint("Write \"$each\": \"expression AS name\".")));
	if (name != NULL)
		*name = as;

	trust_check_names(&scope->trust, target);
	expression_qualify_tables(scope, target);
	pstate = make_parse_state(scope, expr->sql);
	if (name != NULL && IsA(target, SubLink) && ((SubLink *) target)->subLinkType == EXPR_SUBLINK)
	{
		SubLink    *select = expression_analyse_select(pstate, ((SubLink *) target)->subselect);

		expr->expr = expression_check(scope, pstate, expr, (Node *) select);
		expr->select = (Query *) ((SubLink *) expr->expr)->subselect;
		expr->type = RECORDOID;
		free_parsestate(pstate);
		return;
	}
	node = transformExpr(pstate, target, EXPR_KIND_SELECT_TARGET);
	if (type == BOOLOID)
		node = coerce_to_boolean(pstate, node, expr->context);
	else if (exprType(node) == UNKNOWNOID)
		node = coerce_type(pstate, node, UNKNOWNOID, TEXTOID, -1,
						   COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
	expr->typmod = exprTypmod(node);
	expr->type = getBaseTypeAndTypmod(exprType(node), &expr->typmod);
	/* a json value is read as jsonb: its empties have to be taken out */
	if (expr->type == JSONOID || get_element_type(expr->type) == JSONOID)
	{
		expr->type = expr->type == JSONOID ? JSONBOID : JSONBARRAYOID;
		node = coerce_to_target_type(pstate, node, exprType(node), expr->type, -1,
									 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	}
	assign_expr_collations(pstate, node);
	expr->expr = expression_check(scope, pstate, expr, node);
	/* constants that fail, as 1/0, fail here, where the place is known */
	if (scope->registering)
		(void) eval_const_expressions(NULL, expr->expr);
	free_parsestate(pstate);
}

/*
 * Error context: takes the parser's position before a query around, such as
 * that of PL/pgSQL, takes it for its own.
 */
static void
note_position(void *arg)
{
	*(int *) arg = geterrposition();
}

/* The arguments of analyse, and the position of its error. */
typedef struct Analysis
{
	ExpressionScope *scope;
	TemplateExpr *expr;
	Oid			type;
	char	  **name;
	int			cursor;			/* of the parser; 0 for none */
} Analysis;

/* analyse as work of base_try. */
static void
analyse_work(void *arg)
{
	Analysis   *a = arg;
	ErrorContextCallback callback = {error_context_stack, note_position, &a->cursor};

	error_context_stack = &callback;
	analyse(a->scope, a->expr, a->type, a->name);
	error_context_stack = callback.previous;
}

/* Runs analyse in a subtransaction; an error becomes a fault. */
static void
analyse_collecting(ExpressionScope *scope, TemplateNode *node, TemplateExpr *expr,
				   Oid type, char **name)
{
	Analysis	analysis = {scope, expr, type, name, 0};
	ErrorData  *error = base_try(analyse_work, &analysis);

	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
		ReThrowError(error);
	expr->expr = NULL;
	template_fault(scope->template, node,
				   cursor_offset(scope->template, expr, analysis.cursor),
				   error->sqlerrcode, expression_hint(scope, expr, error, analysis.cursor), "%s", error->message);
}

/* Analyses one expression of a node, either way of handling errors. */
static void
analyse_expression(ExpressionScope *scope, TemplateNode *node, TemplateExpr *expr,
				   Oid type, char **name)
{
	ExpressionSite site = {scope, node, expr};
	ErrorContextCallback callback;

	if (scope->registering)
	{
		analyse_collecting(scope, node, expr, type, name);
		return;
	}
	callback.callback = expression_error_context;
	callback.arg = &site;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	analyse(scope, expr, type, name);
	error_context_stack = callback.previous;
}

/* Adds a Param for what a name stands for. */
static void
add_column(ExpressionScope *scope, ExpressionBinding *binding, const char *name, Oid type, int32 typmod)
{
	ExpressionColumn *column = &binding->columns[binding->ncolumns++];

	column->name = name;
	column->param = ++scope->template->nparams;
	column->type = type;
	column->typmod = typmod;
	column->collation = get_typcollation(type);
}

/* The columns of a sub-select; two of one name are a fault. */
static void
bind_select(ExpressionScope *scope, TemplateNode *node, ExpressionBinding *binding)
{
	List	   *targets = node->each->select->targetList;
	ListCell   *lc;

	binding->columns = palloc0(sizeof(ExpressionColumn) * Max(list_length(targets), 1));
	foreach(lc, targets)
	{
		TargetEntry *target = lfirst(lc);

		if (target->resjunk)
			continue;
		if (binding_column(binding, target->resname) != NULL)
			template_fault(scope->template, node, node->each->offset,
						   ERRCODE_DUPLICATE_COLUMN, "Name them by AS.",
						   "the sub-select has several columns named \"%s\"", target->resname);
		add_column(scope, binding, target->resname, exprType((Node *) target->expr),
				   exprTypmod((Node *) target->expr));
		binding->columns[binding->ncolumns - 1].collation = exprCollation((Node *) target->expr);
	}
}

/* The elements of an SQL array or of a jsonb array; false after a fault. */
static bool
bind_array(ExpressionScope *scope, TemplateNode *node, ExpressionBinding *binding)
{
	TemplateExpr *each = node->each;
	Oid			element = each->type == JSONBOID ? JSONBOID : get_element_type(each->type);

	if (!OidIsValid(element))
	{
		template_fault(scope->template, node, each->offset,
					   ERRCODE_DATATYPE_MISMATCH,
					   "Give an SQL array, a jsonb value that is an array, or a sub-select in parentheses.",
					   "\"$each\" cannot repeat over type %s", format_type_be(each->type));
		return false;
	}
	binding->columns = palloc0(sizeof(ExpressionColumn));
	add_column(scope, binding, NULL, element, each->typmod);
	return true;
}

/*
 * Analyses $each and binds its name: to the elements of an SQL array or of a
 * jsonb array, or to the rows of a sub-select.  Returns whether it is bound.
 */
static bool
bind_each(ExpressionScope *scope, TemplateNode *node)
{
	TemplateExpr *each = node->each;
	ExpressionBinding *binding = palloc0(sizeof(ExpressionBinding));
	ListCell   *lc;

	analyse_expression(scope, node, each, InvalidOid, &node->each_name);
	if (each->expr == NULL)
		return false;
	if (each->select == NULL && !bind_array(scope, node, binding))
		return false;
	if (each->select != NULL)
		bind_select(scope, node, binding);
	foreach(lc, scope->bindings)
		if (strcmp(((ExpressionBinding *) lfirst(lc))->name, node->each_name) == 0)
			break;
	if (lc != NULL || strcmp(node->each_name, "this") == 0 ||
		get_attnum(RelationGetRelid(scope->relation), node->each_name) != InvalidAttrNumber)
		template_fault(scope->template, node, each->offset,
					   ERRCODE_DUPLICATE_ALIAS, "Choose another name after AS.",
					   "name \"%s\" would hide a column or an outer name", node->each_name);

	binding->name = node->each_name;
	if (binding->ncolumns > 0)
		node->each_param = binding->columns[0].param;
	node->each_params = binding->ncolumns;
	scope->bindings = lcons(binding, scope->bindings);
	return true;
}

/* All expressions of a node and of what stands below it. */
static void
analyse_node(ExpressionScope *scope, TemplateNode *node)
{
	bool		bound = node->each != NULL && bind_each(scope, node);
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	if (node->each != NULL && !bound)
		return;					/* what stands below depends on the name */
	if (node->condition != NULL)
		analyse_expression(scope, node, node->condition, BOOLOID, NULL);
	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);

		if (part->expr != NULL)
			analyse_expression(scope, node, part->expr, InvalidOid, NULL);
	}
	foreach(lc, node->children)
		analyse_node(scope, lfirst(lc));
	if (bound)
		scope->bindings = list_delete_first(scope->bindings);
}

/*
 * Becomes the owner of the mapped relation, whose template it is: analysing
 * reads literals, and by that runs what may be tied to their types.  The owner
 * of a template that is being registered or tried is the caller; a superuser's
 * is everybody's to run.
 */
static void
become_owner(const ExpressionScope *scope, int context)
{
	Oid			owner = scope->relation->rd_rel->relowner;

	if (scope->registering || superuser_arg(owner))
		return;
	if (object_aclcheck(NamespaceRelationId, base_extension_schema(scope->function), owner,
						ACL_USAGE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("owner of the relation of mapping \"%s\" may not use schema %s", scope->template->mapping,
						get_namespace_name(base_extension_schema(scope->function))),
				 errhint("GRANT USAGE ON SCHEMA to the owner: the template's names are looked up as him.")));
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
}

/*
 * Analyses all expressions of the template, with functions found in
 * pg_catalog and the extension's schema alone, and under the pinned settings.
 * An error restores role and settings by itself.
 */
void
expression_analyse_template(ExpressionScope *scope)
{
	int			nestlevel = base_pin_settings(scope->function, scope->timezone);
	Oid			caller;
	int			context;

	GetUserIdAndSecContext(&caller, &context);
	become_owner(scope, context);
	scope->trust.row = scope->relation->rd_rel->reltype;
	analyse_node(scope, scope->template->root);
	SetUserIdAndSecContext(caller, context);
	/* also what foreign code may have set */
	AtEOXact_GUC(false, nestlevel);
}

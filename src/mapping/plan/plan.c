/*
 * plan.c
 *		From the typed template to the plan's tree.
 *
 * Constant subtrees become fragments, prepared in both encodings.  Every
 * other node gets a number in its scope.  What the values are made from is
 * listed twice: the expressions that a row of the relation is asked for, which
 * are planned as a whole (one cached expression for each mapping, not one for
 * each slot), and the values of each scope, from which arguments.c makes calls
 * that do without a row.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "mapping/encode/encoder_choose.h"
#include "mapping/plan/plan_build.h"

/* While a plan is built. */
typedef struct PlanBuilder
{
	MappingPlan *plan;
	Template   *template;
	TupleDesc	desc;			/* of the mapped relation; NULL: values are
								 * arguments */
	MemoryContext lists;		/* of the lists below: the template's */
	PlanScope  *scope;			/* that gives out numbers */
	TemplateNode *root;			/* its object */
	List	   *values;			/* PlanValue: of the scope so far */
	List	   *conditions;		/* Node: of the groups around in the scope */
	List	   *expressions;	/* PlanValue: of the plan so far */
	List	   *sites;			/* PlanSite of each */
	List	   *shown;			/* of each, whether it is only shown */
	bool		showing;		/* below a $each that another expression gives */
	int			narguments;		/* when values are arguments */
	List	   *pairs;			/* TemplateNode, PlanNode, ...: made so far */
} PlanBuilder;

static PlanNode *build_node(PlanBuilder *builder, TemplateNode *node);

/*
 * The site of an expression, or of the node itself.  All sites of a node share
 * one copy of its path: a template has thousands.  The texts are the plan's,
 * since the template is gone when a row fails.
 */
static PlanSite
make_site(PlanBuilder *builder, TemplateNode *node, const TemplateExpr *expr)
{
	PlanSite	site;

	if (node->path == NULL)
		node->path = template_path(node);
	site.path = node->path;
	site.source = expr ? pstrdup(expr->sql) : NULL;
	template_line_column(builder->template, expr ? expr->offset : node->key_offset,
						 &site.line, &site.column);
	return site;
}

/*
 * Adds to one of the builder's lists, in the template's memory: the plan is kept
 * for the whole session, the lists only while it is made.
 */
static List *
add_to(PlanBuilder *builder, List *list, void *item)
{
	MemoryContext old = MemoryContextSwitchTo(builder->lists);

	list = lappend(list, item);
	MemoryContextSwitchTo(old);
	return list;
}

/* A value that no list has yet. */
static PlanValue *
make_value(PlanBuilder *builder, Node *expr, TemplateNode *each)
{
	PlanValue  *value = MemoryContextAllocZero(builder->lists, sizeof(PlanValue));

	value->expr = expr;
	value->each = each;
	value->conditions = builder->conditions;
	return value;
}

/*
 * Adds an expression to the plan's list; its number goes to *expression.  The
 * site stays where it is.
 */
static void
add_expression(PlanBuilder *builder, int *expression, const PlanSite *site, PlanValue *value)
{
	MemoryContext old = MemoryContextSwitchTo(builder->lists);

	*expression = list_length(builder->expressions);
	builder->expressions = lappend(builder->expressions, value);
	builder->sites = lappend(builder->sites, unconstify(PlanSite *, site));
	builder->shown = lappend_int(builder->shown, builder->showing);
	MemoryContextSwitchTo(old);
}

/*
 * Makes a condition, or the subject of a $each; none gives number -1.  A
 * condition within the scope is also one of its values.
 */
static void
make_expression(PlanBuilder *builder, PlanExpression *result, TemplateNode *node,
				const TemplateExpr *expr, bool is_value)
{
	PlanValue  *value;

	if (expr == NULL)
		return;
	result->site = make_site(builder, node, expr);
	if (builder->desc == NULL)
	{
		result->column = ++builder->narguments;
		return;
	}
	value = make_value(builder, expr->expr, NULL);
	if (is_value)
		builder->values = add_to(builder, builder->values, value);
	add_expression(builder, &result->expression, &result->site, value);
}

/*
 * A slot.  A bare column of the relation needs no expression: its value is
 * taken from the deformed row, at a fraction of what an evaluation costs.  It is
 * a value of the scope like any other.
 */
static PlanSlot *
make_slot(PlanBuilder *builder, TemplateNode *node, const TemplateExpr *expr)
{
	PlanSlot   *slot = palloc0(sizeof(PlanSlot));
	Var		   *var = (Var *) expr->expr;
	PlanValue  *value;

	slot->site = make_site(builder, node, expr);
	slot->expression = -1;
	/* a type that does not fit is a fault of the template; the slot is made all the same */
	encoder_choose(builder->template, node, expr, &builder->plan->zone, &slot->encoder);
	if (builder->desc == NULL)
	{
		slot->column = ++builder->narguments;
		return slot;
	}
	value = make_value(builder, expr->expr, NULL);
	builder->values = add_to(builder, builder->values, value);
	if (IsA(var, Var) && var->varattno > 0)
	{
		slot->column = var->varattno;
		plan_note_column(builder->plan, builder->desc, slot->column);
	}
	else
		add_expression(builder, &slot->expression, &slot->site, value);
	return slot;
}

/*
 * Gives the node a number in the scope: the place of its decision, its value and
 * its count in a frame.
 */
static void
number_node(PlanBuilder *builder, PlanNode *node)
{
	node->number = builder->scope->nnodes++;
}

/* The text around slots. */
static void
build_text(PlanBuilder *builder, PlanNode *plan, TemplateNode *node)
{
	ListCell   *lc;

	plan->kind = PLAN_TEXT;
	plan->whole = encoder_of_text(node);
	plan->has_values = true;
	plan->pure = true;
	plan->parts = palloc0(sizeof(PlanPart) * list_length(node->parts));
	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);
		PlanPart   *planned = &plan->parts[plan->nparts++];

		if (part->text != NULL)
		{
			planned->text = pstrdup(part->text);
			planned->len = strlen(part->text);
		}
		else
		{
			planned->slot = make_slot(builder, node, part->expr);
			/* no node has this number: it is only where the part's value is kept */
			planned->number = builder->scope->nnodes++;
		}
	}
}

/*
 * One value, or any number of members of an array: a placeholder in an array is
 * a list when its type may hold several.  How many is known for each row alone,
 * so that it cannot be held in step with a twin's array.
 */
static void
build_value(PlanBuilder *builder, PlanNode *plan, TemplateNode *node)
{
	TemplatePart *part = linitial(node->parts);

	plan->slot = make_slot(builder, node, part->expr);
	plan->has_values = true;
	plan->pure = true;
	plan->kind = PLAN_VALUE;
	if (plan->key == NULL && (plan->slot->encoder.array || plan->slot->encoder.kind == ENCODE_JSONB))
	{
		plan->kind = PLAN_LIST;
		plan->pure = false;
		if (node->twin != NULL || (node->parent->spliced && node->parent->twin != NULL))
			template_node_fault(builder->template, node, "Write its members one by one.",
								"an array of unknown length cannot stand beside a twin");
	}
}

/* An object or array: its children, then what is known of it as a whole. */
static void
build_container(PlanBuilder *builder, PlanNode *plan, TemplateNode *node)
{
	List	   *children = node->children;
	List	   *conditions = builder->conditions;
	ListCell   *lc;

	plan->kind = node->kind == TEMPLATE_OBJECT ? PLAN_OBJECT : PLAN_ARRAY;
	/* that of the scope decides whether a call with arguments is made at all */
	if (builder->desc != NULL || node != builder->root)
		make_expression(builder, &plan->condition, node, node->condition, node != builder->root);
	/* copied: values that were listed before keep the list that they have */
	if (node->condition != NULL && node != builder->root)
	{
		MemoryContext old = MemoryContextSwitchTo(builder->lists);

		builder->conditions = lappend(list_copy(conditions), node->condition->expr);
		MemoryContextSwitchTo(old);
	}
	plan->constants_count = node->constants_count || node->keep;
	plan->children = palloc0(sizeof(PlanNode *) * Max(list_length(children), 1));
	for (int twins = 0; twins <= 1; twins++)
	{
		/* twins last: what they depend on must have been made */
		foreach(lc, children)
		{
			TemplateNode *child = lfirst(lc);

			if ((child->key != NULL && child->key[0] == '_') == (twins == 1))
				plan->children[foreach_current_index(lc)] = build_node(builder, child);
		}
	}
	plan->nchildren = list_length(children);
	for (int i = 0; i < plan->nchildren; i++)
		plan->has_values |= plan->children[i]->has_values;
	builder->conditions = conditions;
	plan_finish_group(plan, node);
}

/*
 * The elements of a $each as another call writes them: one slot, whose value
 * is an array of jsonb, or of json where that is the form asked for.  They are
 * copied as they are: each has been decided and judged by a program of its own.
 */
static void
build_written(PlanBuilder *builder, PlanNode *plan, TemplateNode *node, PlanValue *value)
{
	plan->slot = palloc0(sizeof(PlanSlot));
	plan->slot->site = make_site(builder, node, node->each);
	plan->slot->encoder.kind = ENCODE_WRITTEN;
	plan->slot->encoder.form = FORM_WRITTEN;
	plan->slot->encoder.array = true;
	plan->slot->encoder.type = JSONBOID;
	get_typlenbyvalalign(JSONBOID, &plan->slot->encoder.typlen, &plan->slot->encoder.typbyval,
						 &plan->slot->encoder.typalign);
	plan->slot->expression = -1;
	if (builder->desc == NULL)
		plan->slot->column = ++builder->narguments;
	else
		add_expression(builder, &plan->slot->expression, &plan->slot->site, value);
}

/* The object that a $each repeats, for one element. */
static void
build_body(PlanBuilder *builder, PlanNode *body, TemplateNode *node)
{
	/*
	 * The root of a scope has its first number, and is asked for by it: one that
	 * would take its only value's number must not.
	 */
	number_node(builder, body);
	build_container(builder, body, node);
	body->number = 0;
	body->fused = false;
	/* nothing but constants: the element itself is what gives something */
	body->constants_count |= !body->has_values;
}

/*
 * The scope of an object that is repeated; its values go to *value.  Numbers,
 * values and conditions begin anew in it: a condition around the $each says
 * whether there are elements at all, and is none of theirs.
 */
static void
build_scope(PlanBuilder *builder, PlanNode *plan, TemplateNode *node, PlanValue *value)
{
	PlanBuilder outer = *builder;
	PlanNode   *body = palloc0(sizeof(PlanNode));

	plan->scope = palloc0(sizeof(PlanScope));
	plan->scope->root = body;
	builder->scope = plan->scope;
	builder->root = node;
	builder->values = NIL;
	builder->conditions = NIL;
	builder->showing |= plan->slot != NULL;
	body->site = plan->site;
	body->condition.expression = -1;
	build_body(builder, body, node);
	value->values = builder->values;
	builder->scope = outer.scope;
	builder->root = outer.root;
	builder->values = outer.values;
	builder->conditions = outer.conditions;
	builder->showing = outer.showing;
}

/*
 * An object that is repeated.  Where values are arguments, and where a
 * sub-select gives what it is repeated over, its elements come written.
 */
static void
build_each(PlanBuilder *builder, PlanNode *plan, TemplateNode *node)
{
	Oid			element = get_element_type(node->each->type);
	PlanValue  *value = make_value(builder, NULL, node);
	bool		showing = builder->showing;

	plan->kind = PLAN_EACH;
	/* also where the object has constants alone: that there is an element is what it gives */
	plan->has_values = true;
	plan->param = node->each_param;
	plan->nparams = node->each_params;
	if (builder->desc == NULL || node->each->select != NULL)
		build_written(builder, plan, node, value);
	if (builder->desc == NULL)
		return;
	builder->values = add_to(builder, builder->values, value);
	/* what a sub-select repeats is evaluated by its own query; here it is for fhir_map_explain alone */
	builder->showing |= plan->slot != NULL;
	make_expression(builder, &plan->each, node, node->each, false);
	builder->showing = showing;
	if (OidIsValid(element))
	{
		plan->element.type = element;
		get_typlenbyvalalign(element, &plan->element.typlen, &plan->element.typbyval,
							 &plan->element.typalign);
	}
	build_scope(builder, plan, node, value);
}

/*
 * The plan node that was made for a template node, or NULL.  Only nodes with
 * twins or "$absent" are asked for and listed, so that the list stays short.
 */
static PlanNode *
planned(PlanBuilder *builder, TemplateNode *node)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	foreach(lc, builder->pairs)
	{
		if (lfirst(lc) == node)
			return lfirst(lnext(builder->pairs, lc));
		lc = lnext(builder->pairs, lc);
	}
	return NULL;
}

/*
 * The plan node of a template node and what stands below it.  A twin is joined
 * with its element when it is made itself, since elements come first.
 */
static PlanNode *
build_node(PlanBuilder *builder, TemplateNode *node)
{
	PlanNode   *plan = palloc0(sizeof(PlanNode));
	bool		paired = node->twin != NULL || node->absent_of != NULL;

	CHECK_FOR_INTERRUPTS();
	plan->number = -1;
	plan->condition.expression = -1;
	plan->each.expression = -1;
	if (node->key != NULL)
	{
		plan->key = json_make_key(node->key, strlen(node->key));
		plan->name = plan->key->name;
	}
	if (node->child.choice)
		plan->choice = node->child.element + 1;
	plan->type = node->type;
	plan->site = make_site(builder, node, NULL);

	if (plan_is_constant(node))
	{
		StringInfoData text;

		initStringInfo(&text);
		plan_constant_text(&text, node);
		plan->kind = PLAN_CONSTANT;
		plan->fragment = json_make_fragment(text.data, text.len);
		pfree(text.data);
	}
	/* a constant whose twin depends on it is decided like the others */
	if (plan->kind != PLAN_CONSTANT || plan->fragment == NULL || paired || plan->choice)
		number_node(builder, plan);
	if (plan->fragment == NULL)
	{
		switch (node->kind)
		{
			case TEMPLATE_NULL:
				plan->kind = PLAN_NULL;
				break;
			case TEMPLATE_TEXT:
				build_text(builder, plan, node);
				break;
			case TEMPLATE_VALUE:
				build_value(builder, plan, node);
				break;
			default:
				if (node->each != NULL)
					build_each(builder, plan, node);
				else
					build_container(builder, plan, node);
				break;
		}
	}
	plan->absent_of = planned(builder, node->absent_of);
	plan->twin = planned(builder, node->twin);
	if (plan->twin != NULL)
		plan->twin->twin = plan;
	if (paired)
		builder->pairs = add_to(builder, add_to(builder, builder->pairs, node), plan);
	return plan;
}

/* Notes where the expressions stand, and which are only shown. */
static void
note_sites(PlanBuilder *builder)
{
	MappingPlan *plan = builder->plan;
	int			n = list_length(builder->expressions);

	plan->nexpressions = n;
	plan->expression_sites = palloc(sizeof(PlanSite) * Max(n, 1));
	plan->expression_shown = palloc0(sizeof(bool) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		plan->expression_sites[i] = *(PlanSite *) list_nth(builder->sites, i);
		plan->expression_shown[i] = list_nth_int(builder->shown, i);
	}
}

/*
 * Builds plan->root from a typed template whose expressions are analysed.
 * scope is the template's root, or an object that a $each repeats.
 *
 * desc is the mapped relation's row; then *sources is what its values are made
 * from (arguments.c), which plan_finish_expressions wants to see.  Where desc
 * is NULL values are arguments, and sources is not looked at.
 *
 * Faults (types that do not fit) are added to the template; the plan must not
 * be run when there are any.  Allocates in the current context, which must be
 * the plan's, but for *sources, which is in the template's.
 */
void
plan_build(MappingPlan *plan, Template *template, TemplateNode *scope, TupleDesc desc,
		   PlanSources *sources)
{
	PlanBuilder builder = {.plan = plan, .template = template, .scope = &plan->root,
						   .root = scope,
						   .desc = desc,
						   .lists = GetMemoryChunkContext(scope)};

	if (desc != NULL)
	{
		plan->ncolumns = desc->natts;
		plan->column_names = palloc0(sizeof(char *) * Max(desc->natts, 1));
		plan->column_types = palloc0(sizeof(Oid) * Max(desc->natts, 1));
	}
	plan->root.root = palloc0(sizeof(PlanNode));
	plan->root.root->site = make_site(&builder, scope, NULL);
	plan->root.root->type = scope->type;
	plan->root.root->condition.expression = -1;
	if (scope->each != NULL)
		build_body(&builder, plan->root.root, scope);
	else
	{
		number_node(&builder, plan->root.root);
		build_container(&builder, plan->root.root, scope);
	}
	plan->nparams = template->nparams;
	plan->narguments = builder.narguments;
	if (desc == NULL)
		return;
	note_sites(&builder);
	sources->expressions = builder.expressions;
	sources->values = builder.values;
}

/*
 * citus.c
 *		Which tables have their rows on other machines, by Citus.
 *
 * Citus plans a query on its tables around the server's planner: it has the
 * planner simplify the query, and then sends what came out of it to the shards
 * as text.  The table itself is an empty shell on every node.  So two things
 * that are right elsewhere go wrong there: a value that has no text form cannot
 * be put into such a query, and a sub-select on such a table cannot be added
 * once planning has begun, since it would read the shell.
 *
 * What is known of Citus is its catalog of such tables, pg_dist_partition,
 * which its manual describes: the first column is the table, and has an index.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_namespace.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/base.h"

/* Citus's catalog of tables; InvalidOid where the database has no Citus. */
static Oid
citus_tables(void)
{
	return get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
}

/* Is there Citus in this database? */
bool
base_has_citus(void)
{
	return OidIsValid(citus_tables());
}

/* Is a relation in the catalog?  Distributed and reference tables are. */
static bool
is_citus_table(Relation catalog, Oid relation)
{
	Oid			index = get_relname_relid("pg_dist_partition_logical_relid_index", PG_CATALOG_NAMESPACE);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(catalog, index, OidIsValid(index), NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	return found;
}

/* Walks range tables; the context is the catalog. */
static bool
table_walker(Node *node, Relation catalog)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return ((RangeTblEntry *) node)->rtekind == RTE_RELATION &&
			is_citus_table(catalog, ((RangeTblEntry *) node)->relid);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, table_walker, (void *) catalog, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, table_walker, (void *) catalog);
}

/*
 * Is one of Citus's tables read anywhere in a query, or in an expression's
 * sub-selects?
 */
bool
base_reads_citus(Node *node)
{
	Oid			tables = citus_tables();
	Relation	catalog;
	bool		found;

	if (!OidIsValid(tables))
		return false;
	catalog = table_open(tables, AccessShareLock);
	found = table_walker(node, catalog);
	table_close(catalog, AccessShareLock);
	return found;
}

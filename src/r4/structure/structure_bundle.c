/*
 * structure_bundle.c
 *		What R4's prose asks of a Bundle as a whole.
 *
 * plain C: no server headers
 *
 * Links have each relation type once; the resources that a search has found
 * have ids; a document holds what its Composition refers to, and nothing that
 * is not joined with it by references (documents.html).
 *
 * Entries are joined by union-find over all references: forward or backward,
 * as HL7's validator has it.  A walk from the Composition would have to know for
 * each entry who refers to it; here each reference is looked at once.  A
 * reference leads to an entry by its fullUrl, as it stands or, where it is
 * relative, behind the base of its own entry's fullUrl; else, where it is
 * relative, by type and id.
 *
 * Time and memory grow with the number of nodes, whatever a sender makes of
 * them: tables are by hashes with a secret key (siphash.h), so that nobody can
 * choose names that collide.
 */
#include "r4/lookup/siphash.h"
#include "r4/structure/structure.h"

#define NO_ENTRY UINT32_MAX

typedef struct Entry
{
	uint32_t	url;			/* node of its fullUrl, or 0 */
	uint32_t	resource;		/* node, or 0 */
	uint32_t	id;				/* node of the resource's id, or 0 */
	uint32_t	leader;			/* an entry that it is joined with, or itself */
} Entry;

typedef struct Entries
{
	R4Check    *check;
	const R4Node *nodes;
	Entry	   *entries;
	uint32_t	count;
	R4Slots		urls;			/* node of a slot: the entry's number + 1 */
	R4Slots		names;			/* the same by Type/id */
} Entries;

/* A text of two pieces, which need not be joined to be looked up. */
typedef struct Pieces
{
	const char *first;
	const char *second;
	uint32_t	firstlen;
	uint32_t	secondlen;
} Pieces;

/* The hash of both pieces as of one text: where it is cut does not matter. */
static uint32_t
hash_pieces(const Pieces *pieces)
{
	R4Hash		hash = r4_hash_start();

	r4_hash_add(&hash, pieces->first, pieces->firstlen);
	r4_hash_add(&hash, pieces->second, pieces->secondlen);
	return r4_hash_short(&hash);
}

/* Is a text the pieces, one after the other? */
static bool
is_pieces(const char *text, uint32_t len, const Pieces *pieces)
{
	return len == pieces->firstlen + pieces->secondlen &&
		memcmp(text, pieces->first, pieces->firstlen) == 0 &&
		memcmp(text + pieces->firstlen, pieces->second, pieces->secondlen) == 0;
}

/* A string member of an object: its node, or 0. */
static uint32_t
string_of(const R4Check *check, uint32_t object, const char *name)
{
	uint32_t	node = r4_member(check->document, object, name, (int) strlen(name));

	return node != 0 && check->document->nodes[node].kind == R4_KIND_STRING ? node : 0;
}

/* Is a string node this text? */
static bool
is_text(const R4Node *nodes, uint32_t node, const char *text)
{
	return node != 0 && nodes[node].len == strlen(text) && memcmp(nodes[node].text, text, nodes[node].len) == 0;
}

/* A member that is an array: its node, or 0. */
static uint32_t
array_of(const R4Check *check, uint32_t object, const char *name)
{
	uint32_t	node = r4_member(check->document, object, name, (int) strlen(name));

	return node != 0 && check->document->nodes[node].kind == R4_KIND_ARRAY ? node : 0;
}

/*
 * Checks that each relation type has one link.  By a table, since a Bundle may
 * have as many links as a sender likes, and pairs would be their square.
 */
static bool
check_links(R4Check *check, uint32_t bundle)
{
	const R4Node *nodes = check->document->nodes;
	uint32_t	links = array_of(check, bundle, "link");
	bool		more = true;
	R4Slots		table;

	/* nearly always: then no table is made */
	if (links == 0 || nodes[links].len < 2)
		return true;
	r4_slots_start(&table);
	for (uint32_t i = links + 1; i < nodes[links].end && more; i = nodes[i].end)
	{
		uint32_t	relation = nodes[i].kind == R4_KIND_OBJECT ? string_of(check, i, "relation") : 0;
		/* without a relation that of the root, which has none: not looked at then */
		Pieces		pieces = {nodes[relation].text, "", nodes[relation].len, 0};
		uint32_t	hash;
		R4Slot	   *slot;

		r4_step(&check->steps);
		if (relation == 0)
			continue;
		hash = hash_pieces(&pieces);
		slot = r4_slots_first(&table, hash);
		while (slot->hash != 0 && (slot->hash != hash || !is_pieces(nodes[slot->node].text, nodes[slot->node].len, &pieces)))
			slot = r4_slots_next(&table, slot);
		if (slot->hash == 0)
			r4_slots_put(&table, slot, hash, relation);
		else
			more = r4_fault(check, relation, R4_ISSUE_VALUE, "link", "must be the relation type of no other link of the Bundle");
	}
	r4_slots_end(&table);
	return more;
}

/*
 * The resource of an entry: its node, or 0.  Whatever has another kind than it
 * should is taken for absent: its own check has reported it.
 */
static uint32_t
resource_of(const R4Check *check, uint32_t entry)
{
	uint32_t	resource = check->document->nodes[entry].kind == R4_KIND_OBJECT ?
		r4_member(check->document, entry, "resource", 8) : 0;

	return resource != 0 && check->document->nodes[resource].kind == R4_KIND_OBJECT ? resource : 0;
}

/*
 * Checks that what a search has found has ids: without one nobody could read it
 * again.  An OperationOutcome tells of the search and is stored nowhere.
 */
static bool
check_found(R4Check *check, uint32_t entries)
{
	const R4Node *nodes = check->document->nodes;

	for (uint32_t i = entries + 1; i < nodes[entries].end; i = nodes[i].end)
	{
		uint32_t	resource = resource_of(check, i);

		r4_step(&check->steps);
		if (resource != 0 && r4_is_resource(nodes[resource].type) && !r4_is_named(nodes[resource].type, "OperationOutcome") &&
			r4_member(check->document, resource, "id", 2) == 0 &&
			!r4_fault_missing(check, resource, "id", "a resource that a search has found must have an id"))
			return false;
	}
	return true;
}

/*
 * The slot of an entry by its fullUrl, or by Type/id; or the free one where it
 * would be.  A slot holds the entry's number + 1, since 0 is no node.
 */
static R4Slot *
find_slot(Entries *all, R4Slots *table, const Pieces *pieces, uint32_t hash)
{
	R4Slot	   *slot = r4_slots_first(table, hash);

	for (; slot->hash != 0; slot = r4_slots_next(table, slot))
	{
		const Entry *entry = &all->entries[slot->node - 1];

		if (slot->hash != hash)
			continue;
		if (table == &all->urls)
		{
			if (is_pieces(all->nodes[entry->url].text, all->nodes[entry->url].len, pieces))
				return slot;
		}
		else
		{
			/* compared in pieces: the name of an entry is written nowhere as a whole */
			const char *type = r4_type_name(all->nodes[entry->resource].type);
			uint32_t	len = (uint32_t) strlen(type);
			const R4Node *id = &all->nodes[entry->id];

			/* the second piece is Type/id */
			if (pieces->secondlen == len + 1 + id->len && memcmp(pieces->second, type, len) == 0 &&
				pieces->second[len] == '/' && memcmp(pieces->second + len + 1, id->text, id->len) == 0)
				return slot;
		}
	}
	return slot;
}

/*
 * Puts an entry into a table, of the same ones the first.  Two of one fullUrl
 * may be versions of a resource; references lead to the first, and the two are
 * not joined by that.
 */
static void
put_entry(Entries *all, R4Slots *table, const Pieces *pieces, uint32_t number)
{
	uint32_t	hash = hash_pieces(pieces);
	R4Slot	   *slot = find_slot(all, table, pieces, hash);

	if (slot->hash == 0)
		r4_slots_put(table, slot, hash, number + 1);
}

/*
 * Gathers the entries.  Each of them is counted, also what is no entry at all, so
 * that their numbers are their places; what a broken one lacks is 0, which no
 * node of a member is.
 */
static void
gather(Entries *all, uint32_t entries)
{
	const R4Node *nodes = all->nodes;
	R4Check    *check = all->check;

	r4_slots_start(&all->urls);
	r4_slots_start(&all->names);
	all->count = 0;
	for (uint32_t i = entries + 1; i < nodes[entries].end; i = nodes[i].end)
	{
		Entry	   *entry = &all->entries[all->count];

		r4_step(&check->steps);
		entry->leader = all->count;
		entry->url = nodes[i].kind == R4_KIND_OBJECT ? string_of(check, i, "fullUrl") : 0;
		entry->resource = resource_of(check, i);
		entry->id = entry->resource != 0 ? string_of(check, entry->resource, "id") : 0;
		if (entry->url != 0)
			put_entry(all, &all->urls, &(Pieces){"", nodes[entry->url].text, 0, nodes[entry->url].len}, all->count);
		if (entry->id != 0 && r4_is_resource(nodes[entry->resource].type))
		{
			const char *type = r4_type_name(nodes[entry->resource].type);
			char		name[64 + 1 + 64];
			uint32_t	len = (uint32_t) strlen(type);

			/* what is longer is no id of R4, and a fault already */
			if (len < 64 && nodes[entry->id].len <= 64)
			{
				memcpy(name, type, len);
				name[len] = '/';
				memcpy(name + len + 1, nodes[entry->id].text, nodes[entry->id].len);
				put_entry(all, &all->names, &(Pieces){"", name, 0, len + 1 + nodes[entry->id].len}, all->count);
			}
		}
		all->count++;
	}
}

/*
 * The length without the version, the fragment, or the version of a canonical
 * behind it: an entry is one resource, whatever part or version is meant.
 */
static uint32_t
bare_length(const char *text, uint32_t len)
{
	static const char history[] = "/_history/";
	uint32_t	n = sizeof(history) - 1;

	for (uint32_t i = 0; i < len; i++)
		if (text[i] == '#' || text[i] == '|' || (i + n <= len && text[i] == '/' && memcmp(text + i, history, n) == 0))
			return i;
	return len;
}

/* The entry of a table by its name; NO_ENTRY when there is none.  Nothing is put in the free slot. */
static uint32_t
find_entry(Entries *all, R4Slots *table, Pieces pieces)
{
	R4Slot	   *slot = find_slot(all, table, &pieces, hash_pieces(&pieces));

	return slot->hash != 0 ? slot->node - 1 : NO_ENTRY;
}

/*
 * The base of a fullUrl that ends in Type/id, with its slash: how many bytes; 0
 * when it does not.  A URN has no base: relative references from such an entry
 * go by type and id alone.
 */
static uint32_t
base_length(const R4Node *url)
{
	uint32_t	len = url->len;

	for (int segments = 0; segments < 2; segments++)
	{
		if (len > 0 && url->text[len - 1] == '/')
			len--;
		while (len > 0 && url->text[len - 1] != '/')
			len--;
	}
	return len >= 8 && memcmp(url->text, "http", 4) == 0 ? len : 0;
}

/* The entry that a reference in another leads to; NO_ENTRY when to none of the Bundle. */
static uint32_t
target_of(Entries *all, uint32_t from, const R4Node *reference)
{
	uint32_t	len = bare_length(reference->text, reference->len);
	const R4Node *url = &all->nodes[all->entries[from].url];
	uint32_t	base = all->entries[from].url != 0 ? base_length(url) : 0;
	uint32_t	found;

	if (len == 0)
		return from;			/* what is contained, or itself */
	/* in the order of bundle.html#references: as it stands, below the entry's base, by Type/id */
	found = find_entry(all, &all->urls, (Pieces){"", reference->text, 0, len});
	if (found == NO_ENTRY && base > 0)
		found = find_entry(all, &all->urls, (Pieces){url->text, reference->text, base, len});
	if (found == NO_ENTRY)
		found = find_entry(all, &all->names, (Pieces){"", reference->text, 0, len});
	return found;
}

/*
 * The entry that leads those which an entry is joined with.  Paths are halved on
 * the way, which keeps them short without recursion: a Bundle of a million
 * entries may be one chain.
 */
static uint32_t
leader_of(Entry *entries, uint32_t number)
{
	while (entries[number].leader != number)
	{
		entries[number].leader = entries[entries[number].leader].leader;
		number = entries[number].leader;
	}
	return number;
}

/*
 * Is a node a text that may lead to another resource?  Beside References those
 * of type uri and its like, as HL7's validator has it: they join entries, but
 * need not lead to one.
 */
static bool
is_link(const R4Document *document, uint32_t node)
{
	const R4Node *nodes = document->nodes;
	R4Primitive primitive = nodes[node].kind == R4_KIND_STRING && nodes[node].flags & R4_NODE_TYPED ?
		r4_primitive(nodes[node].type) : R4_NOT_PRIMITIVE;

	if (primitive == R4_CANONICAL || primitive == R4_URL || primitive == R4_URI)
		return true;
	return primitive == R4_STRING && r4_has_name(document->names, node, "reference", 9) &&
		r4_is_named(nodes[document->names[node].parent].type, "Reference");
}

/*
 * Must a document hold what this Reference of its Composition leads to?  Asked by
 * the name of the element, which for one of an array is the array's.
 */
static bool
must_be_held(const R4Document *document, uint32_t reference)
{
	static const char *const names[] = {"subject", "encounter", "author", "party", "custodian", "detail", "focus", "entry"};
	uint32_t	object = document->names[reference].parent;
	uint32_t	node = document->names[object].keylen > 0 ? object : document->names[object].parent;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (r4_has_name(document->names, node, names[i], (int) strlen(names[i])))
			return r4_is_named(document->nodes[object].type, "Reference");
	return false;
}

/*
 * Joins the entries by their references; checks those of the Composition, which
 * is the first.  A reference that leads out of the Bundle joins nothing, and is a
 * fault only where documents must hold what they speak of.
 */
static bool
join_entries(Entries *all)
{
	const R4Node *nodes = all->nodes;

	for (uint32_t i = 0; i < all->count; i++)
	{
		uint32_t	resource = all->entries[i].resource;

		/* what is in a node follows it in the array: no recursion is needed to see all */
		for (uint32_t node = resource; resource != 0 && node < nodes[resource].end; node++)
		{
			uint32_t	target;

			r4_step(&all->check->steps);
			if (!is_link(all->check->document, node))
				continue;
			target = target_of(all, i, &nodes[node]);
			/*
			 * Which of the two leads does not matter: halving keeps paths short either
			 * way.  A reference to its own entry joins that with itself.
			 */
			if (target != NO_ENTRY)
				all->entries[leader_of(all->entries, target)].leader = leader_of(all->entries, i);
			else if (i == 0 && must_be_held(all->check->document, node) &&
					 !r4_fault(all->check, node, R4_ISSUE_VALUE, "document", "must lead to an entry of the document's Bundle"))
				return false;
		}
	}
	return true;
}

/* Checks that each entry is joined with the first, as far as it has to be. */
static bool
check_joined(Entries *all)
{
	for (uint32_t i = 1; i < all->count; i++)
	{
		uint32_t	resource = all->entries[i].resource;

		r4_step(&all->check->steps);
		/* a style sheet is a Binary, and nothing refers to one (documents.html) */
		if (resource != 0 && !r4_is_named(all->nodes[resource].type, "Binary") &&
			leader_of(all->entries, i) != leader_of(all->entries, 0) &&
			!r4_fault(all->check, resource, R4_ISSUE_VALUE, "document",
					  "must be joined with the document's Composition by references, directly or through other entries"))
			return false;
	}
	return true;
}

/*
 * Checks the entries of a document whose first is a Composition.  What is
 * allocated is freed here, also when the report has had enough; an error raised
 * within it would leave it to the end of the memory context that r4_allocate
 * takes from.
 */
static bool
check_document(R4Check *check, uint32_t entries)
{
	const R4Node *nodes = check->document->nodes;
	uint32_t	first = entries + 1 < nodes[entries].end ? resource_of(check, entries + 1) : 0;
	Entries		all = {.check = check, .nodes = nodes};
	bool		more;

	if (first == 0 || !r4_is_named(nodes[first].type, "Composition"))
		return true;			/* bdl-11 says so */
	all.entries = r4_allocate(nodes[entries].len * sizeof(Entry));
	gather(&all, entries);
	more = join_entries(&all) && check_joined(&all);
	r4_slots_end(&all.urls);
	r4_slots_end(&all.names);
	r4_free(all.entries);
	return more;
}

/*
 * Checks a Bundle whose members have been checked: that of an entry in it has
 * been looked at by itself, since it is a resource of its own.
 */
bool
r4_check_bundle(R4Check *check, uint32_t bundle)
{
	const R4Node *nodes = check->document->nodes;
	uint32_t	type = string_of(check, bundle, "type");
	uint32_t	entries = array_of(check, bundle, "entry");

	if (!check_links(check, bundle))
		return false;
	if (entries == 0)
		return true;
	if (is_text(nodes, type, "searchset"))
		return check_found(check, entries);
	return !is_text(nodes, type, "document") || check_document(check, entries);
}

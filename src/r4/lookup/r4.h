/*
 * r4.h
 *		Looking things up in the definitions of FHIR R4 (4.0.1).
 *
 * plain C: no server headers
 *
 * A type is whatever may stand below a path: a resource, a data type, a
 * primitive, or the nameless type of a backbone element, which is known by its
 * path ("Patient.contact").  An element is one name below a type.  A choice is
 * an element that FHIR writes value[x]: in JSON exactly one of valueQuantity,
 * valueString and so on stands for it; these are its alternatives.
 *
 * All answers come from read-only tables: nothing is set up, allocated or
 * freed, nothing can fail, every string lives as long as the library.  Numbers
 * of types and elements change when the tables are generated anew: keep names
 * in catalogs, never numbers.
 *
 * Names are given with their length in bytes and need no terminator.  The
 * twins of primitives ("_birthDate") and "resourceType" are no elements: the
 * caller takes them apart first.  What may stand in a twin is found below the
 * primitive type itself (id and extension).
 *
 * What is plain C in this room is also built into tests and fuzzers.
 */
#ifndef FHIR_BRIDGE_R4_H
#define FHIR_BRIDGE_R4_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t R4Type;

#define R4_NO_TYPE ((R4Type) 0xFFFF)

/* In the order of their names, which r4.c relies on. */
typedef enum R4Primitive
{
	R4_NOT_PRIMITIVE = 0,
	R4_BASE64BINARY,
	R4_BOOLEAN,
	R4_CANONICAL,
	R4_CODE,
	R4_DATE,
	R4_DATETIME,
	R4_DECIMAL,
	R4_ID,
	R4_INSTANT,
	R4_INTEGER,
	R4_MARKDOWN,
	R4_OID,
	R4_POSITIVEINT,
	R4_STRING,
	R4_TIME,
	R4_UNSIGNEDINT,
	R4_URI,
	R4_URL,
	R4_UUID,
	R4_XHTML
} R4Primitive;

/* The data types that the checks know by name. */
typedef enum R4Complex
{
	R4_OTHER = 0,
	R4_ATTACHMENT,
	R4_CODEABLECONCEPT,
	R4_NARRATIVE,
	R4_QUANTITY,				/* also Age, Count, Distance, Duration */
	R4_REFERENCE,
	R4_RESOURCE					/* Resource, DomainResource: any resource */
} R4Complex;

/* What one name below a type means. */
typedef struct R4Child
{
	R4Type		type;			/* of the value; for an alternative the chosen type; a content
								 * reference's target; Resource where any resource may stand */
	uint16_t	element;		/* number of the element; the alternatives of one choice share it,
								 * and so do types that inherit it */
	uint8_t		primitive;		/* R4Primitive of the type */
	uint8_t		complex;		/* R4Complex of the type */
	bool		repeats : 1;	/* may stand more than once: an array in JSON */
	bool		required : 1;	/* must stand at least once; of a choice, one alternative */
	bool		choice : 1;		/* the name is an alternative of a choice */
	bool		modifier : 1;	/* changes the meaning of what it stands in */
	bool		simple_quantity : 1;	/* a Quantity that must not have a comparator */
} R4Child;

/* A type by its name ("Patient", "string", "Patient.contact") and back. */
extern R4Type r4_type(const char *name, int len);
extern const char *r4_type_name(R4Type type);

/* What kind of type it is; R4_NO_TYPE is of no kind. */
extern R4Primitive r4_primitive(R4Type type);
extern bool r4_is_resource(R4Type type);	/* one of the 146 concrete ones */
extern bool r4_is_abstract_resource(R4Type type);	/* Resource, DomainResource */

/* The element that a JSON name means below a type. */
extern bool r4_child(R4Type parent, const char *name, int len, R4Child *child);

/* The same where it stands in the tables; NULL when there is none. */
extern const R4Child *r4_find_child(R4Type parent, const char *name, int len);

/* All elements below a type in the order of the definition. */
extern int	r4_child_count(R4Type parent);
extern const char *r4_child_name(R4Type parent, int i, R4Child *child);

/* How many of them must stand at least once. */
extern int	r4_required_count(R4Type parent);

/* The alternatives of a choice in the order of the definition. */
extern int	r4_choice_count(uint16_t element);
extern R4Type r4_choice_type(uint16_t element, int i);
extern const char *r4_choice_name(uint16_t element, int i);

/* Known words that look like an unknown one, the nearest first (r4_nearest.c). */
#define R4_MAX_NEAREST 16		/* as many as anyone wants to read in a hint */

typedef struct R4Nearest
{
	const char *word;			/* the unknown one */
	int			len;
	int			max;			/* how many are wanted */
	int			count;
	const char *names[R4_MAX_NEAREST];
	int			prices[R4_MAX_NEAREST];
} R4Nearest;

extern void r4_nearest_start(R4Nearest *nearest, const char *word, int len, int max);
extern void r4_nearest_offer(R4Nearest *nearest, const char *known);

/* Names below a type that look like the given one, nearest first. */
extern int	r4_nearest(R4Type parent, const char *name, int len,
					   const char **names, int max);

/*
 * A value set whose codes are known: one that some element is bound to with
 * strength "required", by its URL, or one of the everyday ones by a short name
 * ("data-absent-reason", "ucum-common").
 */
typedef uint8_t R4Set;

#define R4_NO_SET ((R4Set) 0)

/* A code of a set. */
typedef struct R4Code
{
	const char *system;
	const char *code;
	const char *display;		/* "" where the code system gives none */
} R4Code;

/* in r4_sets.c */

/*
 * The set that an element's codes must come from; R4_NO_SET when the binding
 * is not required, or its codes cannot be listed (currencies, MIME types).
 */
extern R4Set r4_required_set(uint16_t element);

/* A set by its name, and back (NULL for R4_NO_SET). */
extern R4Set r4_set(const char *name, int len);
extern const char *r4_set_name(R4Set set);

/* The codes of a set, in the order of the code's bytes. */
extern int	r4_set_size(R4Set set);
extern void r4_set_code(R4Set set, int i, R4Code *code);

/*
 * Does a set have the code?  In the given system, or with NULL in any.  The
 * second gives the code as it stands in the tables, or NULL.
 */
extern bool r4_set_has(R4Set set, const char *system, int systemlen,
					   const char *code, int len);
extern const char *r4_set_find(R4Set set, const char *system, int systemlen,
							   const char *code, int len);

/* The display of a code of any set; NULL when the code is in none. */
extern const char *r4_display(const char *system, int systemlen,
							  const char *code, int len);

/* Is the system one that some set has codes of? */
extern bool r4_knows_system(const char *system, int len);

/* The types that a Reference or canonical may point to; none: any type. */
extern int	r4_target_count(uint16_t element);
extern R4Type r4_target(uint16_t element, int i);
extern bool r4_may_target(uint16_t element, R4Type type);

/* in primitive.c */

/*
 * Is the text of the form that R4 gives for a primitive type?  A boolean's and
 * a number's text is as in JSON.  Days must be in the calendar.
 */
extern bool r4_text_is_valid(R4Primitive primitive, const char *text, int len);

/* in narrative.c */

/*
 * What is wrong with the XHTML of a narrative, as a text of what it must be,
 * with the invariant in *rule; NULL when it is good.
 */
extern const char *r4_narrative_fault(const char *text, uint32_t len, const char **rule);

#endif							/* FHIR_BRIDGE_R4_H */

/*
 * structure.h
 *		Private to this room: what the parts of the structural check share.
 *
 * plain C: no server headers
 *
 * Every function that checks returns whether to go on: false once the report
 * wanted no more.  Texts of faults are made only when there is a fault.
 */
#ifndef FHIR_BRIDGE_R4_STRUCTURE_H
#define FHIR_BRIDGE_R4_STRUCTURE_H

#include "r4/lookup/document.h"
#include "r4/lookup/host.h"
#include "r4/lookup/slots.h"

/* How many containers may stand in each other. */
#define R4_MAX_DEPTH 256

/*
 * How far readers go: to where the check stops, and no error of the stack.  Some
 * further, since the deepest container has no members in the nodes: the check must
 * stop before it takes that for an empty one.
 */
#define R4_DEPTH_READ (R4_MAX_DEPTH + 8)

/* How many members an object may have.  R4 has names for some hundred. */
#define R4_MAX_MEMBERS 1000

typedef struct R4Check
{
	R4Document *document;
	R4Report	report;
	void	   *arg;
	uint32_t	resource;		/* the resource that "#id" looks into: the one that
								 * is not contained itself */
	R4Severity	least;			/* that is wanted */
	int			depth;			/* containers around the one that is checked */
	uint32_t	scope;			/* the resource in which ids of elements are
								 * unique, also a contained one */
	R4Slots    *ids;			/* of elements, by their scope; NULL at first */
	uint32_t	steps;			/* nodes so far, see r4_step */
} R4Check;

/* A text that is made from pieces; what does not fit is cut.  On the stack of who reports. */
typedef struct R4Text
{
	int			len;
	char		bytes[1000];	/* terminated */
} R4Text;

/* Is a type that of this name? */
static inline bool
r4_is_named(R4Type type, const char *name)
{
	const char *own = r4_type_name(type);

	return own != NULL && strcmp(own, name) == 0;
}

/* in report.c */
extern void r4_text_start(R4Text *text, const char *string);
extern void r4_text_add(R4Text *text, const char *string);
extern void r4_text_list(R4Text *text, const char *string, int i, int count);
extern bool r4_fault(R4Check *check, uint32_t node, R4IssueCode code,
					 const char *rule, const char *text);
extern bool r4_fault_missing(R4Check *check, uint32_t node, const char *name,
							 const char *text);

extern bool r4_warning(R4Check *check, uint32_t node, R4IssueCode code,
					   const char *rule, const char *text);

/* in structure_form.c */

/* What is asked of a URI beyond the form of its type. */
typedef enum R4Form
{
	R4_FORM_NONE,				/* it is no URI */
	R4_FORM_URN,				/* a URN has the form of its kind */
	R4_FORM_ABSOLUTE,
	R4_FORM_CODE_SYSTEM			/* absolute, and no value set */
} R4Form;

extern R4Form r4_form_of(R4Type parent, const char *name, int len, R4Primitive primitive);
extern const char *r4_form_fault(R4Form form, const char *text, uint32_t len, const char **rule);
extern bool r4_urn_is_good(const char *text, uint32_t len);
extern bool r4_has_tag(const char *text, uint32_t len);
extern bool r4_check_attachment(R4Check *check, uint32_t node);

/* Is a size, by its digits, that of content in good base64?  Also if it is no whole number. */
extern bool r4_is_size_of(const char *size, uint32_t sizelen, const char *data, uint32_t len);

/* in structure_bundle.c */
extern bool r4_check_bundle(R4Check *check, uint32_t bundle);

/* in structure_id.c */
extern bool r4_check_element_id(R4Check *check, uint32_t object, uint32_t id);
extern void r4_forget_ids(R4Check *check);

/* in structure_value.c */
extern bool r4_check_primitive(R4Check *check, uint32_t node, R4Primitive primitive);
extern bool r4_check_binding(R4Check *check, uint32_t node, R4Set set);

/* in structure_reference.c */
extern bool r4_check_reference(R4Check *check, uint32_t node);

/*
 * Are a Reference's texts, either of which may be NULL, without fault, where it
 * stands in this element?  Not for one that begins with "#".
 */
extern bool r4_is_good_reference(uint16_t element, const char *reference, int len,
								 const char *type, int typelen);

#endif							/* FHIR_BRIDGE_R4_STRUCTURE_H */

/*
 * structure.h
 *		Private to this room: what the parts of the structural check share.
 *
 * plain C: no server headers
 *
 * Every function that checks returns whether to go on: false once the report
 * wanted no more.  Texts of faults are made only when there is a fault.
 */
#ifndef FHIR_BRIDGE_R4_CHECK_H
#define FHIR_BRIDGE_R4_CHECK_H

#include "r4/lookup/document.h"
#include "r4/lookup/host.h"

/* How many containers may stand in each other. */
#define R4_MAX_DEPTH 256

/* How far readers go: to where the check stops, and no error of the stack. */
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
	int			depth;			/* containers around the one that is checked */
	uint32_t	steps;			/* nodes so far, see r4_step */
} R4Check;

/* A text that is made from pieces; what does not fit is cut. */
typedef struct R4Text
{
	int			len;
	char		bytes[1000];	/* terminated */
} R4Text;

/* in report.c */
extern void r4_text_start(R4Text *text, const char *string);
extern void r4_text_add(R4Text *text, const char *string);
extern void r4_text_list(R4Text *text, const char *string, int i, int count);
extern bool r4_fault(R4Check *check, uint32_t node, R4IssueCode code,
					 const char *rule, const char *text);
extern bool r4_fault_missing(R4Check *check, uint32_t node, const char *name,
							 const char *text);

/* in structure_value.c */
extern bool r4_check_primitive(R4Check *check, uint32_t node, R4Primitive primitive, R4Set set);
extern bool r4_check_binding(R4Check *check, uint32_t node, R4Complex complex, R4Set set);

/* in structure_reference.c */
extern bool r4_check_reference(R4Check *check, uint32_t node);

/*
 * Are a Reference's texts, either of which may be NULL, without fault, where it
 * stands in this element?  Not for one that begins with "#".
 */
extern bool r4_is_good_reference(uint16_t element, const char *reference, int len,
								 const char *type, int typelen);

#endif							/* FHIR_BRIDGE_R4_CHECK_H */

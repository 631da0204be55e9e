/*
 * encoder_choose.h
 *		Choosing encoders while a mapping is compiled.
 *
 * Apart from encoder.h, so that what runs for each row sees no template.
 */
#ifndef FHIR_BRIDGE_ENCODER_CHOOSE_H
#define FHIR_BRIDGE_ENCODER_CHOOSE_H

#include "postgres.h"

#include "mapping/encode/encoder.h"
#include "mapping/template/template.h"

extern bool encoder_choose(Template *template, const TemplateNode *node,
						   const TemplateExpr *expr, EncoderZone *zone, Encoder *encoder);
extern Encoder *encoder_of_text(const TemplateNode *node);

#endif							/* FHIR_BRIDGE_ENCODER_CHOOSE_H */

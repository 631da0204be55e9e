/*
 * blood_pressure.h
 *		Blood pressure figures in plain C, without the server.
 *
 * A reading is one blood pressure in mmHg.  The functions give a status and
 * write *result only when it is BP_OK; they allocate nothing and keep nothing.
 */
#ifndef FHIR_BRIDGE_BLOOD_PRESSURE_H
#define FHIR_BRIDGE_BLOOD_PRESSURE_H

#include <stddef.h>
#include <stdint.h>

typedef enum BpStatus
{
	BP_OK,
	BP_UNDEFINED,				/* too few readings, or all at one time */
	BP_BAD_SBP,					/* not finite or not positive */
	BP_BAD_DBP,					/* not finite or not positive */
	BP_SBP_BELOW_DBP,
	BP_BAD_HR,					/* not finite or not positive */
	BP_BAD_READING,				/* not finite or not positive */
	BP_BAD_WEIGHT,				/* not finite or negative */
	BP_NO_WEIGHT,				/* the weights add up to zero */
	BP_OVERFLOW					/* beyond the range of double */
} BpStatus;

/* A reading and when it was taken. */
typedef struct BpTimedReading
{
	double		bp;				/* mmHg */
	int64_t		time;			/* microseconds since any epoch */
} BpTimedReading;

extern BpStatus bp_check_reading(double bp);
extern BpStatus bp_map_at_rest(double sbp, double dbp, double *result);
extern BpStatus bp_map_in_exercise(double sbp, double dbp, double hr, double *result);
extern BpStatus bp_arv(const double *bp, size_t n, double *result);
extern BpStatus bp_arv_weighted(const double *bp, const double *weights, size_t n,
								double *result);
extern BpStatus bp_arv_timed(BpTimedReading *readings, size_t n, double *result);

#endif							/* FHIR_BRIDGE_BLOOD_PRESSURE_H */

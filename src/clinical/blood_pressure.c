/*
 * blood_pressure.c
 *		Mean arterial pressure and average real variability.
 *
 * sbp and dbp are systolic and diastolic blood pressure in mmHg, hr is the
 * heart rate in beats per minute.  No check tells kilopascals from mmHg: the
 * caller must know the unit.
 *
 * Average real variability (ARV) is the mean of the absolute differences
 * between readings that follow one another.  Three definitions are in use,
 * and they differ for the same readings:
 *
 *	bp_arv			the sum over n, the number of readings: what the hospital's
 *					programs compute
 *	bp_arv_weighted	the sum of weight times difference over the sum of all n
 *					weights; the first weight has no difference of its own
 *	bp_arv_timed	the published one (Mena et al., J Hypertens 2005;23:505-511):
 *					each difference weighs as long as the interval between its
 *					readings, and the sum is divided by the sum of the n - 1
 *					intervals
 *
 * Ten readings at equal intervals whose nine differences add up to 44 give
 * 44/10 = 4.4 by the first and 44/9 = 4.888... by the third.
 *
 * Sums are taken first and divided once: the differences of whole numbers are
 * then exact, and 44/10 is the double nearest to 4.4.  The module is compiled
 * without contraction to fused operations, so that the last digit does not
 * depend on the processor.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "clinical/blood_pressure.h"

/* Whether a number can be a pressure or a rate. */
static inline bool
is_positive(double value)
{
	return isfinite(value) && value > 0;
}

/* A result, unless it left the range of double on the way. */
static inline BpStatus
finish(double value, double *result)
{
	if (!isfinite(value))
		return BP_OVERFLOW;
	*result = value;
	return BP_OK;
}

/* BP_OK for a reading that is finite and positive, else BP_BAD_READING. */
BpStatus
bp_check_reading(double bp)
{
	return is_positive(bp) ? BP_OK : BP_BAD_READING;
}

/* What both means ask of the two pressures; they may be equal. */
static inline BpStatus
check_pressures(double sbp, double dbp)
{
	if (!is_positive(sbp))
		return BP_BAD_SBP;
	if (!is_positive(dbp))
		return BP_BAD_DBP;
	return sbp < dbp ? BP_SBP_BELOW_DBP : BP_OK;
}

/*
 * Mean arterial pressure at rest, in mmHg: diastolic plus a third of the pulse
 * pressure, because at rest the heart spends two thirds of a beat in diastole.
 */
BpStatus
bp_map_at_rest(double sbp, double dbp, double *result)
{
	BpStatus	status = check_pressures(sbp, dbp);

	if (status != BP_OK)
		return status;
	*result = dbp + (sbp - dbp) / 3;
	return BP_OK;
}

/*
 * Mean arterial pressure during exercise, in mmHg: the share of the pulse
 * pressure grows with the heart rate, from a third at 64 beats per minute to
 * a half at 180.  Moran et al. 1995.  Not meant for bradycardia or irregular
 * rhythm: at 40 beats per minute the share is below a quarter.
 */
BpStatus
bp_map_in_exercise(double sbp, double dbp, double hr, double *result)
{
	BpStatus	status = check_pressures(sbp, dbp);

	if (status != BP_OK)
		return status;
	if (!is_positive(hr))
		return BP_BAD_HR;
	*result = dbp + 0.01 * exp(4.14 - 40.74 / hr) * (sbp - dbp);
	return BP_OK;
}

/*
 * Average real variability with weights 1/n, in mmHg: the sum of |BPk - BPk-1|
 * for k = 2 to n, over n.  BP_UNDEFINED for fewer than two readings.
 */
BpStatus
bp_arv(const double *bp, size_t n, double *result)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (!is_positive(bp[i]))
			return BP_BAD_READING;
		if (i > 0)
			sum += fabs(bp[i] - bp[i - 1]);
	}
	return n < 2 ? BP_UNDEFINED : finish(sum / n, result);
}

/*
 * Average real variability with given weights, in mmHg: the sum of
 * Wk * |BPk - BPk-1| for k = 2 to n, over the sum of Wk for k = 1 to n.
 * Weights need not add up to one.  BP_UNDEFINED for fewer than two readings.
 */
BpStatus
bp_arv_weighted(const double *bp, const double *weights, size_t n, double *result)
{
	double		sum = 0;
	double		divisor = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (!is_positive(bp[i]))
			return BP_BAD_READING;
		if (!isfinite(weights[i]) || weights[i] < 0)
			return BP_BAD_WEIGHT;
		divisor += weights[i];
		if (i > 0)
			sum += weights[i] * fabs(bp[i] - bp[i - 1]);
	}
	if (n < 2)
		return BP_UNDEFINED;
	if (divisor == 0)
		return BP_NO_WEIGHT;
	return isfinite(divisor) ? finish(sum / divisor, result) : BP_OVERFLOW;
}

/* Order of readings: by time, equal times by value. */
static int
compare_readings(const void *a, const void *b)
{
	const BpTimedReading *left = a;
	const BpTimedReading *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return (left->bp > right->bp) - (left->bp < right->bp);
}

/* Sorts readings, unless they are in order already, as they often are. */
static void
sort_readings(BpTimedReading *readings, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (compare_readings(&readings[i - 1], &readings[i]) > 0)
		{
			qsort(readings, n, sizeof(BpTimedReading), compare_readings);
			return;
		}
}

/*
 * The time between two readings.  Subtracted without sign: the whole range of
 * the server's timestamps is wider than int64.
 */
static inline double
interval(const BpTimedReading *from, const BpTimedReading *to)
{
	return (double) ((uint64_t) to->time - (uint64_t) from->time);
}

/*
 * Average real variability as published, in mmHg: intervals as weights,
 * divided by their sum.  Sorts the readings in place.  BP_UNDEFINED for fewer
 * than two readings, or when all have one time.  The readings must have passed
 * bp_check_reading.  A long gap, such as a night
 * without readings, weighs as long as it is.
 */
BpStatus
bp_arv_timed(BpTimedReading *readings, size_t n, double *result)
{
	double		sum = 0;
	double		divisor;

	if (n < 2)
		return BP_UNDEFINED;
	sort_readings(readings, n);
	divisor = interval(&readings[0], &readings[n - 1]);
	if (divisor == 0)
		return BP_UNDEFINED;
	for (size_t i = 1; i < n; i++)
		sum += interval(&readings[i - 1], &readings[i]) *
			fabs(readings[i].bp - readings[i - 1].bp);
	return finish(sum / divisor, result);
}

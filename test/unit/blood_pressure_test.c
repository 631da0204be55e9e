/*
 * blood_pressure_test.c
 *		Checks the clinical core against values worked out without it.
 *
 * The expected values come from exact fractions, rounded once.  Those of the
 * exercise formula come from decimal arithmetic of 60 digits; there one unit
 * in the last place is allowed, because exp() differs between C libraries.
 *
 *	cc -Isrc test/unit/blood_pressure_test.c src/clinical/blood_pressure.c -lm
 *
 * Prints "N passed, N failed"; the exit code is 1 when one failed.
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "clinical/blood_pressure.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED (-1.0)		/* what result holds before a call */

/* 15 minutes in the unit of BpTimedReading.time */
#define QUARTER INT64_C(900000000)

static const double ten_readings[] = {120, 122, 118, 126, 124, 128, 120, 122, 116, 124};

static int	passed = 0;
static int	failed = 0;

/* Counts a check and prints it when it failed. */
static void
check(bool holds, const char *name, BpStatus status, double result)
{
	if (holds)
		passed++;
	else
	{
		failed++;
		printf("failed: %s: status %d, result %.17g\n", name, (int) status, result);
	}
}

/* Expects exactly this value. */
static void
expect_value(const char *name, BpStatus status, double result, double expected)
{
	check(status == BP_OK && result == expected, name, status, result);
}

/* Expects this value or one of its two neighbours. */
static void
expect_near(const char *name, BpStatus status, double result, double expected)
{
	check(status == BP_OK &&
			  result >= nextafter(expected, -DBL_MAX) &&
			  result <= nextafter(expected, DBL_MAX),
		  name, status, result);
}

/* Expects this status, and a result that was not written. */
static void
expect_status(const char *name, BpStatus status, double result, BpStatus expected)
{
	check(status == expected && result == UNTOUCHED, name, status, result);
}

static void
test_map_at_rest(void)
{
	static const struct
	{
		double		sbp;
		double		dbp;
		double		expected;
	}			cases[] = {
		{120, 80, 0x1.7555555555555p+6},	/* 280/3 */
		{140, 90, 0x1.aaaaaaaaaaaabp+6},	/* 320/3 */
		{300, 1, 0x1.92aaaaaaaaaabp+6}, /* 302/3 */
		{120.5, 79.25, 93},
		{80, 80, 80},
		{0.1, 0.1, 0.1},
		{DBL_MAX, DBL_MAX, DBL_MAX}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		double		result = UNTOUCHED;
		BpStatus	status = bp_map_at_rest(cases[i].sbp, cases[i].dbp, &result);

		expect_value("map at rest", status, result, cases[i].expected);
	}
}

static void
test_map_in_exercise(void)
{
	static const struct
	{
		double		sbp;
		double		dbp;
		double		hr;
		double		expected;
	}			cases[] = {
		{120, 80, 64, 93.29179288079816},
		{120, 80, 40, 89.07214988102425},
		{160, 85, 180, 122.56168797962688},
		{200, 95, 150, 145.25902657645997},
		{120, 80, 72.5, 94.32173385758239},
		{250, 60, 220, 159.15378889379818},
		{120, 80, 1, 80.0},
		{80, 80, 100, 80.0}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		double		result = UNTOUCHED;
		BpStatus	status = bp_map_in_exercise(cases[i].sbp, cases[i].dbp, cases[i].hr, &result);

		expect_near("map in exercise", status, result, cases[i].expected);
	}
}

static void
test_map_refusals(void)
{
	static const struct
	{
		double		sbp;
		double		dbp;
		double		hr;
		BpStatus	expected;
	}			cases[] = {
		{0, 80, 70, BP_BAD_SBP},
		{-120, 80, 70, BP_BAD_SBP},
		{NAN, 80, 70, BP_BAD_SBP},
		{INFINITY, 80, 70, BP_BAD_SBP},
		{120, 0, 70, BP_BAD_DBP},
		{120, -1, 70, BP_BAD_DBP},
		{120, NAN, 70, BP_BAD_DBP},
		{120, INFINITY, 70, BP_BAD_DBP},
		{79, 80, 70, BP_SBP_BELOW_DBP},
		{120, 80, 0, BP_BAD_HR},
		{120, 80, -70, BP_BAD_HR},
		{120, 80, NAN, BP_BAD_HR},
		{120, 80, INFINITY, BP_BAD_HR}
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		double		result = UNTOUCHED;
		BpStatus	status = bp_map_in_exercise(cases[i].sbp, cases[i].dbp, cases[i].hr, &result);

		expect_status("map in exercise, refused", status, result, cases[i].expected);
		if (cases[i].expected == BP_BAD_HR)
			continue;
		status = bp_map_at_rest(cases[i].sbp, cases[i].dbp, &result);
		expect_status("map at rest, refused", status, result, cases[i].expected);
	}
}

static void
test_arv(void)
{
	static const double rising[] = {120, 110, 113};
	static const double halves[] = {120.5, 118.25, 121.75};
	static const double bad[] = {120, 0, NAN, INFINITY, -1};
	static const double huge[] = {DBL_MAX, 1, DBL_MAX, 1};
	double		result = UNTOUCHED;
	BpStatus	status = bp_arv(ten_readings, 0, &result);

	expect_status("arv of none", status, result, BP_UNDEFINED);
	status = bp_arv(ten_readings, 1, &result);
	expect_status("arv of one", status, result, BP_UNDEFINED);
	for (size_t i = 1; i < LENGTH(bad); i++)
	{
		double		pair[] = {bad[0], bad[i]};

		status = bp_arv(pair, 2, &result);
		expect_status("arv, bad reading", status, result, BP_BAD_READING);
	}
	status = bp_arv(huge, LENGTH(huge), &result);
	expect_status("arv, overflow", status, result, BP_OVERFLOW);

	status = bp_arv(ten_readings, LENGTH(ten_readings), &result);
	expect_value("arv of ten", status, result, 4.4);	/* 44/10 */
	status = bp_arv(ten_readings, 2, &result);
	expect_value("arv of two", status, result, 1);	/* 2/2 */
	status = bp_arv(rising, LENGTH(rising), &result);
	expect_value("arv of three", status, result, 0x1.1555555555555p+2); /* 13/3 */
	status = bp_arv(halves, LENGTH(halves), &result);
	expect_value("arv of fractions", status, result, 0x1.eaaaaaaaaaaabp+0); /* 23/12 */
}

static void
test_arv_weighted(void)
{
	static const double bp[] = {120, 130, 125};
	static const double equal[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const double intervals[] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const double growing[] = {1, 2, 3};
	static const double first_only[] = {1, 0, 0};
	static const double none[] = {0, 0, 0};
	static const double huge[] = {DBL_MAX, DBL_MAX, DBL_MAX};
	static const double bad[] = {-1, NAN, INFINITY};
	double		result = UNTOUCHED;
	BpStatus	status;

	for (size_t i = 0; i < LENGTH(bad); i++)
	{
		double		weights[] = {1, bad[i], 1};

		status = bp_arv_weighted(bp, weights, 3, &result);
		expect_status("weighted arv, bad weight", status, result, BP_BAD_WEIGHT);
	}
	status = bp_arv_weighted(bad, growing, 3, &result);
	expect_status("weighted arv, bad reading", status, result, BP_BAD_READING);
	status = bp_arv_weighted(bp, none, 3, &result);
	expect_status("weighted arv, no weight", status, result, BP_NO_WEIGHT);
	status = bp_arv_weighted(bp, none, 1, &result);
	expect_status("weighted arv of one", status, result, BP_UNDEFINED);
	status = bp_arv_weighted(bp, huge, 3, &result);
	expect_status("weighted arv, overflow", status, result, BP_OVERFLOW);

	status = bp_arv_weighted(ten_readings, equal, 10, &result);
	expect_value("weighted arv, equal weights", status, result, 4.4);	/* 44/10 */
	status = bp_arv_weighted(ten_readings, intervals, 10, &result);
	expect_value("weighted arv, intervals", status, result, 0x1.38e38e38e38e4p+2);	/* 44/9 */
	status = bp_arv_weighted(bp, growing, 3, &result);
	expect_value("weighted arv", status, result, 0x1.7555555555555p+2); /* 35/6 */
	status = bp_arv_weighted(bp, first_only, 3, &result);
	expect_value("weighted arv, first weight only", status, result, 0);
}

static void
test_arv_timed(void)
{
	/* out of order; the two readings at QUARTER are sorted by value */
	BpTimedReading ties[] = {
		{127, 2 * QUARTER}, {130, QUARTER}, {120, 0}, {124, QUARTER}
	};
	BpTimedReading uneven[] = {
		{120, 0}, {126, QUARTER}, {118, 2 * QUARTER}, {130, 4 * QUARTER},
		{121, 8 * QUARTER}, {110, 32 * QUARTER}
	};
	BpTimedReading one_time[] = {{120, QUARTER}, {130, QUARTER}};
	BpTimedReading ages[] = {{120, INT64_MIN + 1}, {130, INT64_MAX - 1}};
	BpTimedReading huge[] = {{DBL_MAX, 0}, {1, QUARTER}};
	BpTimedReading ten[LENGTH(ten_readings)];
	double		result = UNTOUCHED;
	BpStatus	status;

	status = bp_arv_timed(ties, 1, &result);
	expect_status("timed arv of one", status, result, BP_UNDEFINED);
	status = bp_arv_timed(one_time, 2, &result);
	expect_status("timed arv, one time", status, result, BP_UNDEFINED);
	status = bp_arv_timed(huge, 2, &result);
	expect_status("timed arv, overflow", status, result, BP_OVERFLOW);

	for (size_t i = 0; i < LENGTH(ten); i++)
	{
		ten[i].bp = ten_readings[i];
		ten[i].time = (int64_t) i * QUARTER;
	}
	status = bp_arv_timed(ten, LENGTH(ten), &result);
	expect_value("timed arv of ten", status, result, 0x1.38e38e38e38e4p+2); /* 44/9 */
	status = bp_arv_timed(ties, LENGTH(ties), &result);
	expect_value("timed arv, ties", status, result, 3.5);	/* (4 + 0 + 3)/2 */
	status = bp_arv_timed(uneven, LENGTH(uneven), &result);
	expect_value("timed arv, uneven", status, result, 10.5625); /* 338/32 */
	status = bp_arv_timed(ages, 2, &result);
	expect_value("timed arv, widest interval", status, result, 10);
}

int
main(void)
{
	test_map_at_rest();
	test_map_in_exercise();
	test_map_refusals();
	test_arv();
	test_arv_weighted();
	test_arv_timed();
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}

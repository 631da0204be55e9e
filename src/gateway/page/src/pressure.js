/*
 * pressure.js
 *		Blood pressure out of FHIR Observations, and the figures made of it.
 *
 * The formulas are those of the extension's calc_map, calc_arv and arv; their
 * sources stand in src/clinical.  All values are mmHg.
 */

const PANEL = '85354-9';
const SYSTOLIC = '8480-6';
const DIASTOLIC = '8462-4';

export const pressureCodes = [PANEL, SYSTOLIC, DIASTOLIC];

const hasCode = (concept, code) => concept?.coding?.some((coding) => coding.code === code && /loinc/.test(coding.system ?? 'loinc')) ?? false;
const quantity = (holder) => (Number.isFinite(holder?.valueQuantity?.value) ? holder.valueQuantity.value : null);

/* The value with this LOINC code, of an Observation itself or of a component; null when there is none. */
function valueOf(observation, code)
{
	if (hasCode(observation.code, code))
		return quantity(observation);
	return quantity(observation.component?.find((component) => hasCode(component.code, code)));
}

/*
 * The readings of Observations in the order of time: [{ at (seconds), text,
 * systolic, diastolic, map }].  What has the same time is one reading, so that
 * systolic and diastolic may come as two Observations; those that were entered
 * in error or cancelled, and those without a time, are left out.
 */
export function readingsOf(observations)
{
	const byTime = new Map();

	for (const observation of observations) {
		const text = observation.effectiveDateTime ?? observation.effectivePeriod?.start;
		const at = Date.parse(text) / 1000;

		if (!Number.isFinite(at) || ['entered-in-error', 'cancelled'].includes(observation.status))
			continue;
		const reading = byTime.get(at) ?? { at, text, systolic: null, diastolic: null };

		reading.systolic ??= valueOf(observation, SYSTOLIC);
		reading.diastolic ??= valueOf(observation, DIASTOLIC);
		byTime.set(at, reading);
	}
	return [...byTime.values()]
		.filter((reading) => reading.systolic !== null || reading.diastolic !== null)
		.sort((a, b) => a.at - b.at)
		.map((reading) => ({ ...reading, map: meanArterial(reading.systolic, reading.diastolic) }));
}

/* Mean arterial pressure at rest; null without both values. */
export function meanArterial(systolic, diastolic)
{
	return systolic === null || diastolic === null ? null : diastolic + (systolic - diastolic) / 3;
}

/* The readings of the last so many days before the last one; all of them for "all". */
export function within(readings, days)
{
	const last = readings.at(-1)?.at;

	return days === 'all' ? readings : readings.filter((reading) => reading.at >= last - Number(days) * 86400);
}

/*
 * Figures of one kind of value: { n, mean, arvMean, arvTimed }.  arvMean is
 * calc_arv, the sum of the differences by the number of readings; arvTimed is
 * arv, the differences weighed by their intervals.  null where there are fewer
 * than two readings, or all have one time.
 */
export function figuresOf(readings, kind)
{
	const known = readings.filter((reading) => reading[kind] !== null);
	const n = known.length;
	let sum = 0;
	let weighted = 0;

	for (let i = 1; i < n; i++) {
		const difference = Math.abs(known[i][kind] - known[i - 1][kind]);

		sum += difference;
		weighted += difference * (known[i].at - known[i - 1].at);
	}
	const span = n > 1 ? known[n - 1].at - known[0].at : 0;

	return {
		n,
		mean: n > 0 ? known.reduce((total, reading) => total + reading[kind], 0) / n : null,
		arvMean: n > 1 ? sum / n : null,
		arvTimed: span > 0 ? weighted / span : null,
	};
}

/*
 * patient.jsx
 *		One patient by identifier: a card, conditions, encounters, blood pressure.
 *
 * All of it comes from /fhir, under the rights of who has signed in.
 */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useText } from './text.jsx';
import { useJob } from './request.js';
import { Wait } from './wait.jsx';
import { Chart } from './chart.jsx';
import { figuresOf, pressureCodes, readingsOf, within } from './pressure.js';

const FHIR = 'application/fhir+json';
const LISTED = 20;				/* conditions and encounters that are shown */
const MOST_READINGS = 1000;		/* Observations that a chart is made of */

const resources = (bundle, type) => (bundle.entry ?? []).map((entry) => entry.resource).filter((resource) => resource?.resourceType === type);
const nameOf = ({ name = [] }) => name.map((one) => one.text ?? [one.family, ...(one.given ?? [])].filter(Boolean).join(' ')).find(Boolean);
const wordsOf = (concept) => concept?.text ?? concept?.coding?.map((coding) => coding.display ?? coding.code).find(Boolean) ?? '';
const codesOf = (concept) => (concept?.coding ?? []).map((coding) => coding.code).filter(Boolean).join(', ');

/* Asks for the patient and what belongs to it; null when there is none. */
async function findPatient(session, identifier, signal)
{
	const ask = (path) => session.request(`/fhir/${path}`, { accept: FHIR, signal });
	const patients = resources(await ask(`Patient?identifier=${encodeURIComponent(identifier)}&_count=2`), 'Patient');

	if (patients.length === 0)
		return null;
	const patient = encodeURIComponent(patients[0].id);
	/* A hospital may have published only some of the types. */
	const list = async (type, query) => {
		try {
			return resources(await ask(`${type}?patient=${patient}&${query}`), type);
		} catch (fault) {
			if (['absent', 'refused', 'forbidden'].includes(fault.kind))
				return [];
			throw fault;
		}
	};
	const [conditions, encounters, observations] = await Promise.all([
		list('Condition', `_count=${LISTED}`),
		list('Encounter', `_sort=-date&_count=${LISTED}`),
		list('Observation', `code=${pressureCodes.join(',')}&_sort=-date&_count=${MOST_READINGS}&_total=none`),
	]);

	return { patient: patients[0], several: patients.length > 1, conditions, encounters, readings: readingsOf(observations) };
}

/* A function that writes a FHIR date or dateTime in the reader's language; partial dates stay as they are. */
function useTime()
{
	const text = useText();

	return useMemo(() => (value) => {
		if (value === undefined || !/T/.test(value))
			return value ?? '';
		return new Date(value).toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
	}, [text]);
}

function Card({ patient })
{
	const text = useText();

	return (
		<section class="card" aria-labelledby="patient-name">
			<h2 id="patient-name">{nameOf(patient) ?? text.patient}</h2>
			<dl>
				<div><dt>{text.gender}</dt><dd>{text.genders[patient.gender] ?? patient.gender ?? ''}</dd></div>
				<div><dt>{text.born}</dt><dd>{patient.birthDate ?? ''}</dd></div>
				<div><dt>{text.identifiers}</dt><dd>{(patient.identifier ?? []).map((identifier) => identifier.value).filter(Boolean).join(', ')}</dd></div>
			</dl>
		</section>
	);
}

/* A list of what happened, each row with its time, code and words. */
function Events({ id, title, rows })
{
	const text = useText();
	const timeOf = useTime();

	return (
		<section class="events" aria-labelledby={id}>
			<h3 id={id}>{title}</h3>
			{rows.length === 0 ? <p class="how">{text.none}</p> : (
				<ul>
					{rows.map((row, n) => (
						<li key={n}><span class="time">{timeOf(row.time)}</span> {row.code && <span class="code">{row.code}</span>} <span>{row.words}</span></li>
					))}
				</ul>
			)}
			{rows.length === LISTED && <p class="how">{text.more(LISTED)}</p>}
		</section>
	);
}

const round = (value, digits = 0) => (value === null ? '–' : value.toFixed(digits));

/* The chosen window's figures: one row for each kind of value. */
function Figures({ readings })
{
	const text = useText();

	return (
		<table class="figures">
			<caption class="unseen">{text.bloodPressure}</caption>
			<thead>
				<tr><th scope="col">mmHg</th><th scope="col">{text.mean}</th><th scope="col">{text.arvMean}</th><th scope="col">{text.arvTimed}</th></tr>
			</thead>
			<tbody>
				{['systolic', 'diastolic', 'map'].map((kind) => {
					const { n, mean, arvMean, arvTimed } = figuresOf(readings, kind);

					return (
						<tr key={kind} class={kind}>
							<th scope="row">{text[kind]} <span class="how">{text.readings(n)}</span></th>
							<td>{round(mean, 1)}</td><td>{round(arvMean, 1)}</td><td>{round(arvTimed, 1)}</td>
						</tr>
					);
				})}
			</tbody>
		</table>
	);
}

function Readings({ readings })
{
	const text = useText();
	const timeOf = useTime();

	return (
		<details class="readings">
			<summary>{text.table}</summary>
			<table>
				<thead>
					<tr><th scope="col">{text.time}</th><th scope="col">{text.systolic}</th><th scope="col">{text.diastolic}</th><th scope="col">{text.map}</th></tr>
				</thead>
				<tbody>
					{[...readings].reverse().map((reading) => (
						<tr key={reading.at}>
							<th scope="row">{timeOf(reading.text)}</th>
							<td>{round(reading.systolic)}</td><td>{round(reading.diastolic)}</td><td>{reading.map === null ? text.incomplete : round(reading.map)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</details>
	);
}

function Pressure({ readings, shown })
{
	const text = useText();
	const timeOf = useTime();
	const [days, setDays] = useState('all');
	const chosen = useMemo(() => within(readings, days), [readings, days]);

	if (readings.length === 0)
		return <p class="how">{text.noPressure}</p>;
	return (
		<>
			<div class="line">
				<label>{text.range}{' '}
					<select value={days} onChange={(event) => setDays(event.currentTarget.value)}>
						{['30', '90', '365', 'all'].map((one) => <option key={one} value={one}>{text.ranges[one]}</option>)}
					</select>
				</label>
				<span class="how">{text.rangeEnd}</span>
				<button type="button" class="screen" onClick={() => window.print()}>{text.print}</button>
			</div>
			{shown && <Chart readings={chosen} timeOf={timeOf} />}
			<Figures readings={chosen} />
			<p class="how">{text.mapLong}</p>
			<Readings readings={chosen} />
		</>
	);
}

export function Patient({ session, shown })
{
	const text = useText();
	const job = useJob();
	const [identifier, setIdentifier] = useState('');
	const [asked, setAsked] = useState(false);
	const found = job.result;

	useEffect(() => {
		const forget = () => {
			setIdentifier('');
			setAsked(false);
		};

		addEventListener('signed-out', forget);
		return () => removeEventListener('signed-out', forget);
	}, []);

	const submit = async (event) => {
		event.preventDefault();
		if (identifier.trim() === '')
			return;
		setAsked(false);
		await job.run((signal) => findPatient(session, identifier.trim(), signal));
		setAsked(true);
	};

	return (
		<div class="patient" onKeyDown={(event) => event.key === 'Escape' && job.cancel()}>
			<h2 class="unseen">{text.patient}</h2>
			<form onSubmit={submit} class="screen">
				<label for="identifier">{text.identifier}</label>
				<div class="line">
					<input id="identifier" autocomplete="off" spellcheck={false} value={identifier} aria-describedby="identifier-how"
						onInput={(event) => setIdentifier(event.currentTarget.value)} />
					<button type="submit" class="main" disabled={job.running}>{text.show}</button>
				</div>
				<p class="how" id="identifier-how">{text.identifierHow}</p>
			</form>
			<Wait job={job} words={text.loading} />
			{asked && !job.running && !job.fault && !found && <p class="notice" role="status">{text.noPatient}</p>}
			{found && (
				<>
					{found.several && <p class="warning">{text.manyPatients}</p>}
					<Card patient={found.patient} />
					<section aria-labelledby="pressure-title">
						<h3 id="pressure-title">{text.bloodPressure}</h3>
						<Pressure readings={found.readings} shown={shown} />
					</section>
					<div class="lists">
						<Events id="conditions-title" title={text.conditions} rows={found.conditions.map((condition) => ({
							time: condition.onsetDateTime ?? condition.recordedDate, code: codesOf(condition.code), words: wordsOf(condition.code) }))} />
						<Events id="encounters-title" title={text.encounters} rows={found.encounters.map((encounter) => ({
							time: encounter.period?.start, code: encounter.class?.code, words: wordsOf(encounter.type?.[0]) || wordsOf(encounter.serviceType) }))} />
					</div>
				</>
			)}
		</div>
	);
}

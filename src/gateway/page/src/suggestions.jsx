/*
 * suggestions.jsx
 *		A note goes in; ranked codes come out, to be chosen and handed over.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useText } from './text.jsx';
import { useJob } from './request.js';
import { Wait } from './wait.jsx';
import { Choices } from './choices.jsx';
import { handOver, hasHost, onNote } from './host.js';

const MOST_NAMED = 20;			/* codes whose names are looked up, of a note */

/*
 * Looks the names of codes up, one request for each that is not known yet, and
 * gives them as they come.  Where the service has no names the codes stand alone.
 */
async function findNames(session, codes, known, onFound)
{
	const wanted = codes.filter((code) => !known.has(code)).slice(0, MOST_NAMED);

	await Promise.all(wanted.map(async (code) => {
		try {
			const found = await session.request(`/icd-search?q=${encodeURIComponent(code)}`);
			const exact = found.find((item) => item.icd === code);

			onFound(code, { english: exact?.english_name, chinese: exact?.chinese_name });
		} catch {
			/* a suggestion without its name is still one */
		}
	}));
}

/* Morphology codes; raises a fault where the database has no model or the caller no right to it. */
async function askMorphology(session, note, signal)
{
	const { codes } = await session.request('/suggest-morphology-codes', { method: 'POST', body: { text: note }, signal });

	return codes.map(([code, prob]) => ({ code, prob }));
}

const ranked = (list) => list.map(({ icd, prob }) => ({ code: icd, prob }));

/* What is chosen, with what can be done with it. */
function Chosen({ main, cc, names })
{
	const text = useText();
	const [done, setDone] = useState(null);
	const codes = [main, ...cc].filter(Boolean);

	useEffect(() => setDone(null), [main, cc]);

	const copy = async () => {
		try {
			await navigator.clipboard.writeText(codes.join('\n'));
			setDone(text.copied);
		} catch {
			setDone(text.notCopied);
		}
	};
	const give = () => {
		handOver(main, cc);
		setDone(text.handedOver);
	};

	const words = (code) => names.get(code)?.chinese ?? names.get(code)?.english;

	return (
		<aside class="taken" aria-labelledby="taken-title">
			<h3 id="taken-title">{text.chosen}</h3>
			{codes.length === 0 ? <p class="how">{text.nothingChosen}</p> : (
				<>
					<dl>
						{main && <div><dt>{text.mainDiagnosis}</dt><dd><span class="code">{main}</span> {words(main)}</dd></div>}
						{cc.length > 0 && <div><dt>{text.comorbidity(1, 1)}</dt>{cc.map((code) => <dd key={code}><span class="code">{code}</span> {words(code)}</dd>)}</div>}
					</dl>
					<div class="buttons">
						{hasHost && <button type="button" class="main" onClick={give}>{text.handOver}</button>}
						<button type="button" class={hasHost ? undefined : 'main'} onClick={copy}>{text.copy}</button>
					</div>
				</>
			)}
			<p class="notice" role="status">{done}</p>
		</aside>
	);
}

export function Suggestions({ session })
{
	const text = useText();
	const job = useJob();
	const morphology = useJob();	/* a model of its own, which the other lists do not wait for */
	const [note, setNote] = useState('');
	const [fromHost, setFromHost] = useState(false);
	const [names, setNames] = useState(new Map());
	const [main, setMain] = useState(null);
	const [cc, setCc] = useState([]);
	const input = useRef(null);
	const results = useRef(null);

	useEffect(() => onNote((arrived) => {
		setNote(arrived);
		setFromHost(true);
	}), []);
	useEffect(() => {
		const forget = () => {
			setNote('');
			setFromHost(false);
			setMain(null);
			setCc([]);
		};

		addEventListener('signed-out', forget);
		return () => removeEventListener('signed-out', forget);
	}, []);

	const ask = async () => {
		if (note.trim() === '' || job.running) {
			input.current.focus();
			return;
		}
		morphology.run((signal) => askMorphology(session, note, signal));
		const found = await job.run(async (signal) => {
			const codes = await session.request('/icd-suggest', { method: 'POST', body: { text: note }, signal });

			return { main: ranked(codes.main), cc: codes.cc.map(ranked).filter((list) => list.length > 0) };
		});

		if (found === null)
			return;
		setMain(null);
		setCc([]);
		requestAnimationFrame(() => results.current?.querySelector('[role=option]')?.focus());
		findNames(session, [...new Set([found.main, ...found.cc].flat().map((item) => item.code))], names,
			(code, name) => setNames((old) => new Map(old).set(code, name)));
	};

	/* A code is the main diagnosis or a comorbidity, not both. */
	const chooseMain = (code) => {
		setMain(main === code ? null : code);
		setCc(cc.filter((other) => other !== code));
	};
	const chooseCc = (code) => {
		setCc(cc.includes(code) ? cc.filter((other) => other !== code) : [...cc, code]);
		setMain(main === code ? null : main);
	};

	const press = (event) => {
		if (event.key === 'Escape' && (job.running || morphology.running)) {
			job.cancel();
			morphology.cancel();
		}
		else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
			ask();
		else
			return;
		event.preventDefault();
	};

	return (
		<div class="suggestions" onKeyDown={press}>
			<h2 class="unseen">{text.suggestions}</h2>
			<form onSubmit={(event) => { event.preventDefault(); ask(); }}>
				<label for="note">{text.note}</label>
				<textarea id="note" ref={input} lang="en" rows={job.result ? 4 : 10} spellcheck={false} autocomplete="off" placeholder={text.notePlaceholder} value={note}
					onInput={(event) => { setNote(event.currentTarget.value); setFromHost(false); }} aria-describedby="note-keys" />
				<p class="how" id="note-keys">{text.askKey}{fromHost && <> · {text.noteCame}</>}</p>
				<div class="buttons"><button type="submit" class="main" disabled={job.running}>{text.ask}</button></div>
			</form>
			<Wait job={job} words={text.asking} />
			{job.result && (
				<div class="results" ref={results}>
					<p class="warning">{text.notADecision}</p>
					<p class="unseen" role="status">{text.done(job.result.main.length, job.result.cc.flat().length)}</p>
					{job.result.main.length === 0 && job.result.cc.length === 0 && <p class="notice">{text.noSuggestions}</p>}
					<div class="lists">
						{job.result.main.length > 0 && (
							<Choices id="main-list" title={text.mainDiagnosis} how={text.mainHow} items={job.result.main} names={names}
								chosen={main ? [main] : []} onChoose={chooseMain} />
						)}
						{job.result.cc.map((list, n) => (
							<Choices key={n} id={`cc-list-${n + 1}`} title={text.comorbidity(n + 1, job.result.cc.length)} how={text.comorbidityHow} many items={list}
								names={names} chosen={cc} onChoose={chooseCc} />
						))}
						{morphology.result?.length > 0 && (
							<Choices id="morphology-list" title={text.morphology} how={text.morphologyHow} items={morphology.result} names={names} />
						)}
					</div>
					<Chosen main={main} cc={cc} names={names} />
				</div>
			)}
		</div>
	);
}

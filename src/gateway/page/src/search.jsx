/*
 * search.jsx
 *		Codes by a Chinese or English term.
 */
import { useState } from 'preact/hooks';
import { useText } from './text.jsx';
import { useJob } from './request.js';
import { Wait } from './wait.jsx';

export function Search({ session })
{
	const text = useText();
	const job = useJob();
	const [term, setTerm] = useState('');

	const submit = (event) => {
		event.preventDefault();
		if (term.trim() !== '')
			job.run((signal) => session.request(`/icd-search?q=${encodeURIComponent(term.trim())}`, { signal }));
	};

	return (
		<div class="search" onKeyDown={(event) => event.key === 'Escape' && job.cancel()}>
			<h2 class="unseen">{text.search}</h2>
			<form onSubmit={submit} role="search">
				<label for="term">{text.searchTerm}</label>
				<div class="line">
					<input id="term" type="search" autocomplete="off" value={term} onInput={(event) => setTerm(event.currentTarget.value)} />
					<button type="submit" class="main" disabled={job.running}>{text.searchGo}</button>
				</div>
			</form>
			<Wait job={job} words={text.searching} />
			{job.result && (
				<>
					<p class="notice" role="status">{text.found(job.result.length)}</p>
					{job.result.length > 0 && (
						<table>
							<thead>
								<tr><th scope="col">{text.code}</th><th scope="col">{text.chineseName}</th><th scope="col">{text.englishName}</th><th scope="col">{text.billable}</th></tr>
							</thead>
							<tbody>
								{job.result.map((item) => (
									<tr key={item.icd}>
										<th scope="row" class="code">{item.icd}</th>
										<td lang="zh-Hant">{item.chinese_name}</td>
										<td lang="en">{item.english_name}</td>
										<td>{item.billable ? text.yes : text.no}</td>
									</tr>
								))}
							</tbody>
						</table>
					)}
				</>
			)}
		</div>
	);
}

/*
 * choices.jsx
 *		A ranked list of codes to choose from, by mouse or keyboard.
 *
 * A list box as the ARIA practices have it: one row is in the order of Tab,
 * arrows, Home and End move among the rows, Enter and the space bar choose.
 * Choosing what is chosen takes it back.
 */
import { useRef, useState } from 'preact/hooks';

/* A probability as a bar with its number. */
function Probability({ value })
{
	const percent = (value * 100).toFixed(value < 0.1 ? 1 : 0);

	return (
		<span class="probability">
			<meter min="0" max="1" value={value} aria-hidden="true" />
			<span class="number">{percent}%</span>
		</span>
	);
}

/*
 * items: [{ code, prob }]; names: a Map from code to { english, chinese };
 * chosen: the chosen codes; onChoose(code): not given where none is to choose.
 */
export function Choices({ id, title, how, items, names, chosen = [], many = false, onChoose })
{
	const [at, setAt] = useState(0);
	const list = useRef(null);
	const current = Math.min(at, items.length - 1);

	const go = (to) => {
		const row = Math.max(0, Math.min(items.length - 1, to));

		setAt(row);
		list.current.children[row].focus();
	};
	const press = (event) => {
		const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: items.length - 1 }[event.key];

		if (to !== undefined)
			go(to);
		else if ((event.key === 'Enter' || event.key === ' ') && !event.ctrlKey)
			onChoose?.(items[current].code);
		else
			return;
		event.preventDefault();
	};

	return (
		<div class="choices">
			<h3 id={`${id}-title`}>{title}</h3>
			<p class="how" id={`${id}-how`}>{how}</p>
			<ol ref={list} id={id} role={onChoose ? 'listbox' : 'list'} aria-labelledby={`${id}-title`} aria-describedby={`${id}-how`}
				aria-multiselectable={onChoose && many ? 'true' : undefined} onKeyDown={onChoose && press}>
				{items.map(({ code, prob }, row) => (
					<li key={code} role={onChoose ? 'option' : 'listitem'} tabIndex={onChoose ? (row === current ? 0 : -1) : undefined}
						aria-selected={onChoose ? chosen.includes(code) : undefined} class={chosen.includes(code) ? 'chosen' : undefined}
						onClick={onChoose && (() => { setAt(row); onChoose(code); })} onFocus={onChoose && (() => setAt(row))}>
						<span class="code">{code}</span>
						<span class="name">
							{names.get(code)?.chinese && <span lang="zh-Hant">{names.get(code).chinese}</span>}
							{names.get(code)?.english && <span lang="en">{names.get(code).english}</span>}
						</span>
						<Probability value={prob} />
					</li>
				))}
			</ol>
		</div>
	);
}

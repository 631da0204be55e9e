/*
 * chart.jsx
 *		Blood pressure over time, drawn by uPlot.
 *
 * The chart is a picture for the eye; what it shows is told in words below it
 * when a reading is pointed at, by mouse or arrow keys, and in the table beside
 * it.  Colours are the style sheet's, read anew when light turns to dark and
 * before the page is printed.
 */
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useText } from './text.jsx';

const HEIGHT = 320;
const kinds = ['systolic', 'diastolic', 'map'];
const normal = { systolic: [90, 120], diastolic: [60, 80] };
const printing = window.matchMedia('print');
const dark = window.matchMedia('(prefers-color-scheme: dark)');

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/* Shades the normal ranges behind the lines. */
function shade(plot)
{
	const { left, width, top, height } = plot.bbox;

	plot.ctx.save();
	plot.ctx.beginPath();
	plot.ctx.rect(left, top, width, height);
	plot.ctx.clip();
	for (const [kind, [low, high]] of Object.entries(normal)) {
		const upper = plot.valToPos(high, 'y', true);

		plot.ctx.fillStyle = colour(`${kind}-range`);
		plot.ctx.fillRect(left, upper, width, plot.valToPos(low, 'y', true) - upper);
	}
	plot.ctx.restore();
}

/* What uPlot is told to draw. */
function optionsOf(text, width, onPoint)
{
	const axis = { stroke: () => colour('ink'), grid: { stroke: () => colour('line'), width: 1 }, ticks: { stroke: () => colour('line') }, font: '13px system-ui' };

	return {
		width,
		height: HEIGHT,
		legend: { show: false },
		cursor: { drag: { x: false, y: false }, points: { size: 9 } },
		scales: { y: { range: (plot, low, high) => [Math.min(50, low - 5), Math.max(130, high + 5)] } },
		axes: [
			{ ...axis, values: (plot, splits, axisNo, space, step) => splits.map((at) => new Date(at * 1000).toLocaleString(document.documentElement.lang,
				step < 86400 ? { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' } : { year: '2-digit', month: 'numeric', day: 'numeric' })), space: 90 },
			{ ...axis, label: 'mmHg', labelFont: '13px system-ui' },
		],
		series: [{}, ...kinds.map((kind) => ({
			label: text[kind],
			stroke: () => colour(kind),
			width: kind === 'map' ? 1.5 : 2,
			dash: kind === 'map' ? [6, 4] : undefined,
			spanGaps: true,
			points: { show: true, size: 6, fill: () => colour(kind) },
		}))],
		hooks: { drawClear: [shade], setCursor: [(plot) => onPoint(plot.cursor.idx)] },
	};
}

/* The chart of readings (see pressure.js), with its read-out. */
export function Chart({ readings, timeOf })
{
	const text = useText();
	const frame = useRef(null);
	const plot = useRef(null);
	const [at, setAt] = useState(null);
	const shown = at === null ? null : readings[at];

	useEffect(() => {
		const data = [readings.map((reading) => reading.at), ...kinds.map((kind) => readings.map((reading) => reading[kind]))];
		const drawing = new UPlot(optionsOf(text, frame.current.clientWidth, (row) => setAt(row ?? null)), data, frame.current);
		const resize = new ResizeObserver(() => frame.current.clientWidth > 0 && drawing.setSize({ width: frame.current.clientWidth, height: HEIGHT }));
		const redraw = () => drawing.redraw(false, true);

		plot.current = drawing;
		resize.observe(frame.current);
		dark.addEventListener('change', redraw);
		printing.addEventListener('change', redraw);
		addEventListener('beforeprint', redraw);
		return () => {
			resize.disconnect();
			dark.removeEventListener('change', redraw);
			printing.removeEventListener('change', redraw);
			removeEventListener('beforeprint', redraw);
			drawing.destroy();
			setAt(null);
		};
	}, [readings, text]);

	const press = (event) => {
		const last = readings.length - 1;
		const to = { ArrowRight: (at ?? -1) + 1, ArrowLeft: (at ?? last + 1) - 1, Home: 0, End: last }[event.key];

		if (to === undefined)
			return;
		const row = Math.max(0, Math.min(last, to));

		plot.current.setCursor({ left: plot.current.valToPos(readings[row].at, 'x'), top: HEIGHT / 3 }, false);
		setAt(row);
		event.preventDefault();
	};

	return (
		<figure class="chart">
			<ul class="legend" aria-hidden="true">
				{kinds.map((kind) => <li key={kind} class={kind}>{text[kind]}</li>)}
			</ul>
			<div ref={frame} class="plot" role="img" tabIndex={0} aria-label={text.chartName} aria-describedby="chart-how" onKeyDown={press} />
			<p class="read-out" role="status" aria-live="polite">
				{shown && `${timeOf(shown.text)}: ${kinds.filter((kind) => shown[kind] !== null).map((kind) => `${text[kind]} ${Math.round(shown[kind])}`).join(', ')} mmHg`}
			</p>
			<figcaption>{text.normal} <span id="chart-how" class="screen">{text.chartHow}</span></figcaption>
		</figure>
	);
}

/*
 * wait.jsx
 *		How a request stands: a wait that can be ended, or what went wrong.
 */
import { useText } from './text.jsx';

/* The line below what asks: of a job of useJob(), with the words for its wait. */
export function Wait({ job, words })
{
	const text = useText();

	return (
		<div class="wait" aria-live="polite">
			{job.running && (
				<p role="status">
					<span class="turning" aria-hidden="true" /> {words} {job.seconds > 0 && <span class="seconds">{text.waited(job.seconds)}</span>}
					<button type="button" onClick={job.cancel}>{text.cancel}</button>
				</p>
			)}
			{job.fault && <p class={job.fault.kind === 'cancelled' ? 'notice' : 'fault'} role="alert">{text.fault(job.fault)}</p>}
		</div>
	);
}

/*
 * request.js
 *		One request at a time of a view: its answer, its fault, its wait.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Fault } from './fault.js';

/*
 * Runs jobs that may be cancelled, one at a time: run(job) calls job(signal),
 * cancel() ends it (and, since the connection closes, the database's part).
 * Gives { running, seconds, result, fault, run, cancel, clear }; a job that
 * fails leaves the last result away, one that is cancelled leaves it there.
 */
export function useJob()
{
	const [state, setState] = useState({ running: false, seconds: 0, result: null, fault: null });
	const controller = useRef(null);

	const cancel = useCallback(() => controller.current?.abort(), []);

	const run = useCallback(async (job) => {
		const own = new AbortController();

		controller.current?.abort();
		controller.current = own;
		setState((old) => ({ ...old, running: true, seconds: 0, fault: null }));
		try {
			const result = await job(own.signal);

			if (controller.current === own)
				setState({ running: false, seconds: 0, result, fault: null });
			return result;
		} catch (error) {
			const fault = Fault.from(error, own.signal);

			if (controller.current === own)
				setState((old) => ({ running: false, seconds: 0, result: fault.kind === 'cancelled' ? old.result : null, fault }));
			return null;
		}
	}, []);

	const clear = useCallback(() => {
		controller.current?.abort();
		controller.current = null;
		setState({ running: false, seconds: 0, result: null, fault: null });
	}, []);

	useEffect(() => {
		if (!state.running)
			return undefined;
		const clock = setInterval(() => setState((old) => ({ ...old, seconds: old.seconds + 1 })), 1000);

		return () => clearInterval(clock);
	}, [state.running]);

	/* Who signs out takes along what was shown. */
	useEffect(() => {
		addEventListener('signed-out', clear);
		return () => removeEventListener('signed-out', clear);
	}, [clear]);

	return { ...state, run, cancel, clear };
}

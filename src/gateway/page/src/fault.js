/*
 * fault.js
 *		What can go wrong with a request, by kind; the words are in text.jsx.
 *
 * A fault holds a kind, a status and seconds to wait.  It never holds what the
 * gateway's answer says: that could quote what was sent.
 */

const kinds = {
	400: 'refused', 401: 'password', 403: 'forbidden', 404: 'absent', 413: 'long', 422: 'refused', 429: 'throttled',
	501: 'missing', 502: 'service', 503: 'unavailable', 504: 'slow',
};

export class Fault extends Error
{
	constructor(kind, status = 0, seconds = 0)
	{
		super(kind);
		this.kind = kind;
		this.status = status;
		this.seconds = seconds;
	}

	/* The fault of an exception of fetch(), or of a signal that has ended it. */
	static from(error, signal)
	{
		if (error instanceof Fault)
			return error;
		return new Fault(signal?.aborted || error?.name === 'AbortError' ? 'cancelled' : 'network');
	}
}

/* The fault that an answer of the gateway tells by its status. */
export async function faultOf(answer)
{
	const seconds = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10) || 0;

	await answer.body?.cancel();
	return new Fault(kinds[answer.status] ?? (answer.status >= 500 ? 'unavailable' : 'refused'), answer.status, seconds);
}

/*
 * host.js
 *		The hospital information system that has opened the page, by
 *		window.open or in an iframe, or by a form that it has posted.
 *
 * Only origins on the gateway's allow list are listened to and answered; the
 * gateway writes the list into the page.  Messages:
 *
 *	to us	{ type: "fhir-bridge-note", text: "..." }	a note to be coded
 *	from us	{ type: "fhir-bridge-ready" }				once, when the page listens
 *	from us	{ main: "E11.9", cc: ["I10", "J18.9"] }		what was chosen; main may be null
 *
 * A browser delivers a message only to a window of the origin that it is for,
 * so sending to each origin on the list reaches no other.
 */

const origins = document.querySelector('meta[name=hosts]').content.split(/\s+/)
	.filter((origin) => /^https?:\/\/[^/]+$/.test(origin));
const host = window.parent !== window ? window.parent : window.opener;

function send(message)
{
	for (const origin of origins)
		host?.postMessage(message, origin);
}

/* Is there somebody to hand the codes to? */
export const hasHost = host !== null && origins.length > 0;

/* Hands the chosen codes over. */
export function handOver(main, cc)
{
	send({ main, cc });
}

/*
 * Gives each note that arrives to the function, also the one of a posted form;
 * returns a function that stops listening.
 */
export function onNote(take)
{
	const handed = document.getElementById('handed-note');
	const listen = (event) => {
		if (origins.includes(event.origin) && event.source === host &&
			event.data?.type === 'fhir-bridge-note' && typeof event.data.text === 'string')
			take(event.data.text);
	};

	if (handed.value !== '' && handed.value !== '{{note}}')
		take(handed.value);
	handed.value = '';
	handed.textContent = '';
	addEventListener('message', listen);
	send({ type: 'fhir-bridge-ready' });
	return () => removeEventListener('message', listen);
}

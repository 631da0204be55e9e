/*
 * session.jsx
 *		Who is asking: a token in memory, and the dialog that gets one.
 *
 * The token is in a closure and nowhere else: not in storage, not in the
 * address.  A request that the gateway refuses with 401 opens the dialog over
 * the view, waits until somebody has signed in, and is then made again; what
 * was typed stays where it is.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useText } from './text.jsx';
import { Fault, faultOf } from './fault.js';

/*
 * The session of the page: { user, asking, wasSignedIn, request(path, options),
 * signIn(user, password), giveUp(), signOut() }.
 */
export function useSession()
{
	const [user, setUser] = useState(null);
	const [asking, setAsking] = useState(false);
	const [wasSignedIn, setWasSignedIn] = useState(false);
	const state = useRef({ token: null, waiting: [] }).current;

	const calls = useMemo(() => {
		/* Ends the wait of all requests that want a session. */
		const settle = (how, value) => {
			setAsking(false);
			for (const waiter of state.waiting.splice(0))
				waiter[how](value);
		};

		/* Waits until there is a token. */
		const tokenWanted = (signal) => new Promise((resolve, reject) => {
			const waiter = { resolve, reject };

			state.waiting.push(waiter);
			signal?.addEventListener('abort', () => {
				state.waiting = state.waiting.filter((other) => other !== waiter);
				if (state.waiting.length === 0)
					setAsking(false);
				reject(new Fault('cancelled'));
			});
			setAsking(true);
		});

		const send = async (path, { signal, method = 'GET', body, accept = 'application/json' } = {}) => {
			const headers = { Accept: accept, Authorization: `Bearer ${state.token}` };

			if (body !== undefined)
				headers['Content-Type'] = 'application/json';
			return fetch(path, {
				method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
				cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
			});
		};

		/* Makes a request of the gateway and gives its JSON; raises a Fault. */
		const request = async (path, options = {}) => {
			try {
				for (;;) {
					if (state.token === null)
						await tokenWanted(options.signal);
					const answer = await send(path, options);

					if (answer.ok)
						return await answer.json();
					if (answer.status !== 401)
						throw await faultOf(answer);
					state.token = null;
				}
			} catch (error) {
				throw Fault.from(error, options.signal);
			}
		};

		/* Asks for a token; raises a Fault. */
		const signIn = async (name, password) => {
			let answer;

			try {
				answer = await fetch('/token', {
					method: 'POST', cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
					body: new URLSearchParams({ grant_type: 'password', username: name, password }),
				});
			} catch (error) {
				throw Fault.from(error);
			}
			if (!answer.ok)
				throw await faultOf(answer);
			state.token = (await answer.json()).access_token;
			setUser(name);
			setWasSignedIn(true);
			settle('resolve');
		};

		const giveUp = () => settle('reject', new Fault('cancelled'));

		const signOut = () => {
			state.token = null;
			setUser(null);
			setWasSignedIn(false);
			dispatchEvent(new Event('signed-out'));
		};

		return { request, signIn, giveUp, signOut };
	}, [state]);

	return { user, asking, wasSignedIn, ...calls };
}

/* The dialog that signs in, over whatever is shown. */
export function SignIn({ session })
{
	const text = useText();
	const dialog = useRef(null);
	const [busy, setBusy] = useState(false);
	const [fault, setFault] = useState(null);

	useEffect(() => {
		dialog.current.showModal();
	}, []);

	const submit = async (event) => {
		const form = event.currentTarget;

		event.preventDefault();
		setBusy(true);
		setFault(null);
		try {
			await session.signIn(form.user.value, form.password.value);
		} catch (error) {
			setFault(error);
			setBusy(false);
			form.password.select();
		}
	};

	return (
		<dialog ref={dialog} class="sign-in" aria-labelledby="sign-in-title" onCancel={session.giveUp}>
			<form onSubmit={submit} method="dialog">
				<h2 id="sign-in-title">{text.signIn}</h2>
				<p>{session.wasSignedIn ? text.sessionOver : text.signInWhy}</p>
				<label>{text.user}<input name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required defaultValue={session.user ?? ''} /></label>
				<label>{text.password}<input name="password" type="password" autocomplete="current-password" required /></label>
				<p class="fault" role="alert">{fault && text.fault(fault)}</p>
				<div class="buttons">
					<button type="submit" class="main" disabled={busy}>{text.signIn}</button>
					<button type="button" onClick={session.giveUp}>{text.cancel}</button>
				</div>
			</form>
		</dialog>
	);
}

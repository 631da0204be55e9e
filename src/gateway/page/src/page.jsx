/*
 * page.jsx
 *		The page: three views, one session, two languages.
 *
 * The views stay mounted when another is shown, so that nothing that was typed
 * is lost by looking elsewhere.
 */
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Language, languages, preferredLanguage, useText } from './text.jsx';
import { SignIn, useSession } from './session.jsx';
import { Suggestions } from './suggestions.jsx';
import { Search } from './search.jsx';
import { Patient } from './patient.jsx';
import './page.css';

const views = ['suggestions', 'search', 'patient'];

/* The tabs of the views: arrows move between them, as in any list of tabs. */
function Tabs({ view, onChoose })
{
	const text = useText();

	const move = (event) => {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];

		if (step === undefined)
			return;
		const next = views[(views.indexOf(view) + step + views.length) % views.length];

		onChoose(next);
		document.getElementById(`tab-${next}`).focus();
		event.preventDefault();
	};

	return (
		<div class="tabs" role="tablist" aria-label={text.views} onKeyDown={move}>
			{views.map((name) => (
				<button key={name} id={`tab-${name}`} type="button" role="tab" aria-selected={view === name}
					aria-controls={`view-${name}`} tabIndex={view === name ? 0 : -1} onClick={() => onChoose(name)}>
					{text[name]}
				</button>
			))}
		</div>
	);
}

function Header({ language, onLanguage, session })
{
	const text = useText();

	return (
		<header>
			<h1>{text.title}</h1>
			<div class="controls">
				{session.user && (
					<>
						<span class="user">{session.user}</span>
						<button type="button" class="quiet" onClick={session.signOut}>{text.signOut}</button>
					</>
				)}
				<label class="language">
					<span class="unseen">{text.language}</span>
					<select value={language} onChange={(event) => onLanguage(event.currentTarget.value)}>
						{Object.entries(languages).map(([code, { name }]) => <option key={code} value={code} lang={code}>{name}</option>)}
					</select>
				</label>
			</div>
		</header>
	);
}

function Page()
{
	const [language, setLanguage] = useState(preferredLanguage);
	const [view, setView] = useState('suggestions');
	const session = useSession();
	const shown = useCallback((name) => ({ id: `view-${name}`, role: 'tabpanel', 'aria-labelledby': `tab-${name}`, hidden: view !== name }), [view]);

	useEffect(() => {
		document.documentElement.lang = language;
	}, [language]);

	return (
		<Language.Provider value={languages[language].text}>
			<Header language={language} onLanguage={setLanguage} session={session} />
			<nav aria-label={languages[language].text.views}><Tabs view={view} onChoose={setView} /></nav>
			<main>
				<section {...shown('suggestions')}><Suggestions session={session} /></section>
				<section {...shown('search')}><Search session={session} /></section>
				<section {...shown('patient')}><Patient session={session} shown={view === 'patient'} /></section>
			</main>
			{session.asking && <SignIn session={session} />}
		</Language.Provider>
	);
}

render(<Page />, document.getElementById('page'));

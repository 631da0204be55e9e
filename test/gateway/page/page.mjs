/*
 * page.mjs
 *		What a physician does with the page, done in Chromium.
 *
 * Each check is a function that gets a fresh window; one that throws has
 * failed.  The environment names the addresses: PAGE (the gateway), HOST (the
 * origin of a hospital system that may embed it, which is served here); libpq's
 * variables name the database.  Pictures of the views go to PICTURES, to be looked
 * at.  The last line is "N passed, N failed, N skipped".
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const { PAGE, HOST, PICTURES, USER_NAME, PASSWORD } = process.env;
const NOTE = 'pneumonia with diabetes';

/* Two hospital systems: one that the page knows, and one at an origin that it does not. */
const system = (request, response) => {
	const post = request.url === '/post'
		? `<form method="post" action="${PAGE}/"><textarea name="note">posted ${NOTE} &lt;script&gt;window.hacked=1&lt;/script&gt;</textarea><button>go</button></form>` : '';

	response.setHeader('content-type', 'text/html; charset=utf-8');
	response.end(`<!DOCTYPE html><title>HIS</title>${post}<script>
		window.got = [];
		addEventListener('message', (event) => got.push({ origin: event.origin, data: event.data }));
		${request.url === '/frame' ? `document.write('<iframe id="page" src="${PAGE}/" width="1000" height="700" allow="clipboard-write"></iframe>');` : ''}
		window.openPage = () => { window.opened = window.open('${PAGE}/'); };
		window.say = (to, text) => to.postMessage({ type: 'fhir-bridge-note', text }, '*');
	</script>`);
};
const known = createServer(system).listen(new URL(HOST).port, '127.0.0.1');
const stranger = createServer(system).listen(0, '127.0.0.1');
const browser = await chromium.launch({
	executablePath: process.env.BROWSER,
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const sums = { passed: 0, failed: 0 };

/* Runs a check in a window of its own; whatever asks another host than ours is a failure. */
async function check(name, body, options = {})
{
	const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1024, height: 768 }, ...options });
	const page = await context.newPage();
	const asked = [];
	const said = [];

	context.on('request', (request) => asked.push(request.url()));
	context.on('console', (message) => said.push(message.text()));
	page.setDefaultTimeout(15000);
	try {
		await body(page, context);
		const allowed = [PAGE, HOST, `http://127.0.0.1:${stranger.address().port}`, 'data:', 'about:', 'blob:'];

		assert.deepEqual(asked.filter((url) => !allowed.some((start) => url.startsWith(start))), [], 'other hosts were asked');
		assert.deepEqual(said.filter((text) => /pneumonia|A123456|alice/.test(text)), [], 'the console tells of a patient');
		sums.passed++;
		console.log(`ok ${name}`);
	} catch (error) {
		sums.failed++;
		console.log(`FAILED ${name}\n${error.stack}`);
		await page.screenshot({ path: `${PICTURES}/page-failed-${sums.failed}.png` }).catch(() => {});
	} finally {
		await context.close();
	}
}

const open = (page) => page.goto(`${PAGE}/`);

async function signIn(page, password = PASSWORD)
{
	await page.locator('input[name=user]').fill(USER_NAME);
	await page.locator('input[name=password]').fill(password);
	await page.keyboard.press('Enter');
}

/* Asks for a note's codes by keyboard alone, and signs in when asked to. */
async function ask(page, note = NOTE)
{
	await page.locator('#note').fill(note);
	await page.keyboard.press('Control+Enter');
	await signIn(page);
	await page.locator('#main-list li').first().waitFor();
}

/* No fault of accessibility in what is shown. */
async function accessible(page)
{
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));

	assert.deepEqual(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`), []);
}

/* Is a suggestion call running in the database? */
const isRunning = () => execFileSync('psql', ['-XAtc', "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND query ~ 'aics_suggest' AND pid <> pg_backend_pid()"],
	{ encoding: 'utf8' }).trim() === 't';

/* Waits until a condition holds. */
async function until(condition, what)
{
	const limit = Date.now() + 15000;

	while (!await condition()) {
		assert.ok(Date.now() < limit, `timed out: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

await check('keyboard alone: ask, choose, copy', async (page, context) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await open(page);
	await page.keyboard.press('Tab');
	while (!await page.evaluate(() => document.activeElement.id === 'note'))
		await page.keyboard.press('Tab');
	await page.keyboard.type(NOTE);
	await page.keyboard.press('Control+Enter');
	await page.locator('dialog').waitFor();
	await page.keyboard.type(USER_NAME);
	await page.keyboard.press('Tab');
	await page.keyboard.type(PASSWORD);
	await page.keyboard.press('Enter');
	await page.locator('#main-list li').first().waitFor();
	await page.waitForFunction(() => document.activeElement.closest('#main-list') !== null);
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#main-list li[aria-selected=true] .code').innerText(), 'E11.9');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#main-list li[aria-selected=true]').count(), 1, 'one main diagnosis');
	const main = await page.locator('#main-list li[aria-selected=true] .code').innerText();

	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	const cc = await page.locator('#cc-list-1 li[aria-selected=true] .code').innerText();

	await page.getByRole('button', { name: 'Copy codes' }).focus();
	await page.keyboard.press('Enter');
	await page.getByText('Copied.').waitFor();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), main === cc ? cc : `${main}\n${cc}`);
});

await check('codes come ranked, with names and probabilities', async (page) => {
	await open(page);
	await ask(page);
	await page.locator('#cc-list-1 li .name', { hasText: 'Pneumonia' }).waitFor();
	const numbers = await page.locator('#main-list .number').allInnerTexts();

	assert.deepEqual(numbers, [...numbers].sort((a, b) => parseFloat(b) - parseFloat(a)));
	assert.match(numbers[0], /^\d+(\.\d)?%$/);
	await page.getByText('not a decision').waitFor();
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-suggestions.png` });
});

await check('from Enter to the list: what the page adds', async (page) => {
	await open(page);
	await ask(page);
	const times = [];

	for (let i = 0; i < 9; i++) {
		await page.evaluate(() => performance.clearResourceTimings());
		const [total, service] = await page.evaluate((note) => new Promise((resolve) => {
			const area = document.getElementById('note');
			const began = performance.now();
			const watch = new MutationObserver(() => {
				const entry = performance.getEntriesByType('resource').find((one) => one.name.endsWith('/icd-suggest'));

				if (entry && document.querySelector('.wait .turning') === null) {
					watch.disconnect();
					requestAnimationFrame(() => resolve([performance.now() - began, entry.responseEnd - entry.startTime]));
				}
			});

			watch.observe(document.querySelector('.suggestions'), { childList: true, subtree: true, attributes: true, characterData: true });
			area.value = note;
			area.dispatchEvent(new Event('input', { bubbles: true }));
			area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
		}), `${NOTE} again ${i}`);

		times.push(total - service);
	}
	console.log(`the page's own time from Enter to the list: median ${times.sort((a, b) => a - b)[4].toFixed(0)} ms`);
});

await check('a note with a script tag is text', async (page) => {
	await open(page);
	await ask(page, `<script>window.hacked = 1</script><img src=x onerror="window.hacked=1"> ${NOTE}`);
	assert.equal(await page.evaluate(() => window.hacked), undefined);
});

await check('wrong password: told, the note stays, then right', async (page) => {
	await open(page);
	await page.locator('#note').fill(NOTE);
	await page.keyboard.press('Control+Enter');
	await signIn(page, 'wrong');
	await page.getByText('User or password is wrong').waitFor();
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-sign-in.png` });
	await signIn(page);
	await page.locator('#main-list li').first().waitFor();
	assert.equal(await page.locator('#note').inputValue(), NOTE);
});

await check('a slow service: a wait that shows, Esc ends it and the database\'s call', async (page) => {
	await open(page);
	await ask(page);
	await page.locator('#note').fill('slow {"mock": {"delay": 20}}');
	await page.keyboard.press('Control+Enter');
	await page.getByRole('status').getByText('Asking the suggestion service').waitFor();
	await page.getByText('1 s').waitFor();
	await until(isRunning, 'the call runs in the database');
	await page.screenshot({ path: `${PICTURES}/page-slow.png` });
	await page.keyboard.press('Escape');
	await page.getByText('Cancelled.').waitFor();
	await until(() => !isRunning(), 'the call has ended in the database');
	assert.equal(await page.locator('#note').inputValue(), 'slow {"mock": {"delay": 20}}');
	assert.equal(await page.locator('#main-list li').count() > 0, true, 'the last answer is still there');
});

await check('a service that fails: what happened and what to do', async (page) => {
	await open(page);
	await page.locator('#note').fill('x {"mock": {"body": "{}"}}');
	await page.keyboard.press('Control+Enter');
	await signIn(page);
	await page.locator('.wait .fault').waitFor();
	assert.match(await page.locator('.wait .fault').innerText(), /Try again|administrator/);
	assert.match(await page.locator('#note').inputValue(), /mock/);
	await accessible(page);
});

await check('the gateway is gone: told, the note stays', async (page, context) => {
	await open(page);
	await ask(page);
	await context.setOffline(true);
	await page.locator('#note').focus();
	await page.keyboard.press('Control+Enter');
	await page.getByText('cannot be reached').waitFor();
	assert.equal(await page.locator('#note').inputValue(), NOTE);
});

await check('a token that has ended: sign in again in place', async (page, context) => {
	await open(page);
	await ask(page);
	/* the gateway's own 401, by a token that it never gave */
	await context.route('**/icd-suggest', (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer a.b.c' } }), { times: 1 });
	await page.locator('#note').fill(`${NOTE} and asthma`);
	await page.keyboard.press('Control+Enter');
	await page.getByText('Your session has ended').waitFor();
	assert.equal(await page.locator('#note').inputValue(), `${NOTE} and asthma`);
	await signIn(page);
	await page.locator('#cc-list-1 li .code', { hasText: 'J45.909' }).or(page.locator('#main-list li .code', { hasText: 'J45.909' })).first().waitFor();
});

await check('the local model\'s codes stand beside the others, to be read only', async (page, context) => {
	await context.route('**/suggest-morphology-codes', (route) => route.fulfill({ json: { codes: [['8140/3', 0.91], ['8500/3', 0.05]] } }));
	await open(page);
	await ask(page);
	const list = page.locator('#morphology-list');

	await list.getByText('8140/3').waitFor();
	assert.match(await list.innerText(), /91%[\s\S]*8500\/3[\s\S]*5\.0%/);
	assert.equal(await list.locator('[role=option]').count(), 0);
	await accessible(page);
});

if (process.env.MODEL)
	await check('a real model answers for them', async (page) => {
		await open(page);
		await ask(page);
		const list = page.locator('#morphology-list');

		await list.getByText(/^[0-9]{4}\/[0-9]$/).first().waitFor();
		assert.equal((await list.innerText()).match(/[0-9]{4}\/[0-9]/g).length, 10);
	});

await check('the first view weighs less than 100 kB as it is sent', async (page) => {
	const weights = [];

	page.on('response', (response) => weights.push(response.request().sizes().then((sizes) => [new URL(response.url()).pathname.split('/').pop(), sizes.responseBodySize])));
	await open(page);
	await page.locator('#note').waitFor();
	const sent = (await Promise.all(weights)).filter(([, size]) => size > 0);
	const sum = sent.reduce((total, [, size]) => total + size, 0);

	console.log(`sent: ${sent.map(([name, size]) => `${name || 'index.html'} ${size}`).join(', ')}; ${sum} bytes`);
	assert.ok(sum > 10000 && sum < 100000, `${sum} bytes`);
});

await check('search: both names, and whether it can be claimed', async (page) => {
	await open(page);
	await page.getByRole('tab', { name: 'Search ICD-10' }).click();
	await page.locator('#term').fill('高血壓');
	await page.keyboard.press('Enter');
	await signIn(page);
	const row = page.getByRole('row', { name: /I10/ });

	await row.waitFor();
	assert.match(await row.innerText(), /本態性\(原發性\)高血壓[\s\S]*Essential \(primary\) hypertension[\s\S]*yes/);
	assert.match(await page.getByRole('row', { name: /^I15 / }).innerText(), /no$/);
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-search.png` });
});

await check('a patient: card, conditions, blood pressure and its figures', async (page) => {
	await open(page);
	await page.getByRole('tab', { name: 'Patient' }).click();
	await page.locator('#identifier').fill('C2');
	await page.keyboard.press('Enter');
	await signIn(page);
	await page.locator('.plot canvas').waitFor();
	assert.match(await page.locator('.card').innerText(), /Família2[\s\S]*1970-01-03[\s\S]*C2/);
	assert.match(await page.locator('.events').first().innerText(), /2019-05-06\s+I10\s+Essential/);
	await page.locator('.patient select').selectOption('30');
	assert.deepEqual((await page.locator('.figures tr.systolic td').allInnerTexts()), ['122.0', '4.4', '4.9'], 'of the chosen window');
	assert.deepEqual((await page.locator('.figures tr.diastolic td').allInnerTexts()), ['80.0', '0.0', '0.0']);
	assert.deepEqual((await page.locator('.figures tr.map td').allInnerTexts()), ['94.0', '1.5', '1.6']);
	await page.locator('.plot').focus();
	await page.keyboard.press('Home');
	await page.locator('.read-out', { hasText: 'Systolic 120, Diastolic 80, MAP 93 mmHg' }).waitFor();
	await page.keyboard.press('ArrowRight');
	await page.locator('.read-out', { hasText: 'Systolic 122' }).waitFor();
	await page.getByText('The readings as a table').click();
	assert.equal(await page.locator('.readings tbody tr').count(), 10);
	await page.locator('.patient select').selectOption('all');
	assert.equal(await page.locator('.readings tbody tr').count(), 11);
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-patient.png`, fullPage: true });
	const pages = (await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b/g).length;

	assert.equal(pages, 1, 'printed on one page');
	await page.locator('#identifier').fill('C1');
	await page.keyboard.press('Enter');
	await page.getByText('No patient with this identifier').waitFor();
});

await check('Chinese by the browser, English by the switch', async (page) => {
	await open(page);
	await page.locator('html[lang=zh-Hant]').waitFor({ state: 'attached' });
	await page.getByRole('tab', { name: '查詢 ICD-10' }).waitFor();
	await ask(page);
	await page.getByText('主診斷').first().waitFor();
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-chinese.png` });
	await page.getByLabel('語言').selectOption('en');
	await page.getByText('Main diagnosis').first().waitFor();
	await page.locator('html[lang=en]').waitFor({ state: 'attached' });
	assert.equal(await page.locator('#note').inputValue(), NOTE);
}, { locale: 'zh-TW' });

await check('opened by the hospital\'s system: a note by message, the codes back', async (page, context) => {
	await page.goto(`${HOST}/`);
	const opening = context.waitForEvent('page');

	await page.evaluate(() => window.openPage());
	const ours = await opening;

	await page.waitForFunction(() => window.got.some((one) => one.data.type === 'fhir-bridge-ready'));
	await page.evaluate((note) => window.say(window.opened, note), NOTE);
	await ours.waitForFunction(() => document.getElementById('note').value !== '');
	await ours.getByText('came from the hospital system').waitFor();
	await ours.locator('#note').press('Control+Enter');
	await signIn(ours);
	await ours.locator('#main-list li').first().click();
	await ours.getByRole('button', { name: 'Hand over' }).click();
	await page.waitForFunction(() => window.got.some((one) => one.data.main !== undefined));
	const { data, origin } = await page.evaluate(() => window.got.find((one) => one.data.main !== undefined));

	assert.deepEqual(data, { main: 'E11.9', cc: [] });
	assert.equal(origin, PAGE);
});

await check('embedded in the hospital\'s page: allowed', async (page) => {
	await page.goto(`${HOST}/frame`);
	const frame = page.frameLocator('#page');

	await frame.locator('#note').waitFor();
	await page.waitForFunction(() => window.got.some((one) => one.data.type === 'fhir-bridge-ready'));
	await page.evaluate((note) => window.say(document.getElementById('page').contentWindow, note), NOTE);
	await frame.getByText('came from the hospital system').waitFor();
});

await check('embedded by a stranger: refused; its messages: not heard', async (page, context) => {
	const address = `http://127.0.0.1:${stranger.address().port}`;

	await page.goto(`${address}/frame`);
	await page.waitForLoadState();
	assert.equal(await page.frameLocator('#page').locator('#note').count(), 0);
	const opening = context.waitForEvent('page');

	await page.evaluate(() => window.openPage());
	const ours = await opening;

	await ours.locator('#note').waitFor();
	await page.evaluate(() => window.say(window.opened, 'forged'));
	await ours.locator('#note').fill('own');
	assert.equal(await ours.locator('#note').inputValue(), 'own');
	assert.deepEqual(await page.evaluate(() => window.got), []);
});

await check('a note by a posted form: from the hospital\'s origin alone', async (page) => {
	await page.goto(`${HOST}/post`);
	await page.getByRole('button').click();
	await page.locator('#note').waitFor();
	await page.waitForFunction(() => document.getElementById('note').value !== '');
	assert.equal(await page.locator('#note').inputValue(), `posted ${NOTE} <script>window.hacked=1</script>`);
	assert.equal(await page.evaluate(() => window.hacked), undefined);
	assert.equal(page.url(), `${PAGE}/`);
	await page.goto(`http://127.0.0.1:${stranger.address().port}/post`);
	const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), page.getByRole('button').click()]);

	assert.equal(answer.status(), 403);
});

await check('nothing stays: storage, address, title, history; signing out clears the view', async (page, context) => {
	await open(page);
	await ask(page);
	const kept = await page.evaluate(async () => ({
		local: localStorage.length, session: sessionStorage.length, cookies: document.cookie, databases: (await indexedDB.databases()).length,
		caches: (await caches.keys?.())?.length ?? 0, url: location.href, title: document.title, history: history.length, state: history.state,
	}));

	assert.deepEqual({ ...kept, title: '', history: 0 }, { local: 0, session: 0, cookies: '', databases: 0, caches: 0, url: `${PAGE}/`, title: '', history: 0, state: null });
	assert.doesNotMatch(kept.title, /pneumonia|alice/i);
	assert.deepEqual(await context.cookies(), []);
	await page.getByRole('button', { name: 'Sign out' }).click();
	assert.equal(await page.locator('#note').inputValue(), '');
	assert.equal(await page.locator('#main-list').count(), 0);
});

await check('dark, on a tablet, at twice the size: readable', async (page) => {
	await open(page);
	await ask(page);
	await accessible(page);
	await page.screenshot({ path: `${PICTURES}/page-tablet-dark.png`, fullPage: true });
	await page.setViewportSize({ width: 512, height: 384 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'no sideways scrolling');
}, { viewport: { width: 768, height: 1024 }, colorScheme: 'dark', reducedMotion: 'reduce' });

await browser.close();
known.close();
stranger.close();
console.log(`${sums.passed} passed, ${sums.failed} failed, 0 skipped`);
process.exit(sums.failed > 0 ? 1 : 0);

/*
 * docs.cjs
 *		Swagger UI in Chromium: authorize with a password, then try a search.
 *
 * Every request that is not for the gateway is refused and told.  ADDRESS is the
 * gateway, PICTURE a file for a look.  The last line is JSON.
 */
const { chromium } = require('playwright-core');
const { ADDRESS, BROWSER, PASSWORD, PICTURE } = process.env;

(async () => {
	const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
	const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
	const elsewhere = [];
	const errors = [];

	await page.route('**', (route) => {
		const url = route.request().url();

		if (url.startsWith(ADDRESS) || url.startsWith('data:'))
			return route.continue();
		elsewhere.push(url);
		return route.abort();
	});
	page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
	page.on('pageerror', (error) => errors.push(String(error)));
	await page.goto(`${ADDRESS}/docs`);
	await page.locator('button.authorize').first().click();
	await page.getByLabel('username:').fill('alice');
	await page.getByLabel('password:').fill(PASSWORD);
	await page.locator('.auth-btn-wrapper button.authorize').click();
	await page.getByText('Logout').waitFor();
	await page.locator('.auth-btn-wrapper button.btn-done').click();

	const search = page.locator('.opblock', { has: page.locator('[data-path="/fhir/{type}"]') }).first();

	await search.locator('.opblock-summary-control, .opblock-summary').first().click();
	await search.getByRole('button', { name: 'Try it out' }).click();
	await search.locator('input[placeholder="type"]').fill('Patient');
	await search.locator('input[placeholder^="_count"]').fill('3');
	await search.getByRole('button', { name: 'Execute' }).click();
	await search.locator('.live-responses-table .response .response-col_status').waitFor();

	const status = (await search.locator('.live-responses-table .response .response-col_status').first().innerText()).trim().slice(0, 3);
	const body = await search.locator('.live-responses-table .highlight-code').first().innerText();

	await page.screenshot({ path: PICTURE });
	await browser.close();
	console.log(JSON.stringify({ status, body: body.replace(/\s+/g, ' '), elsewhere, errors }));
})().catch((error) => {
	console.error(error);
	process.exit(1);
});

/*
 * clients.cjs
 *		A library does what its users do, and says what it got.
 *
 * BASE is the FHIR address, TOKEN the bearer token.  The last line is JSON.
 */
const { BASE, TOKEN } = process.env;

/* fhir-kit-client: pages by its own nextPage. */
async function kit()
{
	const { Client } = await import(`${process.env.NODE_PATH}/fhir-kit-client/dist/index.js`);
	const client = new Client({ baseUrl: BASE, bearerToken: TOKEN });
	const found = { pages: [], npages: 0 };
	let bundle = await client.search({ resourceType: 'Patient', searchParams: { _count: 7, _sort: '-birthdate' } });

	while (bundle) {
		found.npages++;
		found.pages.push(...(bundle.entry ?? []).filter((entry) => entry.search.mode === 'match').map((entry) => entry.resource.id));
		bundle = await client.nextPage({ bundle });
	}
	found.read = (await client.read({ resourceType: 'Patient', id: 'a-2' })).id;
	found.missing = await client.read({ resourceType: 'Patient', id: 'b-1' }).then(() => 200, (error) => error.response.status);
	found.observations = (await client.resourceSearch({ resourceType: 'Observation', searchParams: { patient: 'a-2' }, options: { postSearch: true } })).entry.length;
	found.software = (await client.capabilityStatement()).software.name;
	return found;
}

(async () => {
	console.log(JSON.stringify({ 'fhir-kit-client': await kit() }));
})().catch((error) => {
	console.error(error);
	process.exit(1);
});

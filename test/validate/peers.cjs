/*
 * peers.cjs file.ndjson ...
 *		What the validators of test/npm find in resources.
 *
 * A line of a file is a mutation as mutate.py writes it, whose id is kept, or
 * a resource, whose id becomes file/Type/id as mutate.py names its bases.
 * Writes one line for each of them and each validator:
 *
 *	{"id":..., "peer":"medplum" or "ajv", "faults":[{severity, code, message, where}]}
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { medplum, ajv } = require('../npm/validators.cjs');

function main(files)
{
	const peers = { medplum: medplum(), ajv: ajv() };

	for (const file of files) {
		const stem = path.basename(file, '.ndjson');

		for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
			const parsed = JSON.parse(line);
			const resource = parsed.resource ?? parsed;
			const id = parsed.resource ? parsed.id : `${stem}/${parsed.resourceType}/${parsed.id}`;

			for (const [peer, faults] of Object.entries(peers))
				fs.writeSync(1, `${JSON.stringify({ id, peer, faults: faults(resource) })}\n`);
		}
	}
}

main(process.argv.slice(2));

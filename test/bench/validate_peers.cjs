/*
 * validate_peers.cjs medplum|ajv|ajv-all|ajv-text|ajv-first file.ndjson rounds
 *		How long another validator takes for a resource.
 *
 * Prints microseconds: the median of the rounds, each of ROUND_SECONDS or more.
 * The lines of the file are parsed again and again until there are RESOURCES
 * objects, each in memory of its own as each row of our table is, and before
 * the time begins: our side's is jsonb already.  One thread; a round of warming
 * up comes first and is not counted.  ajv is dispatched by the type of the
 * resource, its schemas are compiled before.  ajv-all looks for all faults
 * (allErrors), as fhir_validate does; ajv-text gets text, as fhir_is_valid(json)
 * does, and parses it within the time.  ajv-first goes once over RESOURCES
 * objects, as a process that was started for them does: Node.js is still
 * translating the schemas' code.
 */
'use strict';

const fs = require('node:fs');
const { medplum, ajvInstance, schemaOf, validateResource } = require('../npm/validators.cjs');

const ROUND_SECONDS = 1;
const RESOURCES = 10000;

// Returns medplum's function, with its definitions loaded.
function loadMedplum()
{
	medplum();
	return (resource) => {
		try {
			validateResource(resource);
			return true;
		} catch {
			return false;
		}
	};
}

// Returns a function that calls the compiled schema of the resource's type.
function loadAjv(resources, options)
{
	const instance = ajvInstance(options);
	const schemas = new Map(resources.map((r) => [r.resourceType, schemaOf(instance, r.resourceType)]));

	return (resource) => schemas.get(resource.resourceType)(resource);
}

// Microseconds for a resource, in a round of that many seconds or more.
function round(validate, resources, seconds)
{
	const start = process.hrtime.bigint();
	let seen = 0;
	let valid = 0;
	let nanoseconds;

	do {
		for (const resource of resources)
			valid += validate(resource);
		seen += resources.length;
		nanoseconds = Number(process.hrtime.bigint() - start);
	} while (nanoseconds < seconds * 1e9);
	if (valid !== seen)
		throw new Error('a resource of the benchmark is not valid');
	return nanoseconds / 1e3 / seen;
}

function main(peer, file, rounds)
{
	const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
	const texts = Array.from({ length: Math.max(RESOURCES, lines.length) }, (_, i) => Buffer.from(lines[i % lines.length]).toString());
	const resources = texts.map((text) => JSON.parse(text));
	const validate = peer === 'medplum' ? loadMedplum() : loadAjv(resources, { allErrors: peer === 'ajv-all' });
	const check = peer === 'ajv-text' ? (text) => validate(JSON.parse(text)) : validate;
	const input = peer === 'ajv-text' ? texts : resources;

	if (peer === 'ajv-first') {
		console.log(round(check, input, 0).toFixed(4));
		return;
	}
	round(check, input, ROUND_SECONDS);
	const times = Array.from({ length: rounds }, () => round(check, input, ROUND_SECONDS)).sort((a, b) => a - b);

	console.log(times[Math.floor(times.length / 2)].toFixed(4));
}

main(process.argv[2], process.argv[3], Number(process.argv[4]));

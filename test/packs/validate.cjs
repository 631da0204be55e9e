/*
 * validate.cjs folder ...
 *		Shows every resource of folders of NDJSON files to two validators.
 *
 * They are those of test/npm/validators.cjs.  A test is one validator on one
 * file.  That each of them would see a fault is tested first, on resources with
 * one fault each: else a validator that loads nothing would find nothing.
 * Prints the first faults of a file, and no values of it; the last line is
 * "N passed, N failed".  NODE_PATH says where the packages are.
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { medplum, ajv } = require('../npm/validators.cjs');

const FAULTS_SHOWN = 5;

// Returns a function that gives a validator's faults as texts; medplum's
// warnings are among them.
function texts(validator)
{
	return (resource) => validator(resource).map((fault) => `${fault.severity}: ${fault.message} at ${fault.where}`);
}

// Returns the resources of a file: one a line, and each line has one.
function readResources(file)
{
	const text = fs.readFileSync(file, 'utf8');

	if (text !== '' && !text.endsWith('\n'))
		throw new Error(`${file} does not end with a line's end`);
	return text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
}

const SOUND = {
	resourceType: 'Condition',
	id: 'a',
	clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' }] },
	subject: { reference: 'Patient/1' },
	abatementDateTime: '2020-01-31',
};
const FAULTY = {
	ajv: [{ abatementDateTime: '2020-01-32' }, { category: { text: 'x' } }, { colour: 'red' }],
	medplum: [{ abatementDateTime: '2020-01-32' }, { subject: undefined }, { category: { text: 'x' } }, { colour: 'red' },
		{ clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] } }],
};

function main(folders)
{
	const validators = { ajv: texts(ajv()), medplum: texts(medplum()) };
	let passed = 0;
	let failed = 0;
	const count = (name, faults) => {
		if (faults.length === 0) {
			passed++;
			return;
		}
		failed++;
		console.log(`FAILED ${name}: ${faults.length} faults`);
		faults.slice(0, FAULTS_SHOWN).forEach((fault) => console.log(`  ${fault}`));
	};

	for (const [name, faults] of Object.entries(validators)) {
		count(`${name} on a sound resource`, faults(SOUND));
		FAULTY[name].forEach((fault, i) => {
			const found = faults(JSON.parse(JSON.stringify({ ...SOUND, ...fault })));

			count(`${name} on fault ${i + 1}`, found.length > 0 ? [] : ['it was not seen']);
		});
	}
	for (const folder of folders) {
		for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.ndjson')).sort()) {
			const resources = readResources(path.join(folder, file));

			for (const [name, faults] of Object.entries(validators))
				count(`${name} on ${path.basename(folder)}/${file}`, resources.flatMap((r, i) => faults(r).map((f) => `line ${i + 1}: ${f}`)));
		}
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 ? 1 : 0;
}

main(process.argv.slice(2));

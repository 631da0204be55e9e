/*
 * check.cjs [--selectors]
 *		Checks the Kubernetes objects of standard input, YAML, by their schemas;
 *		prints what is wrong, nothing when all is well.
 *
 * The validators of kubernetes-models look at each member that they know and
 * pass over the others, so they do not see a misspelt one.  Here they are given
 * objects that note which members are looked at: one that nobody has looked at
 * is not known.  --selectors instead prints each selector, for comparison.
 */
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const yaml = require('js-yaml');

const documents = yaml.loadAll(readFileSync(0, 'utf8')).filter(Boolean);
const complaints = [];

const told = (object) => `${object.kind} ${object.metadata?.name}`;

/* The value with its objects replaced by ones that note who is looked at. */
function watched(value, path, objects)
{
	if (Array.isArray(value))
		return value.map((item, n) => watched(item, `${path}[${n}]`, objects));
	if (value === null || typeof value !== 'object')
		return value;
	const seen = new Set();
	const inner = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, watched(item, `${path}.${key}`, objects)]));

	objects.push({ path, seen, keys: Object.keys(value) });
	return new Proxy(inner, {
		get(target, key)
		{
			seen.add(key);
			return target[key];
		},
	});
}

/* Complains of what is wrong with one object. */
function check(object)
{
	const objects = [];
	let schema;

	try {
		schema = require(join(process.env.NODE_PATH, 'kubernetes-models/_schemas', `${schemaName(object)}.js`));
	} catch {
		complaints.push(`${told(object)}: there is no schema for ${object.apiVersion}`);
		return;
	}
	if (!schema.validate(watched(object, '', objects)))
		for (const error of schema.validate.errors)
			complaints.push(`${told(object)}: ${error.instancePath || '/'}: ${error.message ?? `${error.keyword} ${JSON.stringify(error.params)}`}`);
	/* What nobody has looked at in a free-form object is not known to be wrong. */
	for (const { path, seen, keys } of objects.filter((one) => one.seen.size > 0))
		for (const key of keys.filter((one) => !seen.has(one)))
			complaints.push(`${told(object)}: ${path}.${key}: there is no such field`);
}

/* The name of the schema of an object's type: IoK8sApiAppsV1Deployment. */
function schemaName({ apiVersion, kind })
{
	const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
	const word = (text) => text[0].toUpperCase() + text.slice(1);

	return `IoK8sApi${word(group.split('.')[0])}${word(version)}${kind}`;
}

/* The labels by which an object picks pods, if it does. */
function selector({ spec = {} })
{
	const labels = spec.selector?.matchLabels ?? spec.podSelector?.matchLabels ?? spec.selector;

	return labels && Object.entries(labels).map(([key, value]) => `${key}=${value}`).sort().join(',');
}

if (process.argv[2] === '--selectors')
	console.log([...new Set(documents.map(selector).filter(Boolean))].sort().join('\n'));
else
	documents.forEach(check);
if (complaints.length > 0)
	console.log(complaints.join('\n'));

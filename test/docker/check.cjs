/*
 * check.cjs [--selectors | --links]
 *		Checks the Kubernetes objects of standard input, YAML, by their schemas;
 *		prints what is wrong, nothing when all is well.
 *
 * The validators of kubernetes-models look at each member that they know and
 * pass over the others, so they do not see a misspelt one.  Here they are given
 * objects that note which members are looked at: one that nobody has looked at
 * is not known.  --selectors instead prints each selector, for comparison;
 * --links looks whether what an object names is there, and whether each selector
 * picks the pods of one workload and no other.
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

/* The pods that the objects make, and the cluster's own for names. */
const pods = documents.filter((object) => object.spec?.template).map((object) => ({ name: told(object), labels: object.spec.template.metadata.labels }));
pods.push({ name: 'name service', labels: { 'k8s-app': 'kube-dns' } });

/* Complains unless a selector picks the pods of one workload. */
function picksOne(object, what, selector)
{
	const picked = pods.filter(({ labels }) => Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
		(selector?.matchExpressions ?? []).every(({ key, operator, values }) => operator === 'In' && values.includes(labels[key])));

	if (!selector || picked.length !== 1)
		complaints.push(`${told(object)}: ${what} picks ${selector ? picked.map(({ name }) => name).join(' and ') || 'no pod' : 'nothing'}`);
}

/* Complains unless there is an object of a kind and name. */
function names(object, kind, name, key)
{
	const found = documents.find((other) => other.kind === kind && other.metadata.name === name);

	if (!found || (key && !(key in found.data)))
		complaints.push(`${told(object)}: there is no ${kind} ${name}${key ? ` with ${key}` : ''}`);
}

/* Complains of what an object names and nobody has. */
function checkLinks(object)
{
	const { kind, spec = {} } = object;
	const pod = spec.template?.spec;
	const ports = (pod?.containers ?? []).flatMap((container) => container.ports ?? []).map(({ name }) => name);

	if (kind === 'Service')
		picksOne(object, 'the selector', spec.selector && { matchLabels: spec.selector });
	if (kind === 'PodDisruptionBudget' || pod)
		picksOne(object, 'the selector', spec.selector);
	if (kind === 'NetworkPolicy') {
		picksOne(object, 'the podSelector', spec.podSelector);
		for (const peer of [...spec.ingress ?? [], ...spec.egress ?? []].flatMap((rule) => [...rule.from ?? [], ...rule.to ?? []]))
			if (peer.podSelector)
				picksOne(object, 'a rule', peer.podSelector);
	}
	if (spec.scaleTargetRef)
		names(object, spec.scaleTargetRef.kind, spec.scaleTargetRef.name);
	if (spec.serviceName)
		names(object, 'Service', spec.serviceName);
	if (pod?.serviceAccountName)
		names(object, 'ServiceAccount', pod.serviceAccountName);
	for (const constraint of pod?.topologySpreadConstraints ?? [])
		picksOne(object, 'a constraint', constraint.labelSelector);
	for (const container of pod?.containers ?? []) {
		for (const { configMapRef } of container.envFrom ?? [])
			names(object, 'ConfigMap', configMapRef.name);
		for (const { configMapKeyRef } of (container.env ?? []).map((one) => one.valueFrom ?? {}))
			if (configMapKeyRef)
				names(object, 'ConfigMap', configMapKeyRef.name, configMapKeyRef.key);
		for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
			if (container[probe]?.httpGet && !ports.includes(container[probe].httpGet.port))
				complaints.push(`${told(object)}: ${probe} asks no port of its own`);
		for (const { name } of container.volumeMounts ?? [])
			if (![...pod.volumes ?? [], ...(spec.volumeClaimTemplates ?? []).map((one) => one.metadata)].some((volume) => volume.name === name))
				complaints.push(`${told(object)}: there is no volume ${name}`);
	}
}

if (process.argv[2] === '--links')
	documents.forEach(checkLinks);
else if (process.argv[2] === '--selectors')
	console.log([...new Set(documents.map(selector).filter(Boolean))].sort().join('\n'));
else
	documents.forEach(check);
if (complaints.length > 0)
	console.log(complaints.join('\n'));

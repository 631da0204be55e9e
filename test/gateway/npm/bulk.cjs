/*
 * bulk.cjs
 *		Makes a key and the configuration of SMART's bulk-data-client.
 *
 * FOLDER gets clients.json, for the gateway, and config.js, for the client,
 * which exports from BASE into FOLDER/out.
 */
const { generateKeyPairSync } = require('node:crypto');
const { mkdirSync, writeFileSync } = require('node:fs');
const { BASE, FOLDER } = process.env;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const about = { kid: 'bulk', alg: 'RS384' };

mkdirSync(`${FOLDER}/out`, { recursive: true });
writeFileSync(`${FOLDER}/clients.json`, JSON.stringify([{
	client_id: 'bulk', role: 'alice', scope: 'system/*.rs', jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), ...about }] }
}]));
writeFileSync(`${FOLDER}/config.js`, `module.exports = ${JSON.stringify({
	fhirUrl: `${BASE}/`, tokenUrl: `${BASE.slice(0, -5)}/token`, clientId: 'bulk', scope: 'system/*.rs', reporter: 'text',
	privateKey: { ...privateKey.export({ format: 'jwk' }), ...about, key_ops: ['sign'] },
	destination: `${FOLDER}/out`, _outputFormat: 'application/fhir+ndjson', log: { enabled: false }
})};\n`);
console.log('{}');

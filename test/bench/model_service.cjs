// model_service.cjs
//		A model's service in Node.js, beside which ours is measured where that of
//		Python cannot be had: node's http, the tokenizer in Rust, ONNX Runtime.
//
//	node model_service.cjs FOLDER PORT
//
// One thread runs the model, as ours does for one note.

'use strict';
const http = require('http');
const path = require('path');
const ort = require('onnxruntime-node');
const { Tokenizer } = require('tokenizers');

const [folder, port] = process.argv.slice(2);

async function main()
{
	const tokenizer = await Tokenizer.fromFile(path.join(folder, 'tokenizer.json'));
	const session = await ort.InferenceSession.create(path.join(folder, 'model.onnx'), {
		intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all',
		extra: { session: { intra_op: { allow_spinning: '0' } } } });
	tokenizer.setTruncation(512);

	async function suggest(text)
	{
		const ids = (await tokenizer.encode(text)).getIds();
		const table = (value) => new ort.Tensor('int64', BigInt64Array.from(ids, value), [1, ids.length]);
		const inputs = { input_ids: table((id) => BigInt(id)), attention_mask: table(() => 1n), token_type_ids: table(() => 0n) };
		const began = process.hrtime.bigint();
		const logits = (await session.run(inputs)).logits.data;
		const took = Number(process.hrtime.bigint() - began) / 1e6;
		const highest = logits.reduce((a, b) => Math.max(a, b));
		const shares = Array.from(logits, (x) => Math.exp(x - highest));
		const sum = shares.reduce((a, b) => a + b);
		const codes = shares.map((x, i) => [i, x / sum]).sort((a, b) => b[1] - a[1]).slice(0, 10);
		return { codes, model_ms: took };
	}

	http.createServer((request, response) =>
	{
		const pieces = [];
		request.on('data', (piece) => pieces.push(piece));
		request.on('end', async () =>
		{
			const body = Buffer.from(JSON.stringify(await suggest(JSON.parse(Buffer.concat(pieces).toString()).text)));
			response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
			response.end(body);
		});
	}).listen(Number(port), '127.0.0.1');
}
main();

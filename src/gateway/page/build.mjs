/*
 * build.mjs OUT
 *		Bundles the page into OUT: index.html, page.js, page.css, licences.txt.
 *
 * The libraries are those of package-lock.json.  Nothing is fetched by the
 * page at run time: all of it is in these files.
 */
import { build } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const shipped = ['preact', 'uplot'];

mkdirSync(out, { recursive: true });
await build({
	entryPoints: { page: join(here, 'src/page.jsx') },
	outdir: out,
	bundle: true,
	minify: true,
	format: 'esm',
	target: ['chrome100', 'firefox100', 'safari15.4'],
	jsx: 'automatic',
	jsxImportSource: 'preact',
	legalComments: 'none',
	logLevel: 'warning',
});
copyFileSync(join(here, 'index.html'), join(out, 'index.html'));
writeFileSync(join(out, 'licences.txt'), shipped.map((name) => {
	const folder = join(here, 'node_modules', name);
	const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

	return `${name} ${version}, ${license}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
}).join('\n----\n\n'));

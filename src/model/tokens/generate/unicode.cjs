// src/model/tokens/generate/unicode.cjs
//		Writes src/model/tokens/unicode_tables.h from what the reference tokenizer does.
//
// The reference is Hugging Face's tokenizer in Rust, as npm carries it.  Its
// Unicode data are of several versions at once, and no standard file says which;
// so every code point is given to it, and what comes out is the table.  What the
// table leaves out because a rule says it (Hangul) is checked against the rule.
//
//	NODE_PATH=build/npm/node_modules node src/model/tokens/generate/unicode.cjs > src/model/tokens/unicode_tables.h
//
// With --check it prints nothing and fails when the file differs.

'use strict';
const fs = require('fs');
const path = require('path');
const { bertNormalizer, bertPreTokenizer } = require('tokenizers');

const LAST = 0x10ffff;
const off = { cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false };
const clean = bertNormalizer({ ...off, cleanText: true });
const chinese = bertNormalizer({ ...off, handleChineseChars: true });
const strip = bertNormalizer({ ...off, stripAccents: true });
const lower = bertNormalizer({ ...off, lowercase: true });
const split = bertPreTokenizer();

const CONTROL = 1, SPACE = 2, PUNCTUATION = 4, CHINESE = 8, MARK = 16, MARK_APART = 32;
const names = ['CONTROL', 'SPACE', 'PUNCTUATION', 'CHINESE', 'MARK', 'MARK_APART'];

// Two marks that stay and have combining classes 224 and 216: the second goes
// in front of the first unless something of class 0 stands between them.
const HIGH = '\u302e', LOW = '\u{1d165}';

function assert(condition, what)
{
	if (!condition)
		throw new Error(`the reference does not do what the table can say: ${what}`);
}

// Is this code point's combining class other than 0, though it is dropped?
function joins(c)
{
	const out = strip.normalizeString(HIGH + c + LOW);
	assert(out === HIGH + LOW || out === LOW + HIGH, `order around ${c.codePointAt(0).toString(16)}`);
	return out === LOW + HIGH;
}

function flagsOf(c, stripped)
{
	let flags = 0;
	const cleaned = clean.normalizeString(c);
	const pieces = split.preTokenizeString(`a${c}b`).map(piece => piece[0]);

	if (cleaned === '')
		flags |= CONTROL;
	if (pieces.length === 2)
		flags |= SPACE;
	else if (pieces.length === 3)
		flags |= PUNCTUATION;
	assert(cleaned === '' || cleaned === (flags & SPACE ? ' ' : c), 'the clean-up');
	if (chinese.normalizeString(c) === ` ${c} `)
		flags |= CHINESE;
	if (stripped === '')
		flags |= joins(c) ? MARK : MARK_APART;
	return flags;
}

// Is it a Hangul syllable, and does it come apart by the standard's arithmetic?
function isHangul(code, stripped)
{
	if (code < 0xac00 || code > 0xd7a3)
		return false;
	const s = code - 0xac00;
	const parts = [0x1100 + Math.floor(s / 588), 0x1161 + Math.floor(s % 588 / 28)];
	if (s % 28 > 0)
		parts.push(0x11a7 + s % 28);
	assert(stripped === String.fromCodePoint(...parts), 'Hangul');
	return true;
}

// The marks that stay and have a combining class, with a number that orders
// them as the class does.
function orderOf(kept)
{
	const marks = kept.filter(c => strip.normalizeString(HIGH + c) === c + HIGH || strip.normalizeString(c + LOW) === LOW + c ||
		c === HIGH || c === LOW);
	const before = (a, b) => strip.normalizeString(b + a) === a + b;
	return marks.map(c => [c.codePointAt(0), 1 + marks.filter(other => other !== c && before(other, c)).length])
		.sort((a, b) => a[0] - b[0]);
}

const ranges = [], stripMap = [], lowerMap = [], kept = [];
for (let code = 0; code <= LAST; code++)
{
	if (code >= 0xd800 && code <= 0xdfff)
		continue;
	const c = String.fromCodePoint(code);
	const stripped = strip.normalizeString(c);
	const lowered = lower.normalizeString(c);
	const flags = flagsOf(c, stripped);
	const last = ranges[ranges.length - 1];

	if (last && last.flags === flags && last.last === code - 1)
		last.last = code;
	else if (flags)
		ranges.push({ first: code, last: code, flags });
	if (stripped === c)
		kept.push(c);
	else if (stripped !== '' && !isHangul(code, stripped))
		stripMap.push([code, [...stripped].map(x => x.codePointAt(0))]);
	if (lowered !== c)
		lowerMap.push([code, [...lowered].map(x => x.codePointAt(0))]);
}
// what a mapping gives must be what stays as it is
for (const [, parts] of stripMap)
	for (const part of parts)
		assert(strip.normalizeString(String.fromCodePoint(part)) === String.fromCodePoint(part), 'a decomposition in two steps');
const order = orderOf(kept);

const hex = code => '0x' + code.toString(16).toUpperCase();
const pool = [];
const lines = [];

function rows(list)
{
	let line = '\t';
	for (const item of list)
	{
		if (line.length + item.length > 110)
		{
			lines.push(line.trimEnd());
			line = '\t';
		}
		line += item + ', ';
	}
	lines.push(line.trimEnd());
}

function mapping(name, comment, map)
{
	lines.push('', `/* ${comment} */`, `static const UnicodeMapping ${name}[] = {`);
	rows(map.map(([code, parts]) =>
	{
		const at = pool.length;
		if (parts.length > 1)
			pool.push(...parts);
		return `{${hex(code)}, ${parts.length}, ${hex(parts.length > 1 ? at : parts[0])}}`;
	}));
	lines.push('};');
}

const version = require('tokenizers/package.json').version;
lines.push(`/*`, ` * unicode_tables.h`, ` *		What BERT's tokenizer does with each code point.  plain C: no server headers.`, ` *`,
	` * Made by generate/unicode.cjs from the behaviour of tokenizers ${version}; not edited`,
	` * by hand.  Included by normalize.c alone, which has the types.`, ` */`);
lines.push('', '/* Code points that are something, in order; those between are nothing. */',
	'static const UnicodeRange unicode_ranges[] = {');
for (const { first, last, flags } of ranges)
	lines.push(`\t{${hex(first)}, ${hex(last)}, ${names.filter((_, i) => flags & (1 << i)).map(n => 'UNICODE_' + n).join(' | ')}},`);
lines.push('};');
mapping('unicode_stripped', 'Canonical decompositions without the marks that are dropped.', stripMap);
mapping('unicode_lower', 'Lower case, each code point by itself.', lowerMap);
lines.push('', '/* Marks that stay, and the order of their combining classes. */', 'static const UnicodeOrder unicode_order[] = {');
rows(order.map(([code, rank]) => `{${hex(code)}, ${rank}}`));
lines.push('};');
lines.push('', '/* What code points become that become more than one. */', 'static const uint32_t unicode_targets[] = {');
rows(pool.map(hex));
lines.push('};', '');

const text = lines.join('\n');
if (process.argv[2] === '--check')
	process.exit(fs.readFileSync(path.join(__dirname, '../unicode_tables.h'), 'utf8') === text ? 0 : 1);
process.stdout.write(text);

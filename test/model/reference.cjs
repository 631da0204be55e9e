// reference.cjs
//		Compares our tokenizer with the reference on texts made at random.
//
//	node reference.cjs TOKENS_TEST FOLDER SEED COUNT
//
// The reference is Hugging Face's tokenizer in Rust, which npm carries.  The
// same folders are given to both.  A text that differs is printed by its code
// points: it was made here and is nobody's.

'use strict';
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const { Tokenizer } = require('tokenizers');

const [program, folder, seed, count] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];

// mulberry32: small, and the same everywhere
let state = seed >>> 0;
function random(below)
{
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
}
const pick = list => list[random(list.length)];

// Ranges of code points that are worth a visit: first, last.
const scripts = {
	latin: [0x20, 0x17f], ipa: [0x180, 0x2ff], marks: [0x300, 0x36f], greek: [0x370, 0x3ff], cyrillic: [0x400, 0x52f],
	hebrew: [0x590, 0x5ff], arabic: [0x600, 0x8ff], indic: [0x900, 0xdff], thai: [0xe00, 0xfff], georgian: [0x1000, 0x11ff],
	african: [0x1200, 0x17ff], asian: [0x1800, 0x1cff], extended: [0x1d00, 0x1fff], signs: [0x2000, 0x2bff],
	old: [0x2c00, 0x2fff], kana: [0x3000, 0x33ff], ideographs: [0x3400, 0x9fff], yi: [0xa000, 0xabff],
	hangul: [0xac00, 0xd7ff], private: [0xe000, 0xf8ff], forms: [0xf900, 0xffff], rare: [0x10000, 0x11fff],
	ancient: [0x12000, 0x1cfff], music: [0x1d000, 0x1d7ff], emoji: [0x1f000, 0x1faff], planes: [0x20000, 0x323af], far: [0xe0000, 0xe01ff],
};

function codePoint()
{
	const [first, last] = scripts[pick(Object.keys(scripts))];
	let code = first + random(last - first + 1);
	if (code >= 0xd800 && code <= 0xdfff)
		code = 0xfffd;
	return String.fromCodePoint(code);
}

const times = (n, make) => Array.from({ length: n }, make).join('');
const phrases = ['Invasive ductal carcinoma of the left breast, grade 2.', 'Adenocarcinoma, NOS; margins negative (0.3 cm).',
	'Squamous cell carcinoma in-situ', 'pT2N1aM0', 'ER+/PR-/HER2 2+', "Barrett's oesophagus", 'naïve café Ångström ÉTÉ', '左乳房浸潤性導管癌，第二級',
	'病理診斷：腺癌', '子宮頸抹片檢查', 'ＦＵＬＬ　ＷＩＤＴＨ', '한국어 병리', 'İstanbul ΣΊΣΥΦΟΣ ß ﬁ', '👩‍⚕️🧬🇹🇼', 'a\u0301\u0327\u0315b', '1,234.56%'];
const specials = ['[CLS]', '[SEP]', '[MASK]', '[UNK]', '[PAD]', '[mask]', '[SEP', '##ing', 'HER2-neu', 'two words'];
const makers = [
	() => pick(phrases), () => pick(phrases) + pick(['', ' ', '\n', '\t', '\u3000']) + pick(phrases),
	() => times(1 + random(12), () => pick(words)), () => times(1 + random(12), () => pick(words) + pick(['', ' ', '-', '##'])),
	() => times(1 + random(20), codePoint), () => pick(words) + codePoint() + pick(words),
	() => { const [a, b] = scripts[pick(Object.keys(scripts))]; return times(1 + random(24), () => String.fromCodePoint(a + random(b - a + 1)).replace(/[\ud800-\udfff]$/u, '')); },
	() => times(1 + random(6), () => pick(['a', 'e', '가', '\u1100', '\u0bc6']) + times(random(5), () => String.fromCodePoint(pick([0x300 + random(0x70), 0x591 + random(40), 0x302e, 0x302f, 0x1d165, 0x1d16d, 0x34f, 0x94d, 0xbd7, 0x8d4, 0x1b44])))),
	() => pick(specials) + pick(['', ' ']) + pick(words) + pick(['', ' ']) + pick(specials),
	() => times(95 + random(12), () => pick(['a', 'b', 'é', '\u0301', 'ß'])), () => times(1 + random(30), () => String.fromCharCode(random(0xa0))),
	() => times(300, () => pick(phrases) + ' '), () => times(5000 + random(4000), () => pick(['字', 'x', ' ', '\u0301', ',', '[SEP]'])),
];

// a folder with vocab.txt has the reference's own file beside it
const file = ['reference.json', 'tokenizer.json'].map(name => path.join(folder, name)).find(name => fs.existsSync(name));
const words = Object.keys(Tokenizer.fromFile(file).getVocab(true));

async function main()
{
	const tokenizer = Tokenizer.fromFile(file);
	tokenizer.disableTruncation();
	tokenizer.disablePadding();
	const texts = Array.from({ length: count }, (_, i) => (i % 400 < 11 ? makers[i % 400] : makers[random(i % 50 === 0 ? makers.length : 11)])());
	const input = Buffer.concat(texts.map(text =>
	{
		const bytes = Buffer.from(text, 'utf8');
		const length = Buffer.alloc(4);
		length[require('os').endianness() === 'LE' ? 'writeUInt32LE' : 'writeUInt32BE'](bytes.length);
		return Buffer.concat([length, bytes]);
	}));
	const ours = spawnSync(program, [folder], { input, maxBuffer: 1 << 30 });
	if (ours.status !== 0)
		throw new Error(`${program}: ${ours.stderr}`);
	const lines = ours.stdout.toString().split('\n');
	const theirs = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
	let different = 0;
	for (let i = 0; i < texts.length; i++)
	{
		if (lines[i].trimEnd() === theirs[i].getIds().join(' '))
			continue;
		if (++different <= 3)
			console.log(`seed ${seed}, text ${i}: ${[...texts[i]].slice(0, 60).map(c => c.codePointAt(0).toString(16)).join(' ')}\n` +
				`  ours: ${lines[i].slice(0, 200)}\n  reference: ${theirs[i].getIds().join(' ').slice(0, 200)}`);
	}
	console.log(`${texts.length} texts, seed ${seed}, ${different} different`);
	process.exit(different === 0 && lines.length === texts.length + 1 ? 0 : 1);
}
main();

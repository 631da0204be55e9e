#!/usr/bin/python3
# model_test.py
#		The program fhir-bridge-model, spoken to as the engine does.
#
#	model_test.py PROGRAM LIBRARY FOLDER
#
# numpy is the oracle: the same weights, the same tokens, the same sums.  What a
# note does to others, what is wrong with a folder, and what changes under the
# program are tried here; what the engine does about it, in test/t.

import json
import os
import resource
import shutil
import subprocess
import sys
import time

import numpy as np

import make_models
from talk import ANSWER, CANCEL, CANCELLED, CHANGED, FAILED, READY, REFUSED, TOKENS, Program, check, finish

PROGRAM, LIBRARY, PLACE = sys.argv[1:4]
NOTES = ['Invasive ductal carcinoma of the left breast, grade 2.', 'x', '', '左乳房浸潤性導管癌，第二級', 'squamous cell carcinoma in situ ' * 9,
         'Melanoma; margins negative', '\U0001f9ec \u0301\u0007 \t', 'adenocarcinoma of the colon ' * 60]


def run(kind, library=LIBRARY, folder=None, **options):
    return Program(PROGRAM, model_dir=folder or os.path.join(PLACE, kind), library=library, **options)


def expect(program, weights, shape, note, multi=False, windows=None, mean=False):
    ids = [t['id'] for t in program.ask(note, TOKENS)]
    inner = ids[1:-1]
    rows = []
    for first, last in windows(len(inner)) if windows else [(0, shape.positions - 2)]:
        rows.append(make_models.probabilities(make_models.forward(weights, shape, [ids[0]] + inner[first:last] + [ids[-1]]), multi))
    return np.mean(rows, 0) if mean else np.max(rows, 0)


def compare(what, got, expected, shape, codes):
    at = {code: i for i, code in enumerate(codes)}
    worst = max(abs(item['prob'] - expected[at[item['icd']]]) for item in got[0])
    check(worst < 1e-5, f'{what}: off by {worst}')
    check(all(a['prob'] >= b['prob'] for a, b in zip(got[0], got[0][1:])), f'{what}: not in order')
    best = sorted(range(len(codes)), key=lambda i: -expected[i])[:10]
    swapped = [(a, b) for a, b in zip([codes[i] for i in best], [item['icd'] for item in got[0][:10]])
               if a != b and abs(expected[at[a]] - expected[at[b]]) > 1e-6]
    check(not swapped, f'{what}: another top ten')
    return worst


def oracle(kind, multi=False, notes=NOTES):
    weights, shape = make_models.make(os.path.join(PLACE, kind), kind)
    with open(os.path.join(PLACE, kind, 'config.json'), encoding='utf-8') as f:
        codes = list(json.load(f)['id2label'].values())
    program = run(kind)
    check(program.start()[0] == READY, f'{kind}: does not start')
    worst = 0
    for i, note in enumerate(notes):
        worst = max(worst, compare(f'{kind}, note {i}', program.ask(note), expect(program, weights, shape, note, multi), shape, codes))
    check(len(program.ask(notes[0], top=3)[0]) == 3, f'{kind}: top')
    print(f'{kind}: {len(notes)} notes, at most {worst:.1e} from numpy')
    check(program.stop() == 0, f'{kind}: ends badly')
    return weights, shape, codes


def joined(kind):
    """Notes that come together are answered as they are alone."""
    program = run(kind, threads=1)
    program.start()
    short = ['ductal carcinoma', 'lymph node negative', 'x', 'squamous cell', 'melanoma of the skin', 'b cell lymphoma'] * 5
    alone = [program.ask(note)[0] for note in short[:6]]
    busy = program.begin('adenocarcinoma of the colon ' * 60)
    calls = {program.begin(note): i % 6 for i, note in enumerate(short)}
    ends = dict((call, text) for call, kind, text in (program.end() for _ in range(len(short) + 1)))
    check(set(ends) == set(calls) | {busy}, f'{kind}, joined: an end is missing')
    worst = max(abs(a['prob'] - b['prob']) for call, i in calls.items() for a, b in zip(json.loads(ends[call])[0], alone[i]))
    check(worst == 0 if kind == 'int8' else worst < 1e-6, f'{kind}, joined: off by {worst}')
    program.stop()


def long_notes(weights, shape, codes):
    note = 'adenocarcinoma of the left lung and the right colon, margins negative ' * 12
    for way in ('max', 'mean'):
        program = run('tiny', max_tokens=64, stride=16, long_notes=way)
        program.start()

        def windows(n):
            starts = range(0, max(n - 62, 0) + 46, 46)
            return [(s, s + 62) for s in starts if s == 0 or s < n - 16]

        compare(f'long notes, {way}', program.ask(note), expect(program, weights, shape, note, windows=windows, mean=way == 'mean'), shape, codes)
        tokens = program.ask(note, TOKENS)
        check(all(t['windows'] > 0 for t in tokens) and max(t['windows'] for t in tokens[1:-1]) == 2, f'long notes, {way}: tokens left out')
        spans = windows(len(tokens) - 2)
        check([t['windows'] for t in tokens[1:-1]] == [sum(a <= i < b for a, b in spans) for i in range(len(tokens) - 2)], f'long notes, {way}: windows of tokens')
        program.stop()
    program = run('tiny', max_tokens=128, stride=125, long_notes='max')
    program.start()
    # each window one token on: to look at all windows for each token would take minutes
    tokens = program.ask('.' * 250000, TOKENS)
    check([t['windows'] for t in tokens[1:-1]] == [min(i, 126, 250001 - i) for i in range(1, 250001)], 'tokens in as many windows as there are tokens')
    whole = program.ask('lung', TOKENS)
    text = json.dumps(whole, separators=(',', ':'))
    check(program.ask('lung', TOKENS, len(text)) == whole, 'tokens of as many bytes as are read')
    for note in ('lung', '.' * 10000000):
        program.begin(note, TOKENS, len(text) - 1)
        kind, cut = program.end()[1:]
        check(kind == ANSWER and len(cut) == len(text), 'of more, one byte more than is read')
    program.stop()
    program = run('tiny', max_tokens=64)
    program.start()
    tokens = program.ask(note, TOKENS)
    check([t['windows'] for t in tokens] == [1] * 63 + [0] * (len(tokens) - 64) + [1], 'truncated: tokens')
    program.stop()


def large():
    program = run('tiny')
    program.start()
    for note in ('adenocarcinoma ' * 700000, '字' * 3500000, 'x' * 10000000):
        begin = time.monotonic()
        check(len(program.ask(note)[0]) == 12, 'a large note')
        check(time.monotonic() - begin < 20, 'a large note takes long')
    check(program.ask(b'\xff\xfe\x00')[0] == FAILED, 'bytes that are no UTF-8')
    check(len(program.ask(bytes(range(1, 128)) * 100)[0]) == 12, 'control characters')
    check(len(program.ask('after')[0]) == 12, 'a note after these')
    program.stop()


def edit(kind, name, change):
    """A copy of a folder with one file changed, or removed."""
    folder = os.path.join(PLACE, 'broken')
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(PLACE, kind), folder)
    path = os.path.join(folder, name)
    if change is None:
        os.remove(path)
        return folder
    if callable(change):
        with open(path, 'rb') as f:
            content = change(f.read())
    else:
        content = change
    with open(path, 'wb') as f:
        f.write(content)
    return folder


def json_change(change):
    def edited(content):
        value = json.loads(content)
        change(value)
        return json.dumps(value).encode()
    return edited


def refused():
    """What is wrong with a folder is said by file and fault."""
    cases = [
        ('tiny', 'config.json', None, 'config.json" does not exist'),
        ('tiny', 'config.json', b'{', 'not valid JSON'),
        ('tiny', 'config.json', b'', 'not valid JSON'),
        ('tiny', 'config.json', lambda c: c.replace(b'8070/3', b'8070\xff'), 'not valid JSON'),
        ('tiny', 'config.json', json_change(lambda c: c.pop('id2label')), 'no id2label'),
        ('tiny', 'config.json', json_change(lambda c: c['id2label'].pop('3')), 'id2label'),
        ('tiny', 'config.json', json_change(lambda c: c['id2label'].update({'12': 'x'})), '12 outputs, but there are 13 labels'),
        ('tiny', 'config.json', json_change(lambda c: c.update(problem_type='regression')), 'regression'),
        ('tiny', 'tokenizer.json', None, 'neither tokenizer.json nor vocab.txt'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c['model'].update(type='BPE')), 'type BPE; only WordPiece'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c.update(normalizer={'type': 'NFC'})), 'NFC for a normalizer'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c.update(pre_tokenizer={'type': 'Metaspace'})), 'Metaspace for a pre-tokenizer'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c.update(post_processor={'type': 'RobertaProcessing'})), 'RobertaProcessing'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c['added_tokens'][2].update(single_word=True)), 'single_word'),
        ('tiny', 'tokenizer.json', json_change(lambda c: c['model']['vocab'].pop('[UNK]') and c['added_tokens'].clear()), 'no token [UNK]'),
        ('tiny', 'model.onnx', None, 'model.onnx'),
        ('tiny', 'model.onnx', b'', 'cut short or is no ONNX file'),
        ('tiny', 'model.onnx', b'\x00\xff' * 500, 'cut short or is no ONNX file'),
        ('tiny', 'model.onnx', lambda c: c[:len(c) // 2], 'cut short or is no ONNX file'),
        ('tiny', 'model.onnx', lambda c: c.replace(b'logits', b'digits'), 'no output logits'),
        ('tiny', 'model.onnx', lambda c: c.replace(b'attention_mask', b'attention_task'), 'attention_task'),
        ('external', 'model.onnx_data', None, 'model.onnx'),
        ('external', 'model.onnx_data', lambda c: c[:100], 'model.onnx'),
    ]
    for kind, name, change, words in cases:
        program = run(kind, folder=edit(kind, name, change))
        end, why = program.start()
        check(end == REFUSED and words in why, f'{name}, {words}: {why!r}')
        check(program.stop() == 1, f'{name}, {words}: ends badly')
    for library, words in (('/nowhere/libonnxruntime.so', 'could not load the library'), (shutil.which('true'), 'could not load the library')):
        end, why = run('tiny', library).start()
        check(end == REFUSED and words in why, f'library: {why!r}')
    end, why = run('tiny', provider='cuda').start()
    check(end == REFUSED and 'provider cuda' in why, f'cuda: {why!r}')
    end, why = run('tiny', long_notes='max', max_tokens=20, stride=18).start()
    check(end == REFUSED and 'stride' in why, f'stride: {why!r}')


def labels():
    path = os.path.join(PLACE, 'labels.csv')
    names = ['"a, ""b"""'] + [f'c{i}' for i in range(11)]
    for head in ([], ['code']):
        with open(path, 'w', encoding='utf-8') as f:
            f.write('\ufeff' + '\r\n'.join(head + names) + '\r\n')
        program = run('tiny', labels=path)
        check(program.start()[0] == READY, 'labels from a file')
        check({item['icd'] for item in program.ask('x')[0]} == {'a, "b"'} | set(names[1:]), 'labels from a file: their names')
        program.stop()
    for content, words in (('a,b\n' * 12, 'line 1'), ('', 'empty'), ('a\n\nb\n', 'line 2'), ('a\n' * 14, '14 labels')):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(content)
        end, why = run('tiny', labels=path).start()
        check(end == REFUSED and words in why, f'labels, {words}: {why!r}')


def lines():
    """vocab.txt gives the tokens that tokenizer.json does."""
    with open(os.path.join(PLACE, 'tiny', 'tokenizer.json'), encoding='utf-8') as f:
        vocab = json.load(f)['model']['vocab']
    folder = edit('tiny', 'tokenizer.json', None)
    with open(os.path.join(folder, 'vocab.txt'), 'w', encoding='utf-8') as f:
        f.write('\n'.join(vocab) + '\n')
    with open(os.path.join(folder, 'tokenizer_config.json'), 'w', encoding='utf-8') as f:
        json.dump({'tokenizer_class': 'BertTokenizer', 'do_lower_case': True, 'model_max_length': int(1e30)}, f)
    one, two = run('tiny'), run('tiny', folder=folder)
    check(one.start()[0] == READY and two.start()[0] == READY, 'vocab.txt')
    for note in NOTES + ['[MASK] and [SEP]carcinoma']:
        check(one.ask(note, TOKENS) == two.ask(note, TOKENS), 'vocab.txt: other tokens')
    one.stop(), two.stop()
    with open(os.path.join(folder, 'tokenizer_config.json'), 'w', encoding='utf-8') as f:
        json.dump({'tokenizer_class': 'BertJapaneseTokenizer'}, f)
    end, why = run('tiny', folder=folder).start()
    check(end == REFUSED and 'BertJapaneseTokenizer' in why, f'vocab.txt: {why!r}')


def cancelled():
    make_models.make(os.path.join(PLACE, 'endless'), 'endless')
    program = run('endless', threads=1)
    check(program.start()[0] == READY, 'endless: starts')
    running = program.begin('this note does not end')
    while program.hear()[1:] != (0, running.to_bytes(8, sys.byteorder)):
        pass
    waiting = program.begin('x')
    program.say(CANCEL, waiting)
    check(program.end() == (waiting, CANCELLED, ''), 'a call that waits is dropped at once')
    program.say(CANCEL, running)
    try:
        print('endless: ended by itself' if program.end(3) == (running, CANCELLED, '') else 'endless: another end')
    except TimeoutError:
        print('endless: goes on, as the engine expects')
    program.process.kill()
    program.stop()
    program = run('tiny', threads=1)
    program.start()
    long = program.begin('adenocarcinoma of the colon ' * 60)
    calls = [program.begin('x') for _ in range(20)]
    for call in calls[::2]:
        program.say(CANCEL, call)
    ends = dict((call, kind) for call, kind, _ in (program.end() for _ in range(21)))
    check(set(ends) == {long, *calls} and ends[long] == ANSWER, 'cancelled: each call ends once')
    check(all(ends[call] == ANSWER for call in calls[1::2]), 'cancelled: the others are answered')
    program.stop()


def limited():
    make_models.make(os.path.join(PLACE, 'hungry'), 'hungry')

    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (600 << 20, 600 << 20))

    real = subprocess.Popen

    def limited_popen(*a, **k):
        return real(*a, preexec_fn=limit, **k)

    subprocess.Popen = limited_popen
    program = run('hungry')
    subprocess.Popen = real
    check(program.start()[0] == READY, 'hungry: starts')
    call = program.begin('this note asks for all memory that there is')
    try:
        end = program.end()
        check(end[:2] == (call, FAILED) and 'memory' not in end[2], f'hungry: {end}')
        check(len(program.ask('x')[0]) == 12, 'hungry: goes on')
    except EOFError:
        check(True, 'it ended, which the engine sees')
    program.stop()


def watched():
    folder = edit('external', 'config.json', lambda c: c)
    program = run('external', folder=folder)
    program.start()
    path = os.path.join(folder, 'model.onnx_data')
    with open(path, 'rb') as f:
        content = bytearray(f.read())
    content[1000] ^= 0xff
    with open(path + '.new', 'wb') as f:
        f.write(content)
    os.rename(path + '.new', path)
    check(program.hear(10)[0] == CHANGED, 'a file with another content is a change')
    check(len(program.ask('x')[0]) == 12, 'the old model goes on')
    os.utime(path)
    try:
        program.hear(2.5)
        check(False, 'a file whose time alone changed is a change')
    except TimeoutError:
        check(True, '')
    program.stop()


weights, shape, codes = oracle('tiny')
if os.environ.get('SHORT'):		# on an emulated machine
    oracle('multi', multi=True, notes=NOTES[:4])
    labels()
    lines()
    finish()
oracle('external')
oracle('multi', multi=True)
make_models.make(os.path.join(PLACE, 'int8'), 'int8')
joined('tiny')
joined('int8')
long_notes(weights, shape, codes)
large()
refused()
labels()
lines()
cancelled()
limited()
watched()
if shutil.disk_usage(PLACE).free > 3 << 30:
    oracle('base', notes=NOTES[:4] + NOTES[5:6])
    shutil.rmtree(os.path.join(PLACE, 'base'))
finish()

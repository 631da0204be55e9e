#!/usr/bin/python3
# make_models.py
#		Makes BERT classifiers with weights at random, and says what they answer.
#
#	make_models.py FOLDER KIND [SEED]
#
# FOLDER becomes a model's folder as exporters leave it.  KIND is one of
#	tiny		two small layers, 12 labels, weights in the file
#	external	the same with its weights in model.onnx_data
#	multi		the same, labels not excluding each other
#	int8		the same, computing with integers (dynamic quantization)
#	base		BERT-base's true shape, 800 labels, weights in model.onnx_data
#	base_int8	the same, computing with integers
#	middle		a quarter of it, for benchmarks
#	endless		a loop that does not end
#	hungry		asks for memory without end
#
# As a module it has forward(), the same sums by numpy alone: the oracle.  The
# weights mean nothing; what is tested is that they are used as they stand.

import json
import os
import sys

import numpy as np

CODES = ['8000/3', '8010/3', '8041/3', '8070/3', '8140/3', '8211/3', '8310/3', '8500/3', '8520/3', '8720/3', '9590/3', '9680/3']
WORDS = '''invasive ductal carcinoma adeno squamous cell small lobular breast lung colon left right of the with in situ grade margin
margins negative positive lymph node nodes biopsy tumor tumour melanoma lymphoma large b diffuse renal clear skin mass status post
papillary tubular mucinous no not and or a an is are was were for to from by on at as it'''.split()


def vocabulary():
    words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
    letters = [chr(c) for c in range(0x21, 0x7f) if not 'A' <= chr(c) <= 'Z'] + list('左右乳房肺癌腺瘤細胞浸潤性導管第二級')
    words += letters + ['##' + c for c in letters if c.isalnum()] + [w for w in WORDS if len(w) > 1]
    words += ['##' + s for s in ('ing', 'ed', 'oma', 'carcinoma', 'al', 'ar', 'ous', 'itis', 's')]
    return words


class Shape:
    def __init__(self, kind):
        base = kind in ('base', 'base_int8')
        self.hidden, self.layers, self.heads, self.middle = {
            'base': (768, 12, 12, 3072), 'base_int8': (768, 12, 12, 3072), 'middle': (384, 6, 6, 1536)}.get(kind, (32, 2, 2, 64))
        self.words = 30522 if base else len(vocabulary())
        self.positions = 512
        self.labels = 800 if base else len(CODES)
        self.scale = 0.04 if self.hidden > 32 else 0.35


def weights(shape, seed):
    r = np.random.default_rng(seed)

    def table(*size):
        return (r.standard_normal(size) * shape.scale).astype(np.float32)

    h, m = shape.hidden, shape.middle
    w = {'word': table(shape.words, h), 'position': table(shape.positions, h), 'type': table(2, h),
         'norm.g': 1 + table(h), 'norm.b': table(h)}
    for i in range(shape.layers):
        for name, size in (('q', (h, h)), ('k', (h, h)), ('v', (h, h)), ('o', (h, h)), ('up', (h, m)), ('down', (m, h))):
            w[f'{i}.{name}.w'], w[f'{i}.{name}.b'] = table(*size), table(size[1])
        for name in ('norm1', 'norm2'):
            w[f'{i}.{name}.g'], w[f'{i}.{name}.b'] = 1 + table(h), table(h)
    w['pool.w'], w['pool.b'] = table(h, h), table(h)
    w['label.w'], w['label.b'] = table(h, shape.labels) * 4, table(shape.labels)
    return w


def norm(x, g, b):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-12) * g + b


def erf(x):
    # Numerical Recipes' erfc by Chebyshev coefficients, 1.2e-7 at worst; iterated in double
    from math import erf as exact
    return np.vectorize(exact, otypes=[np.float64])(x)


def forward(w, shape, ids, dtype=np.float64):
    """The logits of one note's tokens."""
    w = {k: v.astype(dtype) for k, v in w.items()}
    n = len(ids)
    x = norm(w['word'][ids] + w['position'][:n] + w['type'][0], w['norm.g'], w['norm.b'])
    size = shape.hidden // shape.heads
    for i in range(shape.layers):
        def linear(name, v):
            return v @ w[f'{i}.{name}.w'] + w[f'{i}.{name}.b']

        def split(v):
            return v.reshape(n, shape.heads, size).transpose(1, 0, 2)

        q, k, v = (split(linear(name, x)) for name in 'qkv')
        s = q @ k.transpose(0, 2, 1) / np.sqrt(size)
        s = np.exp(s - s.max(-1, keepdims=True))
        s = s / s.sum(-1, keepdims=True)
        x = norm(x + linear('o', (s @ v).transpose(1, 0, 2).reshape(n, -1)), w[f'{i}.norm1.g'], w[f'{i}.norm1.b'])
        y = linear('up', x)
        y = y * 0.5 * (1 + erf(y / np.sqrt(2)))
        x = norm(x + linear('down', y), w[f'{i}.norm2.g'], w[f'{i}.norm2.b'])
    pooled = np.tanh(x[0] @ w['pool.w'] + w['pool.b'])
    return pooled @ w['label.w'] + w['label.b']


def probabilities(logits, multi=False):
    if multi:
        return 1 / (1 + np.exp(-logits))
    e = np.exp(logits - logits.max())
    return e / e.sum()


def bert(shape, w, quantized):
    from onnx import TensorProto, helper, numpy_helper
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.array(value), name))
        return name

    def node(op, inputs, **attributes):
        name = f'{op.lower()}_{len(nodes)}'
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def whole(name, *values):
        return constant(name, np.array(values, dtype=np.int64))

    def multiply(name, x):
        if not quantized:
            return node('MatMul', [x, constant(name + '.w', w[name + '.w'])])
        scale = np.abs(w[name + '.w']).max() / 127
        table = np.clip(np.round(w[name + '.w'] / scale), -127, 127).astype(np.int8)
        at = len(nodes)
        outs = [f'q_{at}', f'scale_{at}', f'zero_{at}']
        nodes.append(helper.make_node('DynamicQuantizeLinear', [x], outs, name=f'quantize_{at}'))
        y = node('MatMulInteger', [outs[0], constant(name + '.w', table), outs[2]])
        y = node('Cast', [y], to=TensorProto.FLOAT)
        return node('Mul', [y, node('Mul', [outs[1], constant(name + '.s', np.float32(scale))])])

    def linear(name, x):
        return node('Add', [multiply(name, x), constant(name + '.b', w[name + '.b'])])

    def normed(name, x):
        return node('LayerNormalization', [x, constant(name + '.g', w[name + '.g']), constant(name + '.b', w[name + '.b'])],
                    axis=-1, epsilon=1e-12)

    h, size = shape.hidden, shape.hidden // shape.heads
    one, zero = whole('one', 1), whole('zero', 0)
    length = node('Squeeze', [node('Slice', [node('Shape', ['input_ids']), one, whole('two', 2)]), zero])
    positions = node('Range', [constant('from', np.int64(0)), length, constant('step', np.int64(1))])
    x = node('Add', [node('Add', [node('Gather', [constant('word', w['word']), 'input_ids']),
                                  node('Gather', [constant('type', w['type']), 'token_type_ids'])]),
                     node('Gather', [constant('position', w['position']), positions])])
    x = normed('norm', x)
    mask = node('Unsqueeze', [node('Cast', ['attention_mask'], to=TensorProto.FLOAT), whole('inner', 1, 2)])
    mask = node('Mul', [node('Sub', [constant('unit', np.float32(1)), mask]), constant('lowest', np.float32(-3.4e38))])
    heads = whole('heads', 0, 0, shape.heads, size)
    together = whole('together', 0, 0, h)
    for i in range(shape.layers):
        def split(name, perm):
            return node('Transpose', [node('Reshape', [linear(f'{i}.{name}', x), heads])], perm=perm)

        s = node('MatMul', [split('q', [0, 2, 1, 3]), split('k', [0, 2, 3, 1])])
        s = node('Add', [node('Div', [s, constant(f'root_{i}', np.float32(np.sqrt(size)))]), mask])
        y = node('MatMul', [node('Softmax', [s], axis=-1), split('v', [0, 2, 1, 3])])
        y = node('Reshape', [node('Transpose', [y], perm=[0, 2, 1, 3]), together])
        x = normed(f'{i}.norm1', node('Add', [x, linear(f'{i}.o', y)]))
        y = linear(f'{i}.up', x)
        e = node('Erf', [node('Div', [y, constant(f'root2_{i}', np.float32(np.sqrt(2)))])])
        y = node('Mul', [node('Mul', [y, node('Add', [e, constant(f'unit_{i}', np.float32(1))])]), constant(f'half_{i}', np.float32(0.5))])
        x = normed(f'{i}.norm2', node('Add', [x, linear(f'{i}.down', y)]))
    x = node('Tanh', [linear('pool', node('Gather', [x, constant('first', np.int64(0))], axis=1))])
    x = linear('label', x)
    nodes.append(helper.make_node('Identity', [x], ['logits']))
    return nodes, constants


def endless(shape, hungry):
    """A loop that never ends, or one whose table doubles each time."""
    from onnx import TensorProto, helper, numpy_helper
    body_nodes = [helper.make_node('Identity', ['go'], ['go_on'])]
    if hungry:
        body_nodes.append(helper.make_node('Concat', ['x', 'x'], ['y'], axis=1))
    else:
        body_nodes.append(helper.make_node('Identity', ['x'], ['y']))
    body = helper.make_graph(body_nodes, 'body', [
        helper.make_tensor_value_info('i', TensorProto.INT64, []), helper.make_tensor_value_info('go', TensorProto.BOOL, []),
        helper.make_tensor_value_info('x', TensorProto.FLOAT, [None, None])], [
        helper.make_tensor_value_info('go_on', TensorProto.BOOL, []), helper.make_tensor_value_info('y', TensorProto.FLOAT, [None, None])])
    # only a note with more than 3 tokens goes in: the self-test passes
    nodes = [helper.make_node('Cast', ['input_ids'], ['f'], to=TensorProto.FLOAT),
             helper.make_node('Cast', ['attention_mask'], ['m'], to=TensorProto.FLOAT),
             helper.make_node('Mul', ['f', 'm'], ['fm']),
             helper.make_node('Shape', ['input_ids'], ['shape']), helper.make_node('Gather', ['shape', 'one'], ['length']),
             helper.make_node('Greater', ['length', 'three'], ['long']),
             helper.make_node('Loop', ['', 'long', 'fm'], ['looped'], body=body),
             helper.make_node('ReduceMean', ['looped'], ['mean'], axes=[1], keepdims=1),
             helper.make_node('Mul', ['mean', 'ones'], ['logits'])]
    constants = [numpy_helper.from_array(np.int64(1), 'one'), numpy_helper.from_array(np.int64(3), 'three'),
                 numpy_helper.from_array(np.ones((1, shape.labels), np.float32), 'ones')]
    return nodes, constants


def save(folder, kind, nodes, constants, shape):
    import onnx
    from onnx import TensorProto, helper
    inputs = ['input_ids', 'attention_mask'] + ([] if kind in ('endless', 'hungry') else ['token_type_ids'])
    graph = helper.make_graph(nodes, kind,
                              [helper.make_tensor_value_info(n, TensorProto.INT64, ['batch', 'sequence']) for n in inputs],
                              [helper.make_tensor_value_info('logits', TensorProto.FLOAT, ['batch', shape.labels])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], producer_name='fhir_bridge tests')
    model.ir_version = 8
    path = os.path.join(folder, 'model.onnx')
    if kind in ('external', 'base', 'base_int8', 'middle'):
        for stale in (path, path + '_data'):
            if os.path.exists(stale):
                os.remove(stale)
        onnx.save_model(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location='model.onnx_data', size_threshold=1024)
    else:
        onnx.save_model(model, path)


def write_folder(folder, kind, shape):
    words = vocabulary()
    words += [f'[unused{i}]' for i in range(shape.words - len(words))]
    codes = CODES if shape.labels == len(CODES) else [f'{8000 + i}/3' for i in range(shape.labels)]
    special = [dict(id=i, content=w, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
               for i, w in enumerate(words[:5])]
    tokenizer = {
        'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': special,
        'normalizer': {'type': 'BertNormalizer', 'clean_text': True, 'handle_chinese_chars': True, 'strip_accents': None, 'lowercase': True},
        'pre_tokenizer': {'type': 'BertPreTokenizer'},
        'post_processor': {'type': 'TemplateProcessing',
                           'single': [{'SpecialToken': {'id': '[CLS]', 'type_id': 0}}, {'Sequence': {'id': 'A', 'type_id': 0}},
                                      {'SpecialToken': {'id': '[SEP]', 'type_id': 0}}],
                           'pair': [], 'special_tokens': {'[CLS]': {'id': '[CLS]', 'ids': [2], 'tokens': ['[CLS]']},
                                                          '[SEP]': {'id': '[SEP]', 'ids': [3], 'tokens': ['[SEP]']}}},
        'decoder': {'type': 'WordPiece', 'prefix': '##', 'cleanup': True},
        'model': {'type': 'WordPiece', 'unk_token': '[UNK]', 'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100,
                  'vocab': {w: i for i, w in enumerate(words)}}}
    config = {'architectures': ['BertForSequenceClassification'], 'model_type': 'bert', 'max_position_embeddings': shape.positions,
              'id2label': {str(i): c for i, c in enumerate(codes)}, 'label2id': {c: i for i, c in enumerate(codes)},
              'problem_type': 'multi_label_classification' if kind == 'multi' else 'single_label_classification'}
    for name, content in (('config.json', config), ('tokenizer.json', tokenizer)):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
            json.dump(content, f, ensure_ascii=False)


def make(folder, kind, seed=1):
    os.makedirs(folder, exist_ok=True)
    shape = Shape(kind)
    w = None
    if kind in ('endless', 'hungry'):
        nodes, constants = endless(shape, kind == 'hungry')
    else:
        w = weights(shape, seed)
        nodes, constants = bert(shape, w, kind in ('int8', 'base_int8'))
    save(folder, kind, nodes, constants, shape)
    write_folder(folder, kind, shape)
    return w, shape


if __name__ == '__main__':
    make(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)

# model_service.py
#		The service that hospitals run today, beside which ours is measured:
#		FastAPI, with transformers and torch, or with ONNX Runtime.
#
#	model_service.py FOLDER KIND PORT
#	model_service.py --name		prints what there is of it; fails when it cannot run
#
# FOLDER has the tokenizer and the graph.  torch's weights are those that
# test/model/make_models.py gives for KIND, so that it answers as the graph does.
# One thread runs the model, as ours does for one note.
#
# An answer says what the model took, and what else is not to be counted as the
# service's own: the tokenizer that stands here for transformers' is slower.

import importlib.util
import json
import os
import sys
import time

HAS_TORCH = all(importlib.util.find_spec(name) for name in ('torch', 'transformers'))
import fastapi
import numpy as np
import uvicorn
from pydantic import BaseModel

if HAS_TORCH:
    import torch
    import transformers
else:
    import onnxruntime

if sys.argv[1] == '--name':
    print('FastAPI with torch' if HAS_TORCH else 'FastAPI with ONNX Runtime')
    sys.exit()
FOLDER, KIND, PORT = sys.argv[1:4]


class Torch:
    """What transformers' own examples do."""

    def __init__(self):
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../model'))
        import make_models
        torch.set_num_threads(1)
        shape = make_models.Shape(KIND)
        self.model = transformers.BertForSequenceClassification(transformers.BertConfig(
            vocab_size=shape.words, hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
            intermediate_size=shape.middle, max_position_embeddings=shape.positions, num_labels=shape.labels)).eval()
        names = {'word': 'embeddings.word_embeddings', 'position': 'embeddings.position_embeddings', 'type': 'embeddings.token_type_embeddings',
                 'norm': 'embeddings.LayerNorm', 'pool': 'pooler.dense'}
        parts = {'q': 'attention.self.query', 'k': 'attention.self.key', 'v': 'attention.self.value', 'o': 'attention.output.dense',
                 'up': 'intermediate.dense', 'down': 'output.dense', 'norm1': 'attention.output.LayerNorm', 'norm2': 'output.LayerNorm'}
        state = {}
        for name, value in make_models.weights(shape, 1).items():
            *stem, kind = name.split('.') if '.' in name else (name, 'g')
            if stem == ['label']:
                target = 'classifier'
            elif len(stem) == 1:
                target = 'bert.' + names[stem[0]]
            else:
                target = f'bert.encoder.layer.{stem[0]}.{parts[stem[1]]}'
            state[target + ('.bias' if kind == 'b' else '.weight')] = torch.from_numpy(value.T.copy() if kind == 'w' else value)
        missing, unexpected = self.model.load_state_dict(state, strict=False)
        assert not unexpected and all('position_ids' in name for name in missing), (missing, unexpected)
        self.tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=os.path.join(FOLDER, 'tokenizer.json'), unk_token='[UNK]', pad_token='[PAD]', cls_token='[CLS]', sep_token='[SEP]',
            mask_token='[MASK]')

    def tokens(self, text):
        return self.tokenizer(text, truncation=True, max_length=512, return_tensors='pt')

    def logits(self, tokens):
        with torch.no_grad():
            return self.model(input_ids=tokens['input_ids'], attention_mask=tokens['attention_mask']).logits[0].numpy()


class Onnx:
    """The same with ONNX Runtime, and words of ASCII alone."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.path.join(FOLDER, 'model.onnx'), options, providers=['CPUExecutionProvider'])
        with open(os.path.join(FOLDER, 'tokenizer.json'), encoding='utf-8') as f:
            self.words = json.load(f)['model']['vocab']

    def pieces(self, word):
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ('##' if start else '') + word[start:end]
                if piece in self.words:
                    yield self.words[piece]
                    start = end
                    break
            else:
                yield self.words['[UNK]']
                return

    def tokens(self, text):
        spaced = ''.join(c if c.isalnum() or c.isspace() else f' {c} ' for c in text.lower())
        ids = [token for word in spaced.split() for token in self.pieces(word)][:510]
        return np.array([[self.words['[CLS]'], *ids, self.words['[SEP]']]], dtype=np.int64)

    def logits(self, tokens):
        return self.session.run(['logits'], {'input_ids': tokens, 'attention_mask': np.ones_like(tokens),
                                             'token_type_ids': np.zeros_like(tokens)})[0][0]


class Report(BaseModel):
    text: str


model = Torch() if HAS_TORCH else Onnx()
app = fastapi.FastAPI()


@app.post('/suggest-morphology-codes')
async def suggest(report: Report):
    began = time.perf_counter()
    tokens = model.tokens(report.text)
    tokenized = time.perf_counter()
    logits = model.logits(tokens)
    took = time.perf_counter() - tokenized
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares)[:10]
    return {'codes': [(int(i), float(shares[i])) for i in best], 'model_ms': took * 1000,
            'other_ms': 0 if HAS_TORCH else (tokenized - began) * 1000}


uvicorn.run(app, host='127.0.0.1', port=int(PORT), log_level='warning')

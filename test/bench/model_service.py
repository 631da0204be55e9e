# model_service.py
#		The service that hospitals run today, beside which ours is measured:
#		FastAPI with transformers and torch.
#
#	model_service.py --export FOLDER KIND	writes the model as transformers keeps it
#	model_service.py FOLDER PORT			serves it
#	model_service.py --try					succeeds where there is all that it needs
#
# FOLDER is what test/model/make_models.py has made; the export goes below it,
# into torch: the same weights, so that it answers as the graph does.  One
# thread runs the model, as ours does for one note.

import os
import sys
import time

os.environ.update(OPENBLAS_NUM_THREADS='1', HF_HUB_DISABLE_PROGRESS_BARS='1')

import fastapi
import numpy as np
import torch
import transformers
import uvicorn
from pydantic import BaseModel


def export(folder, kind):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../model'))
    import make_models
    shape = make_models.Shape(kind)
    model = transformers.BertForSequenceClassification(transformers.BertConfig(
        vocab_size=shape.words, hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        intermediate_size=shape.middle, max_position_embeddings=shape.positions, num_labels=shape.labels))
    names = {'word': 'embeddings.word_embeddings', 'position': 'embeddings.position_embeddings', 'type': 'embeddings.token_type_embeddings',
             'norm': 'embeddings.LayerNorm', 'pool': 'pooler.dense'}
    parts = {'q': 'attention.self.query', 'k': 'attention.self.key', 'v': 'attention.self.value', 'o': 'attention.output.dense',
             'up': 'intermediate.dense', 'down': 'output.dense', 'norm1': 'attention.output.LayerNorm', 'norm2': 'output.LayerNorm'}
    state = {}
    for name, value in make_models.weights(shape, 1).items():
        *stem, part = name.split('.') if '.' in name else (name, 'g')
        if stem == ['label']:
            target = 'classifier'
        elif len(stem) == 1:
            target = 'bert.' + names[stem[0]]
        else:
            target = f'bert.encoder.layer.{stem[0]}.{parts[stem[1]]}'
        state[target + ('.bias' if part == 'b' else '.weight')] = torch.from_numpy(value.T.copy() if part == 'w' else value)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all('position_ids' in name for name in missing), (missing, unexpected)
    model.save_pretrained(os.path.join(folder, 'torch'))
    transformers.PreTrainedTokenizerFast(
        tokenizer_file=os.path.join(folder, 'tokenizer.json'), unk_token='[UNK]', pad_token='[PAD]', cls_token='[CLS]', sep_token='[SEP]',
        mask_token='[MASK]').save_pretrained(os.path.join(folder, 'torch'))


if sys.argv[1] == '--try':
    sys.exit()
if sys.argv[1] == '--export':
    export(*sys.argv[2:])
    sys.exit()
FOLDER, PORT = sys.argv[1:]
torch.set_num_threads(1)
tokenizer = transformers.AutoTokenizer.from_pretrained(os.path.join(FOLDER, 'torch'))
model = transformers.AutoModelForSequenceClassification.from_pretrained(os.path.join(FOLDER, 'torch')).eval()
app = fastapi.FastAPI()


class Report(BaseModel):
    text: str


@app.post('/suggest-morphology-codes')
async def suggest(report: Report):
    tokens = tokenizer(report.text, truncation=True, max_length=512, return_tensors='pt')
    began = time.perf_counter()
    with torch.inference_mode():
        logits = model(**tokens).logits[0].numpy()
    took = time.perf_counter() - began
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares)[:10]
    return {'codes': [(int(i), float(shares[i])) for i in best], 'model_ms': took * 1000}


uvicorn.run(app, host='127.0.0.1', port=int(PORT), log_level='warning')

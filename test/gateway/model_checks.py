"""Morphology codes from a real model, over HTTP: a BERT classifier in its program, beside the database."""

import re

from gateway import Gateway, Skip, is_detail, run, sql, sums
from local_model import drop_server, make_server

REPORT = "Invasive ductal carcinoma of the left breast, grade 2, margins negative."


def codes(g):
    if not make_server(sql, "bob"):
        raise Skip("there is no runtime of models, or no python3-onnx")
    try:
        answer = g.post("/suggest-morphology-codes", {"text": REPORT}, user="bob", timeout=60)
        assert answer.status == 200, answer.text
        found = answer.json["codes"]
        assert len(found) == 10 and all(re.fullmatch(r"[0-9]{4}/[0-9]", code) for code, _ in found), found
        probabilities = [probability for _, probability in found]
        assert probabilities == sorted(probabilities, reverse=True) and all(0 <= p <= 1 for p in probabilities) and sum(probabilities) <= 1.000001, found
        assert g.post("/suggest-morphology-codes", {"text": REPORT}, user="bob").json["codes"] == found
        assert g.post("/suggest-morphology-codes", {"text": "papillary tumour of the kidney"}, user="bob").json["codes"] != found
        expected = [[row[0], float(row[1])] for row in sql("SELECT code, prob FROM morphology_suggest('%s')" % REPORT)]
        assert [code for code, _ in found] == [code for code, _ in expected], (found, expected)
        assert all(abs(a - b) < 1e-6 for (_, a), (_, b) in zip(found, expected)), (found, expected)
        # what it may not, and what the model cannot
        is_detail(g.post("/suggest-morphology-codes", {"text": REPORT}, user="dave"), 403)
        assert g.post("/suggest-morphology-codes", {"text": ""}, user="bob").status == 422
        is_detail(g.post("/suggest-morphology-codes", {"text": "x" * 20001}, user="bob"), 413)
        sql("ALTER SERVER morphology OPTIONS (SET model_dir '/nowhere')")
        answer = g.post("/suggest-morphology-codes", {"text": REPORT + " again"}, user="bob", timeout=60)
        is_detail(answer, 502)
        assert "nowhere" not in answer.text
    finally:
        drop_server(sql)
    is_detail(g.post("/suggest-morphology-codes", {"text": REPORT}, user="bob"), 501)


def main():
    g = Gateway(SUGGEST_PER_MINUTE="1000")
    run([codes], g)
    assert g.stop() == 0
    assert REPORT.split()[1] not in g.log_text()
    sums()


main()

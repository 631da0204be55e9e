#!/usr/bin/python3
# batches_test.py
#		Which notes the program fhir-bridge-model runs together, and when.
#
#	batches_test.py PROGRAM FAKE_RUNTIME FOLDER
#
# The runtime is fake_runtime.c: its answers tell of the run.  One run takes
# 200 ms, so that what is sent after it has begun has piled up when it ends.  On
# a busy machine what is sent may come late: what must be seen is tried again
# until it is, and a program that does otherwise never shows it.

import json
import math
import os
import sys
import time

import make_models
from talk import ANSWER, CANCEL, CANCELLED, READY, TOKENS, Program, check, finish

PROGRAM, FAKE, PLACE = sys.argv[1:4]
ONE_THREAD, OWN_WEIGHTS, NO_PATTERN, NO_SPINNING, CUDA = 1, 2, 4, 8, 16


def start(kind='tiny', **options):
    program = Program(PROGRAM, model_dir=os.path.join(PLACE, kind), library=FAKE, **options)
    kind, text = program.start()
    check(kind == READY, text)
    return program, dict(line.split('=', 1) for line in text.splitlines())


def note(tokens):
    """A note that has so many tokens with [CLS] and [SEP]."""
    return 'x ' * (tokens - 2)


class Told:
    """What a note's answer tells of its run."""
    def __init__(self, text):
        probabilities = {item['icd']: item['prob'] for item in json.loads(text)[0]}
        logits = [math.log(probabilities[code] / probabilities[make_models.CODES[-1]]) for code in make_models.CODES]
        self.notes, self.length, self.tokens, self.run, self.settings = (round(100 * x) for x in logits[:5])


def ends(program, calls):
    """What is told of calls, in their order."""
    found = {}
    while len(found) < len(calls):
        call, kind, text = program.end()
        found[call] = Told(text) if kind == ANSWER else kind
    return [found[call] for call in calls]


def piled_up(program, tokens):
    """Notes that are sent while another one is run."""
    busy = program.begin(note(50))
    time.sleep(0.05)
    calls = [program.begin(note(n)) for n in tokens]
    return ends(program, [busy] + calls)[1:]


def runs(told):
    """How many notes were in each run, in the order of runs; padding counts to the longest."""
    found = {}
    for one in told:
        found.setdefault(one.run, []).append(one)
    for run in found.values():
        check(all(one.notes == len(run) and one.length == max(o.tokens for o in run) for one in run), 'a run has the notes that were sent, and no more padding')
    return [len(found[run]) for run in sorted(found)]


def eventually(wanted, tries, what):
    """Something that is tried gives what is wanted, once at least."""
    seen = []
    while len(seen) < 20 and wanted not in seen:
        seen.append(tries())
    check(wanted in seen, f'{what}: {seen[:3]}')


def with_tokens(program):
    """Notes on both sides of a call for tokens, all piled up."""
    busy = program.begin(note(50))
    time.sleep(0.05)
    calls = [program.begin(note(9)), program.begin(note(9), TOKENS), program.begin(note(9))]
    told = {}
    while len(told) < 4:
        call, _, text = program.end()
        told[call] = text
    check(len(json.loads(told[calls[1]])) == 9, 'tokens are given')
    return runs([Told(told[call]) for call in calls[::2]])


def cancel_in_a_run(program):
    """Three notes run together, of which one is cancelled: how each ends, and in which order."""
    busy = program.begin(note(50))
    time.sleep(0.05)
    calls = [program.begin(note(9)) for _ in range(3)]
    seen = [program.end()]
    time.sleep(0.08)
    program.say(CANCEL, calls[1])
    seen += [program.end() for _ in range(3)]
    return [([busy] + calls).index(call) for call, _, _ in seen[:2]], [kind for _, kind, _ in seen], [
        Told(text).notes for _, kind, text in seen[2:] if kind == ANSWER]


def cancel_alone(program):
    """A run that nobody waits for: how it ends, and whether it did so at once."""
    call = program.begin(note(9))
    time.sleep(0.05)
    begin = time.monotonic()
    program.say(CANCEL, call)
    return program.end()[1], time.monotonic() - begin < 0.1


def on_a_gpu():
    program, facts = start(provider='cuda', threads=7)
    check(facts['threads'] == '1', 'a GPU has one thread')
    alone = ends(program, [program.begin(note(9))])[0]
    check(alone.settings == ONE_THREAD | OWN_WEIGHTS | NO_PATTERN | NO_SPINNING | CUDA, f'the session is set up for a GPU: {alone.settings}')
    check((alone.notes, alone.length, alone.tokens) == (1, 9, 9), 'a note alone is run alone')
    # nothing is run when they come: only the window brings them together
    eventually([2], lambda: runs(ends(program, [program.begin(note(9)), program.begin(note(11))])), 'notes that come within 3 ms are run together')
    eventually([1, 1], lambda: runs(ends(program, [program.begin(note(9)), time.sleep(0.02) or program.begin(note(9))])), 'later ones are not')
    eventually([32, 8], lambda: runs(piled_up(program, [9] * 40)), 'at most 32 notes are run together')
    eventually([4, 2], lambda: runs(piled_up(program, [9, 200, 8, 190, 10, 7])), 'those that are about as long')
    eventually([1, 1], lambda: with_tokens(program), 'tokens are no run, and end the joining')
    eventually(([0, 2], [ANSWER, CANCELLED, ANSWER, ANSWER], [3, 3]), lambda: cancel_in_a_run(program), 'of a run of several one is dropped at once')
    eventually((CANCELLED, True), lambda: cancel_alone(program), 'a run that nobody waits for is told to end')
    check(program.stop() == 0, 'ends badly')
    program, _ = start(provider='cuda', long_notes='max', max_tokens=64, stride=16)
    eventually(([1, 2], 64), lambda: (lambda told: (runs(told), told[0].length))(piled_up(program, [64 + 46, 9, 9])), 'a note of several windows is run alone')
    program.stop()


def on_a_processor():
    program, facts = start(threads=1)
    check(facts['weights'] == 'float', 'its weights are floats')
    alone = ends(program, [program.begin(note(9))])[0]
    check(alone.settings == ONE_THREAD | OWN_WEIGHTS | NO_PATTERN | NO_SPINNING, f'the session is set up for a processor: {alone.settings}')
    eventually([8, 2], lambda: runs(piled_up(program, [16] * 10)), 'short notes are joined, up to 128 tokens')
    eventually([2, 1, 1], lambda: runs(piled_up(program, [10, 10, 120, 10])), 'padding counts')
    check(runs(piled_up(program, [130, 130])) == [1, 1], 'others are not')
    check(runs(ends(program, [program.begin(note(130)), program.begin(note(9))])) == [1, 1], 'nothing waits for more')
    program.stop()
    program, facts = start('int8', threads=1)
    check(facts['weights'] == 'integer', 'its weights are integers')
    check(runs(piled_up(program, [16] * 3)) == [1, 1, 1], 'with integers none are joined')
    program.stop()
    program, facts = start(threads=2)
    check(facts['threads'] == '2', 'two threads')
    eventually([1, 1], lambda: runs(ends(program, [program.begin(note(16)) for _ in range(2)])), 'none is joined that a thread is free for')
    program.stop()


for kind in ('tiny', 'int8'):
    make_models.make(os.path.join(PLACE, kind), kind)
on_a_gpu()
on_a_processor()
finish()

#!/usr/bin/python3
# batches_test.py
#		Which notes the program fhir-bridge-model runs together, and when.
#
#	batches_test.py PROGRAM FAKE_RUNTIME FOLDER
#
# The runtime is fake_runtime.c: its answers tell of the run, and a run lasts
# until it is let go here.  So what is sent while it lasts has piled up when it
# ends.  Only what the program itself leaves to a clock or to its threads may
# come late on a busy machine: that is tried again until it is seen, and a
# program that does otherwise never shows it.

import json
import math
import os
import select
import socket
import struct
import sys

import make_models
from talk import ANSWER, BEGUN, CANCEL, CANCELLED, READY, TOKENS, Program, check, finish

PROGRAM, FAKE, PLACE = sys.argv[1:4]
ONE_THREAD, OWN_WEIGHTS, NO_PATTERN, NO_SPINNING, CUDA = 1, 2, 4, 8, 16


GATE = 100


class Runs(Program):
    """The program, and the socket over which the runtime's runs are held."""
    def __init__(self, **options):
        self.gate, theirs = socket.socketpair()
        os.dup2(theirs.fileno(), GATE)
        theirs.close()
        super().__init__(PROGRAM, keep=(GATE,), library=FAKE, **options)
        os.close(GATE)

    def begun(self):
        """Waits until a run has begun."""
        self.gate.settimeout(60)
        check(self.gate.recv(1) == b'r', 'a run begins')

    def let_go(self):
        """Lets one run end."""
        self.gate.sendall(b'g')

    def queued(self):
        """Waits until all that was sent is in the queue: the last call, when cancelled there, ends first."""
        last = self.begin(note(9))
        self.say(CANCEL, last)
        check(self.end()[:2] == (last, CANCELLED), 'a call that has not begun is dropped at once')

    def ends(self, calls):
        """What is told of calls, in their order; each run that begins is let go."""
        found = {}
        while not found.keys() >= set(calls):
            ready, _, _ = select.select([self.gate, self.socket], [], [], 60)
            if self.gate in ready:
                self.begun()
                self.let_go()
            if self.socket in ready:
                kind, call, body = self.hear()
                if kind != BEGUN:
                    found[call] = (kind, body.decode())
        return [found[call] for call in calls]


def begun(program, calls):
    """Which calls are told to begin, until all have ended; each run is let go."""
    told = []
    while calls:
        ready, _, _ = select.select([program.gate, program.socket], [], [], 60)
        if program.gate in ready:
            program.begun()
            program.let_go()
        if program.socket in ready:
            kind, call, body = program.hear()
            if kind == BEGUN:
                told += [number for number, in struct.iter_unpack('=Q', body)]
            else:
                calls = [other for other in calls if other != call]
    return told


def start(kind='tiny', **options):
    program = Runs(model_dir=os.path.join(PLACE, kind), **options)
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
    """What the answers to calls tell."""
    return [Told(text) for _, text in program.ends(calls)]


def pile_up(program, calls):
    """Sends calls while a note is run, which ends after they are all there; their numbers."""
    program.begin(note(50))
    program.begun()
    calls = [program.begin(*call) for call in calls]
    program.queued()
    program.let_go()
    return calls


def piled_up(program, tokens):
    """What is told of notes that were sent while another one was run."""
    return ends(program, pile_up(program, [(note(n),) for n in tokens]))


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
    calls = pile_up(program, [(note(9),), (note(9), TOKENS), (note(9),)])
    told = [text for _, text in program.ends(calls)]
    check(len(json.loads(told[1])) == 9, 'tokens are given')
    return runs([Told(text) for text in told[::2]])


def cancel_in_a_run(program):
    """Of three notes that are run together one is cancelled."""
    calls = pile_up(program, [(note(9),)] * 3)
    program.begun()
    check(program.end()[1] == ANSWER, 'the run before has ended')
    program.say(CANCEL, calls[1])
    check(program.end()[:2] == (calls[1], CANCELLED), 'of a run of several one is dropped at once')
    program.let_go()
    check([told.notes for told in ends(program, calls[::2])] == [3, 3], 'the others end with the run')


def cancel_alone(program):
    """A run that nobody waits for, and that is not let go."""
    call = program.begin(note(9))
    program.begun()
    program.say(CANCEL, call)
    check(program.end()[:2] == (call, CANCELLED), 'a run that nobody waits for is told to end')


def cancelled_before_more(program):
    """A note that is cancelled while it waits for more, and one that comes then."""
    first = program.begin(note(9))
    while program.hear()[0] != BEGUN:
        pass
    program.say(CANCEL, first)
    kinds = [kind for kind, _ in program.ends([first, program.begin(note(9))])]
    check(kinds == [CANCELLED, ANSWER], f'a note that is cancelled takes none along: {kinds}')


def one_after_another(program):
    """A note that comes when the run of another has begun."""
    calls = [program.begin(note(9))]
    program.begun()
    calls.append(program.begin(note(9)))
    program.let_go()
    return runs(ends(program, calls))


def on_a_gpu():
    program, facts = start(provider='cuda', threads=7)
    check(facts['threads'] == '1', 'a GPU has one thread')
    alone = ends(program, [program.begin(note(9))])[0]
    check(alone.settings == ONE_THREAD | OWN_WEIGHTS | NO_PATTERN | NO_SPINNING | CUDA, f'the session is set up for a GPU: {alone.settings}')
    check((alone.notes, alone.length, alone.tokens) == (1, 9, 9), 'a note alone is run alone')
    # nothing is run when they come: only the window brings them together
    eventually([2], lambda: runs(ends(program, [program.begin(note(9)), program.begin(note(11))])), 'notes that come within 3 ms are run together')
    check(one_after_another(program) == [1, 1], 'later ones are not')
    check(runs(piled_up(program, [9] * 40)) == [32, 8], 'at most 32 notes are run together')
    check(runs(piled_up(program, [9, 200, 8, 190, 10, 7])) == [4, 2], 'those that are about as long')
    check(with_tokens(program) == [1, 1], 'tokens are no run, and end the joining')
    cancel_in_a_run(program)
    cancel_alone(program)
    for _ in range(10):
        cancelled_before_more(program)
    check(program.stop() == 0, 'ends badly')
    program, _ = start(provider='cuda', long_notes='max', max_tokens=64, stride=16)
    told = piled_up(program, [64 + 46, 9, 9])
    check((runs(told), told[0].length) == ([1, 2], 64), 'a note of several windows is run alone')
    program.stop()


def on_a_processor():
    program, facts = start(threads=1)
    check(facts['weights'] == 'float', 'its weights are floats')
    alone = ends(program, [program.begin(note(9))])[0]
    check(alone.settings == ONE_THREAD | OWN_WEIGHTS | NO_PATTERN | NO_SPINNING, f'the session is set up for a processor: {alone.settings}')
    check(runs(piled_up(program, [16] * 10)) == [8, 2], 'short notes are joined, up to 128 tokens')
    check(runs(piled_up(program, [10, 10, 120, 10])) == [2, 1, 1], 'padding counts')
    check(runs(piled_up(program, [130, 130])) == [1, 1], 'others are not')
    check(runs(ends(program, [program.begin(note(130)), program.begin(note(9))])) == [1, 1], 'nothing waits for more')
    told = [program.begin(note(16), is_begun=1), program.begin(note(16)), program.begin(note(16), is_begun=1), program.begin(note(16))]
    check(begun(program, told) == [told[1], told[3]], 'the engine is told of the calls alone whose begin it does not know')
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

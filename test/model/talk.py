# talk.py
#		Speaks with the program fhir-bridge-model as the engine does, and counts
#		what it is found to do.

import json
import os
import socket
import struct
import subprocess
import sys

OPTIONS, CLASSIFY, TOKENS, CANCEL, READY, REFUSED, BEGUN, ANSWER, FAILED, CANCELLED, CHANGED = range(1, 12)
HEAD = struct.Struct('=IIQII')
passed = failed = 0


def check(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print('FAILED', what)


def finish():
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


class Program:
    def __init__(self, program, keep=(), **options):
        self.socket, theirs = socket.socketpair()
        self.process = subprocess.Popen([program], stdin=theirs, env={}, pass_fds=keep, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.close()
        self.say(OPTIONS, 0, ''.join(f'{k}={v}\n' for k, v in options.items()).encode())
        self.calls = 0

    def say(self, kind, call, body=b'', argument=0, is_begun=0):
        self.socket.sendall(HEAD.pack(kind, len(body), call, argument, is_begun) + body)

    def hear(self, timeout=60):
        self.socket.settimeout(timeout)
        kind, length, call, _, _ = HEAD.unpack(self.read(HEAD.size))
        return kind, call, self.read(length)

    def read(self, length):
        got = b''
        while len(got) < length:
            piece = self.socket.recv(length - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got

    def start(self):
        """READY or REFUSED, with its text."""
        kind, _, body = self.hear()
        return kind, body.decode()

    def begin(self, note, kind=CLASSIFY, top=0, is_begun=0):
        self.calls += 1
        self.say(kind, self.calls, note.encode() if isinstance(note, str) else note, top, is_begun)
        return self.calls

    def end(self, timeout=60):
        """The next call that ends: its number, the kind of end, the text."""
        while True:
            kind, call, body = self.hear(timeout)
            if kind in (ANSWER, FAILED, CANCELLED):
                return call, kind, body.decode()

    def ask(self, note, kind=CLASSIFY, top=0):
        call = self.begin(note, kind, top)
        ended, kind, text = self.end()
        assert ended == call
        return json.loads(text) if kind == ANSWER else (kind, text)

    def stop(self):
        self.socket.close()
        return self.process.wait(10)

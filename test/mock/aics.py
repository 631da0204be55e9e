#!/usr/bin/env python3
"""A mock of the suggestion service, for tests and the demonstration.

    aics.py FOLDER [--port N] [--tls]

Listens on a free port of 127.0.0.1, or on port N, and writes it to FOLDER/port; with --tls
one port for each certificate that test/mock/certificates has put there goes
to FOLDER/port-<name>.  Ends with its standard input, so that it cannot be
left behind.  Debian's python3 is all it needs.

Every fault is chosen by the request.  A note (or a search's query) that holds
{"mock": {...}} is answered as told:

    status, retry_after   this status, with that header
    retry_after_date      the same as a date, so many seconds from now
    times, key            only for the first so many requests of this key
    delay                 seconds before the answer begins
    drip                  seconds between the bytes of the body
    stall                 half an answer, then silence for so many seconds
    body                  this body instead
    raw                   these characters instead of an answer, then the end
    short                 so many bytes less than announced, then the end
    reset, empty          the connection breaks, or ends, without an answer
    bytes                 a body of so many bytes
    gzip                  a compressed body that would be so many megabytes
    endless               chunks without an end
    location              a redirect to there
    lists                 so many lists instead of one for each note

An email whose name is login-<behaviour>-<value> chooses the same for the login
(login-status-401@x).  GET /mock/counts tells what has been asked since POST
/mock/reset (requests with a header X-Injected, which nobody should send, and
those that came as to a proxy, among it); POST /mock/expire ends all sessions.
"""

import email.utils
import http.server
import json
import os
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import uuid
import zlib

CODES = [
    ("otitis media", "H66.90"), ("diabetes", "E11.9"), ("hypertension", "I10"),
    ("pneumonia", "J18.9"), ("asthma", "J45.909"), ("stroke", "I63.9"),
    ("fracture of femur", "S72.90XA"), ("heart failure", "I50.9"), ("gastric ulcer", "K25.9"),
]
NAMES = [
    ("I10", "Essential (primary) hypertension", "本態性(原發性)高血壓", True),
    ("I15.0", "Renovascular hypertension", "腎血管性高血壓", True),
    ("I15", "Secondary hypertension", "續發性高血壓", False),
    ("J18.9", "Pneumonia, unspecified organism", "肺炎", True),
    ("E11.9", "Type 2 diabetes mellitus without complications", "第二型糖尿病，未伴有併發症", True),
    ("J45.909", "Unspecified asthma, uncomplicated", "氣喘，無併發症", True),
]

lock = threading.Lock()
sessions = set()
counts = {}
seen = {}


def count(name, by=1):
    with lock:
        counts[name] = counts.get(name, 0) + by
        counts.setdefault("open", 0)
        counts["most_open"] = max(counts.get("most_open", 0), counts["open"])


def directive(text):
    """The behaviour that a text asks for, if its turn has come."""
    found = re.search(r'\{"mock": *(\{.*?\})\}', text, re.S)
    if not found:
        return {}
    wish = json.loads(found.group(1))
    if "times" in wish:
        with lock:
            key = wish.get("key", found.group(1))
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > wish["times"]:
                return {}
    return wish


def suggestions(note):
    """The list of one note; a note that says "id X" begins with code TX."""
    marked = re.search(r"\bid (\w+)", note)
    first = ["T" + marked.group(1)] if marked else []
    icds = first + [icd for word, icd in CODES if word in note.lower()]
    icds += [icd for icd in ("R69", "Z00.00", "Z71.9") if icd not in icds]
    return [{"icd": icd, "prob": round(0.9 * 0.5 ** i, 6)} for i, icd in enumerate(icds)]


def comorbidities(note):
    return [{"icd": icd, "prob": 0.25} for word, icd in CODES if " with " in note and word in note.lower()][1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def log_message(self, *args):
        pass

    def handle(self):
        count("connections")
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass

    def do_GET(self):
        if self.path == "/mock/counts":
            with lock:
                answer = dict(counts)
            self.answer(200, json.dumps(answer))
        else:
            self.answer(404, "{}")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length).decode("utf-8")
        path = self.path.split("?")[0]
        if path.startswith("http://"):
            count("proxied")
            path = "/" + path.split("/", 3)[3]
        if "X-Injected" in self.headers:
            count("injected")
        if path.startswith("/mock/"):
            self.control(path)
            return
        try:
            asked = json.loads(text)
        except ValueError:
            self.answer(400, "{}")
            return
        count("open")
        try:
            if path.endswith("/authentication"):
                self.login(asked)
            elif path.endswith("/diagnosis"):
                self.diagnosis(asked)
            elif path.endswith("/search"):
                self.search(asked)
            else:
                self.answer(404, "{}")
        finally:
            count("open", -1)

    def control(self, path):
        with lock:
            if path == "/mock/reset":
                still_open = counts.get("open", 0)
                counts.clear()
                counts["open"] = still_open
                seen.clear()
            sessions.clear()
        self.answer(200, "{}")

    def login(self, asked):
        count("logins")
        wish = re.match(r"login-([a-z_]+)-([^@]+)", asked.get("email", ""))
        wish = {wish.group(1): json.loads(wish.group(2))} if wish else {}
        if self.behave(wish):
            return
        if asked.get("strategy") != "local" or asked.get("apiId") != "med-service-api" or not asked.get("password", "").startswith("right"):
            self.answer(401, '{"message": "bad credentials"}')
            return
        session = wish.get("session") or uuid.uuid4().hex
        with lock:
            sessions.add(session)
        self.answer(201, json.dumps({"accessToken": "x", "user": {"name": "王小明"}, "session": session}))

    def has_session(self):
        with lock:
            known = self.headers.get("ocp-apim-session-token") in sessions
        if not known:
            count("unauthorized")
            self.answer(401, "{}")
        return known

    def diagnosis(self, asked):
        notes = asked["notes"]
        count("requests")
        count("notes", len(notes))
        if not self.has_session():
            return
        wish = directive(" ".join(notes))
        if self.behave(wish):
            return
        lists = [suggestions(note) for note in notes]
        if len(notes) == 1 and comorbidities(notes[0]):
            lists.append(comorbidities(notes[0]))
        if "lists" in wish:
            lists = (lists * wish["lists"])[:wish["lists"]]
        self.answer(200, json.dumps(lists, ensure_ascii=False), wish)

    def search(self, asked):
        count("requests")
        if not self.has_session() or self.behave(directive(asked["query"])):
            return
        query = asked["query"].lower()
        found = [dict(zip(("code", "english_name", "chinese_name", "billable"), row))
                 for row in NAMES if query in row[1].lower() or query in row[2] or query == row[0].lower()]
        self.answer(200, json.dumps({"children": [{"icd10_list": found}]}))

    def behave(self, wish):
        """Does as told; true when that was an answer, or the end."""
        if "delay" in wish:
            time.sleep(wish["delay"])
        if "reset" in wish:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif "raw" in wish:
            self.wfile.write(wish["raw"].encode("utf-8", "surrogatepass"))
        elif "stall" in wish:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[")
            self.wfile.flush()
            time.sleep(wish["stall"])
        elif "endless" in wish:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        elif "bytes" in wish:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % wish["bytes"])
            for _ in range(0, wish["bytes"], 65536):
                self.wfile.write(b" " * min(65536, wish["bytes"]))
        elif "gzip" in wish:
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(wish["gzip"])) + packer.flush()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
        elif "location" in wish:
            self.answer(wish.get("status", 302), "", {}, {"Location": wish["location"]})
            return True
        elif "status" in wish:
            headers = {"Retry-After": str(wish["retry_after"])} if "retry_after" in wish else {}
            if "retry_after_date" in wish:
                headers["Retry-After"] = email.utils.formatdate(time.time() + wish["retry_after_date"], usegmt=True)
            self.answer(wish["status"], "{}", {}, headers)
            return True
        elif "body" in wish:
            self.answer(200, wish["body"], wish)
            return True
        elif "empty" not in wish:
            return False
        self.close_connection = True
        return True

    def answer(self, status, body, wish=None, headers=None):
        wish = wish or {}
        data = body.encode("utf-8", "surrogatepass")
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if "drip" in wish:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(wish["drip"])
        elif "short" in wish:
            self.wfile.write(data[:-wish["short"]])
            self.close_connection = True
        else:
            self.wfile.write(data)
        self.wfile.flush()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, context=None, port=0):
        self.context = context
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def finish_request(self, request, client_address):
        # the handshake belongs to the connection's thread: a peer may break it off
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                count("refused_handshakes")
                return
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass


def serve(folder, name, context=None, port=0):
    server = Server(context, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = os.path.join(folder, name)
    with open(path + ".new", "w") as out:
        out.write(str(server.server_address[1]))
    os.rename(path + ".new", path)


def main():
    folder = sys.argv[1]
    if "--tls" in sys.argv:
        for name in ("good", "expired", "elsewhere", "stranger", "old"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if name == "old":
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
            certificate = os.path.join(folder, "good" if name == "old" else name)
            context.load_cert_chain(certificate + ".crt", certificate + ".key")
            serve(folder, "port-" + name, context)
    serve(folder, "port", port=int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 0)
    sys.stdin.read()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()

"""What the checks have in common: a gateway that is started, asked and judged.

Checks are functions that are called in their order; an assertion that does not
hold is a failure, and the others go on.
"""

import atexit
import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import traceback
import urllib.parse

SECRET = "a secret of the tests, longer than 32 bytes"
PASSWORDS = {"alice": "alice & 50%+ws", "bob": "bob's pass", "carol": "carol pass", "dave": "dave pass"}
BASE = "https://fhir.hospital.example/fhir"
ORIGIN = "https://app.hospital.example"

results = {"passed": 0, "failed": 0, "skipped": 0}


class Answer:
    """Status, headers (names in small letters) and body of an answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()
        self.text = self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)


class Gateway:
    """A running gateway on a free port."""

    def __init__(self, **settings):
        self.log_name = os.path.join(os.environ["OUT"], "gateway-%d.log" % time.monotonic_ns())
        self.log = open(self.log_name, "wb")
        # nothing of the tests' own libpq settings
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment.update({
            "DB_HOST": os.environ["PGHOST"], "DB_NAME": "ward", "DB_USER": "fhir_gateway", "DB_PASSWORD": "gateway pass",
            "JWT_SECRET": SECRET, "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "FHIR_BASE_URL": BASE, "LOOPS": "2",
            "FHIR_DATA_MAPPING": "ward.patient", "CORS_ORIGINS": "https://other.example, " + ORIGIN})
        environment.update(settings)
        self.process = subprocess.Popen([os.environ["PROGRAM"]], env=environment, stderr=self.log, stdout=self.log)
        atexit.register(self.process.kill)  # nothing outlives the checks
        self.port = None
        self.tokens = {}
        limit = time.monotonic() + 10
        while self.port is None and self.process.poll() is None and time.monotonic() < limit:
            for line in self.lines():
                if line.get("event") == "listening":
                    self.port = line["port"]
            time.sleep(0.005)

    def lines(self):
        """The log so far, parsed."""
        with open(self.log_name, errors="replace") as log:
            for line in log:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue

    def log_text(self):
        with open(self.log_name, errors="replace") as log:
            return log.read()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, method, path, body=None, user=None, token=None, timeout=30, **headers):
        """One request on a connection of its own."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            return ask_on(client, self, method, path, body, user, token, **headers)
        finally:
            client.close()

    def get(self, path, user="alice", **rest):
        return self.ask("GET", path, user=user, **rest)

    def token(self, user):
        if user not in self.tokens:
            self.tokens[user] = self.login(user, PASSWORDS[user]).json["access_token"]
        return self.tokens[user]

    def login(self, user, password, **headers):
        body = urllib.parse.urlencode({"username": user, "password": password})
        return self.ask("POST", "/token", body=body, Content_Type="application/x-www-form-urlencoded", **headers)

    def post(self, path, value, user="alice", kind="application/json", **rest):
        body = value if isinstance(value, (str, bytes)) else json.dumps(value)
        return self.ask("POST", path, body=body, user=user, Content_Type=kind, **rest)

    def raw(self, data, wait=5):
        """Sends bytes and returns all that comes until the end, or until nothing comes."""
        with self.connect() as connection:
            connection.settimeout(wait)
            connection.sendall(data)
            got = b""
            try:
                while True:
                    part = connection.recv(65536)
                    if not part:
                        return got, True
                    got += part
            except ConnectionResetError:
                return got, True
            except socket.timeout:
                return got, False

    def stop(self, limit=10):
        """Ends it; returns its exit code, or None when it did not go in time."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def resident(self):
        """Kilobytes of memory."""
        with open("/proc/%d/status" % self.process.pid) as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1])


def ask_on(client, gateway, method, path, body=None, user=None, token=None, **headers):
    """A request on a given connection."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if user is not None:
        token = gateway.token(user)
    if token is not None:
        headers["Authorization"] = "Bearer " + token
    client.request(method, path, body=body.encode() if isinstance(body, str) else body, headers=headers)
    return Answer(client.getresponse())


def sign(claims, header=None, secret=SECRET):
    """A token of our own making."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    head = encode(json.dumps(header or {"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    text = head + b"." + encode(json.dumps(claims).encode())
    return (text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


def sql(text, database="ward"):
    """Rows of a query as lists of text."""
    done = subprocess.run(["psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", database], input=text,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def pace():
    """How many times as long as alone a bare loop takes now, for want of a processor; 1 on an idle machine."""
    clock, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < 0.05:
        pass
    return max(1, (time.monotonic() - clock) / (time.thread_time() - used))


def soon(began, seconds):
    """Has no more time passed than so many seconds of an idle machine?"""
    return time.monotonic() - began < seconds * pace()


def wait_until(what, limit=35, pause=0.05):
    """Waits for a condition; returns whether it came."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(pause)
    return False


def is_outcome(answer, status, *codes):
    """Is it an OperationOutcome of this status with one of these codes?"""
    assert answer.status == status, (answer.status, answer.text[:300])
    assert answer.headers["content-type"].startswith("application/fhir+json"), answer.headers
    outcome = answer.json
    assert outcome["resourceType"] == "OperationOutcome", outcome
    assert outcome["issue"][0]["severity"] in ("error", "fatal"), outcome
    assert not codes or outcome["issue"][0]["code"] in codes, outcome


def is_detail(answer, status, detail=None):
    assert answer.status == status, (answer.status, answer.text[:300])
    assert answer.headers["content-type"] == "application/json", answer.headers
    assert "detail" in answer.json, answer.text
    assert detail is None or answer.json["detail"] == detail, answer.text


class Skip(Exception):
    """A check that cannot be made here."""


def run(checks, *arguments):
    """Calls the checks and prints the sums."""
    for check in checks:
        began = time.monotonic()
        try:
            check(*arguments)
            results["passed"] += 1
            print("ok %s (%.1f s)" % (check.__name__, time.monotonic() - began))
        except Skip as why:
            results["skipped"] += 1
            print("skipped", check.__name__, why)
        except Exception:
            results["failed"] += 1
            print("FAILED", check.__name__)
            traceback.print_exc(limit=3, file=__import__("sys").stdout)


def sums():
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % results)
    raise SystemExit(results["failed"] > 0)

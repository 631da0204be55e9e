"""What goes wrong around a gateway: hung services, slow clients, a database that restarts, two roles at a time."""

import http.client
import json
import os
import random
import socket
import subprocess
import threading
import time

from gateway import Gateway, Skip, ask_on, is_detail, is_outcome, run, sql, sums, wait_until

REQUESTS = int(os.environ.get("MIXED_REQUESTS", "10000"))


def percentile(values, part):
    return sorted(values)[int(len(values) * part)]


def measure(g, seconds, clients=4):
    """Times of reads by some clients, in seconds."""
    times, until = [], time.monotonic() + seconds
    token = g.token("alice")

    def read():
        client = http.client.HTTPConnection("127.0.0.1", g.port, timeout=20)
        while time.monotonic() < until:
            began = time.monotonic()
            assert ask_on(client, g, "GET", "/fhir/Patient/a-2", token=token).status == 200
            times.append(time.monotonic() - began)
    threads = [threading.Thread(target=read) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


class Guesses:
    """Fifty wrong logins a second, as far as the machine allows, while a block runs."""

    def __init__(self, g):
        self.g, self.stop, self.count, self.rate = g, threading.Event(), 0, 0
        self.threads = [threading.Thread(target=self.guess, args=(n,)) for n in range(5)]

    def guess(self, number):
        due = time.monotonic() + number / 50
        while not self.stop.wait(max(0, due - time.monotonic())):
            assert self.g.login("alice", "wrong").status in (401, 503)
            self.count += 1
            due += 0.1

    def __enter__(self):
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.rate = self.count / (time.monotonic() - self.began)
        self.stop.set()
        for thread in self.threads:
            thread.join()


def hung_suggestions(g):
    """Calls that hang, and wrong passwords, hardly slow a read; who gives up ends the database's call."""
    sql("""CREATE SCHEMA hung; GRANT USAGE ON SCHEMA hung TO reader, fhir_gateway;
        CREATE FUNCTION hung.aics_suggest(note text, server text DEFAULT 'aics', top int DEFAULT 10,
            OUT rank int, OUT icd text, OUT prob float8, OUT list int) RETURNS SETOF record LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_sleep(60); END $$;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hung TO reader;
        CREATE FUNCTION hung.fhir_read_tagged(type text, id text, known text[], version text, OUT resource json, OUT tag text, OUT changed timestamptz)
            LANGUAGE sql STABLE AS 'SELECT * FROM public.fhir_read_tagged($1, $2, $3, $4)'""")
    other = Gateway(FHIR_SCHEMA="hung", SUGGEST_POOL="16", LOGIN_FAILURES="10000")
    try:
        body = json.dumps({"text": "note"})
        request = ("POST /icd-suggest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                   % (other.token("alice"), len(body), body)).encode()
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%aics_suggest%' AND state = 'active' AND usename = 'fhir_gateway'"
        ratios = []
        # others' work on the machine only ever makes it worse: what was once well below is what the gateway does
        for _ in range(6):
            quiet = measure(other, 2)
            hung = [other.connect() for _ in range(8)]
            for one in hung:
                one.sendall(request)
            assert wait_until(lambda: sql(running)[0][0] == "8", 10)
            with Guesses(other) as guesses:
                busy = measure(other, 2)
            for one in hung:
                one.close()
            assert wait_until(lambda: sql(running)[0][0] == "0", 10)
            ratios.append(percentile(busy, 0.99) / percentile(quiet, 0.99))
            print("p99 of a read: quiet %.1f ms, with 8 hung calls and %.0f wrong logins a second %.1f ms"
                  % (percentile(quiet, 0.99) * 1000, guesses.rate, percentile(busy, 0.99) * 1000))
            if ratios[-1] <= 3 and guesses.rate >= 40:
                break
        assert min(ratios) <= 3, ratios
    finally:
        other.stop()
        sql("DROP SCHEMA hung CASCADE")


def login_times(g):
    """A name that is nobody's takes as long to be refused as a wrong password: time tells no names."""
    sql("CREATE ROLE no_password LOGIN; GRANT no_password TO fhir_gateway")
    ratios = []
    try:
        for _ in range(5):
            times = {"alice": [], "nobody at all": [], "no_password": [], "nologin": []}
            for _ in range(25):
                for user in times:
                    began = time.monotonic()
                    assert g.login(user, "wrong").status == 401
                    times[user].append(time.monotonic() - began)
            medians = {user: percentile(values, 0.5) for user, values in times.items()}
            ratios.append(max(medians.values()) / min(medians.values()))
            print("a wrong login takes " + ", ".join("%.1f ms (%s)" % (median * 1000, user) for user, median in medians.items()))
            if ratios[-1] < 1.1:
                break
        assert min(ratios) < 1.25, ratios
    finally:
        sql("DROP ROLE no_password")


def time_limit(g):
    other = Gateway(READ_SECONDS="1")
    try:
        is_outcome(other.get("/fhir/Basic/sleepy", user="dave"), 504, "timeout")
        assert other.get("/fhir/Patient/a-2").status == 200
    finally:
        other.stop()


def busy_pool(g):
    """All connections are busy: those that wait too long are told, the others are served."""
    other = Gateway(DB_POOL="1", LOOPS="1", POOL_SECONDS="1")
    try:
        other.token("dave")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(other.get("/fhir/Basic/sleepy", user="dave"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status for answer in answers) == [200, 504, 504], [answer.status for answer in answers]
        assert all("retry-after" in answer.headers for answer in answers if answer.status == 504)
    finally:
        other.stop()


def slow_reader(g):
    """A client that does not read costs no memory, and what it leaves behind ends."""
    sql("""CREATE VIEW ward.large WITH (security_invoker) AS SELECT 'l-' || n AS id, repeat('x', 1000) AS text FROM generate_series(1, 100000) n;
        GRANT SELECT ON ward.large TO reader; SELECT fhir_map('ward.large', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{text}"}}'); SELECT fhir_publish('ward.large')""")
    try:
        token = g.token("alice")
        before = g.resident()
        with g.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(("GET /fhir/data?mapping=ward.large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % token).encode())
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
            running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%fhir_ndjson%' AND state = 'active' AND usename = 'fhir_gateway'"
            # nothing more comes to the gateway: it has stopped reading
            assert wait_until(lambda: sql(running + " AND wait_event = 'ClientWrite'")[0][0] == "1", 10)
            grown = g.resident() - before
        print("memory of a client that does not read: %d kB" % grown)
        assert os.environ["PROGRAM"].endswith(("sanitized", "thread")) or grown < 8192, grown
        assert wait_until(lambda: sql(running)[0][0] == "0", 10)
        answer = g.get("/fhir/data?mapping=ward.large")
        assert len(answer.json) == 100000
        grown = g.resident() - before
        print("memory after %d MB: %d kB" % (len(answer.body) >> 20, grown))
        assert os.environ["PROGRAM"].endswith(("sanitized", "thread")) or grown < 8192, grown
    finally:
        sql("SELECT fhir_unmap('ward.large'); DROP VIEW ward.large")


def broken_stream(g):
    """A fault in the midst of a stream is seen by the client: the answer has no end."""
    sql("""CREATE VIEW ward.breaking AS SELECT CASE WHEN n < 5000 THEN 'x-' || n ELSE 'no id' END AS id FROM generate_series(1, 5001) n;
        GRANT SELECT ON ward.breaking TO reader; SELECT fhir_map('ward.breaking', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "x"}}'); SELECT fhir_publish('ward.breaking')""")
    try:
        try:
            answer = g.get("/fhir/data?mapping=ward.breaking")
            whole = answer.status == 200
        except (http.client.IncompleteRead, http.client.HTTPException, ConnectionError):
            whole = False
        assert not whole
    finally:
        sql("SELECT fhir_unmap('ward.breaking'); DROP VIEW ward.breaking")


def broken_mapping(g):
    """A mapping whose column was renamed: an OperationOutcome with the status of a fault of ours."""
    sql("""CREATE TABLE ward.renamed AS SELECT 'x-1' AS id, 'x' AS text; GRANT SELECT ON ward.renamed TO reader;
        SELECT fhir_map('ward.renamed', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{text}"}}'); SELECT fhir_publish('ward.renamed')""")
    try:
        assert g.get("/fhir/Basic/x-1").status == 200
        sql("ALTER TABLE ward.renamed RENAME text TO told")
        for path in ("/fhir/Basic/x-1", "/fhir/Basic", "/fhir/Basic?_id=x-1"):
            is_outcome(g.get(path), 500, "exception")
        is_detail(g.get("/fhir/data?mapping=ward.renamed"), 500)
        assert g.get("/fhir/Patient?_count=1").status == 200
    finally:
        sql("SELECT fhir_unmap('ward.renamed'); DROP TABLE ward.renamed")


def broken_row(g):
    """A row that makes no resource is no mistake of who asks for all of them."""
    sql("""CREATE TABLE ward.divided AS SELECT 'x-1' AS id, 0 AS n; GRANT SELECT ON ward.divided TO reader;
        SELECT fhir_map('ward.divided', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{1 / n}"}}'); SELECT fhir_publish('ward.divided')""")
    try:
        is_detail(g.get("/fhir/data?mapping=ward.divided"), 500)
        assert any(line.get("event") == "call" and line.get("sqlstate") == "22012" for line in g.lines())
    finally:
        sql("SELECT fhir_unmap('ward.divided'); DROP TABLE ward.divided")


def two_roles(g):
    """Many requests of two roles over 64 connections, with errors and clients that go away: no row of the other."""
    tokens = {user: g.token(user) for user in ("alice", "bob")}
    wrong, done, each = [], [], REQUESTS // 64

    def work(seed):
        chance = random.Random(seed)
        client = None
        for _ in range(each):
            user = chance.choice(("alice", "bob"))
            own, kind = user[0], chance.random()
            headers = {"Authorization": "Bearer " + tokens[user]}
            try:
                if client is None:
                    client = http.client.HTTPConnection("127.0.0.1", g.port, timeout=30)
                if kind < 0.1:                          # goes away
                    client.request("GET", "/fhir/Patient?_count=30", headers=headers)
                    client.close()
                    client = None
                    continue
                if kind < 0.2:
                    path, own_only = "/fhir/Nonsense/1", None
                elif kind < 0.3:
                    path, own_only = "/fhir/Patient/%s-%d" % ("b" if own == "a" else "a", 1 if own == "a" else 2), 404
                elif kind < 0.4:
                    path, own_only = "/fhir/Patient?_count=30", 200
                elif kind < 0.45:
                    path, own_only = "/fhir/data", 200
                elif kind < 0.5:
                    path, own_only = "/users/me", 200
                else:
                    path, own_only = "/fhir/Patient/%s-%d" % (own, 2 if own == "a" else 1), 200
                client.request("GET", path, headers=headers)
                response = client.getresponse()
                text = response.read().decode()
                other = '"id":"%s-' % ("b" if own == "a" else "a")
                if other in text.replace(" ", "") or (own_only and response.status != own_only) or (path == "/users/me" and user not in text):
                    wrong.append((user, path, response.status, text[:100]))
                done.append(1)
            except (http.client.HTTPException, OSError) as error:
                wrong.append((user, "error", repr(error)))
                client = None
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("%d answers of two roles" % len(done))
    assert not wrong and len(done) > REQUESTS * 0.8, (wrong[:3], len(wrong), len(done))


def killed_backends(g):
    """Backends that are killed cost their own request and nobody else's."""
    stop, statuses = threading.Event(), []
    token = g.token("alice")

    def read():
        while not stop.is_set():
            answer = g.ask("GET", "/fhir/Patient/a-2", token=token)
            assert answer.status == 503 or answer.json["id"] == "a-2"
            statuses.append(answer.status)
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'fhir_gateway' ORDER BY random() LIMIT 2")
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert wait_until(lambda: g.get("/fhir/Patient/a-2").status == 200, 5)
    assert set(statuses) <= {200, 503} and statuses.count(200) > statuses.count(503), (statuses.count(200), statuses.count(503))


def restart(g):
    """The database goes and comes back, under load."""
    stop, statuses = threading.Event(), []
    token = g.token("alice")

    def read():
        while not stop.is_set():
            answer = g.ask("GET", "/fhir/Patient/a-2", token=token)
            if answer.status == 503:
                is_outcome(answer, 503, "transient")
                assert "retry-after" in answer.headers
            else:
                assert answer.status == 200 and answer.json["id"] == "a-2", answer.text
            statuses.append(answer.status)
            time.sleep(0.01)
    thread = threading.Thread(target=read)
    thread.start()
    command = os.environ["RESTART"].split()
    subprocess.run(command + ["-m", "fast", "stop"], check=True)
    assert wait_until(lambda: g.ask("GET", "/readyz").status == 503, 5)
    assert g.ask("GET", "/livez").status == 200
    assert g.login("alice", "x").status == 503
    refused = statuses.count(503)
    assert wait_until(lambda: statuses.count(503) > refused + 20, 20)
    subprocess.run(command + ["start"], check=True)
    began = time.monotonic()
    assert wait_until(lambda: g.ask("GET", "/readyz").status == 200, 35)
    print("ready again %.1f s after the database" % (time.monotonic() - began))
    assert wait_until(lambda: statuses and statuses[-1] == 200, 5)
    stop.set()
    thread.join()
    assert 503 in statuses and set(statuses) == {200, 503}
    assert [line["why"] for line in g.lines() if line.get("event") == "database"][-1] == "connected again"


def idle_memory(g):
    other = Gateway(MAX_CONNECTIONS="2000", DB_POOL="16")
    try:
        measure(other, 2, 16)
        clients = [other.connect() for _ in range(1000)]
        assert wait_until(lambda: "fhir_gateway_clients 1001" in other.ask("GET", "/metrics").text, 5)
        print("resident with 16 database connections and 1,000 idle clients: %d kB" % other.resident())
        assert os.environ["PROGRAM"].endswith(("sanitized", "thread")) or other.resident() <= 32768
        for client in clients:
            client.close()
    finally:
        other.stop()


def no_locks(g):
    """A volume on which every lock can be had: an export that runs would be begun again, so none is."""
    if os.environ["PROGRAM"].endswith(("sanitized", "thread")):
        raise Skip("a library before the sanitizer's")
    folder = os.path.join(os.environ["OUT"], "no_locks")
    os.makedirs(os.path.join(folder, "export"), exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", folder + "/flock.so", "-"], input=b"int flock(int file, int operation) { return 0; }", check=True)
    for settings, status in (({}, 202), ({"LD_PRELOAD": folder + "/flock.so"}, 501)):
        other = Gateway(EXPORT_DIR=folder + "/export", **settings)
        try:
            answer = other.get("/fhir/$export", Prefer="respond-async")
            assert answer.status == status, answer.text
            assert any("holds no locks" in line.get("why", "") for line in other.lines()) == (status == 501)
        finally:
            other.stop()
    environment = dict(os.environ, DB_HOST=os.environ["PGHOST"], DB_NAME="ward", DB_PASSWORD="gateway pass", JWT_SECRET="x" * 32, EXPORT_DIR=folder + "/export")
    for settings, line in (({}, "ok     EXPORT_DIR can be written to, and holds locks"), ({"LD_PRELOAD": folder + "/flock.so"}, "WRONG  EXPORT_DIR is on a volume that holds no locks")):
        done = subprocess.run([os.environ["PROGRAM"], "--check"], env=dict(environment, **settings), capture_output=True, text=True, timeout=20, check=False)
        assert line in done.stdout, done.stdout


def port_taken(g):
    other = Gateway(PORT=str(g.port))
    assert other.process.wait(5) == 1 and "Address already in use" in other.log_text()


def main():
    g = Gateway(LOGIN_FAILURES="10000")
    run([time_limit, login_times, busy_pool, broken_stream, broken_mapping, broken_row, slow_reader, hung_suggestions, two_roles, killed_backends, restart, idle_memory, no_locks, port_taken], g)
    assert g.process.poll() is None
    g.stop()
    sums()


main()

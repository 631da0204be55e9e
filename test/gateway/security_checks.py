"""What attackers try, by OWASP's list for APIs."""

import base64
import http.client
import json
import os
import random
import re
import socket
import string
import time
import urllib.parse

from gateway import BASE, PASSWORDS, SECRET, Gateway, ask_on, is_detail, is_outcome, run, sign, soon, sql, sums, wait_until

FORM = "application/x-www-form-urlencoded"
HOST = b"Host: x\r\n"
QUOTES = ["'", '"', "$$", "--", "; DROP TABLE ward.patient", "%", "_", ".*", "a' OR '1'='1", "\\", "$1", "a\nb", "${jndi:x}", "{{assets}}", "é", "🙂"]


def objects(g):
    """Bob's patients are not there for Alice, by any way."""
    for path in ("/fhir/Patient/b-1", "/fhir/Patient/b-1/_history/1", "/fhir/Patient/b-1/$everything"):
        is_outcome(g.get(path), 404, "not-found")
        is_outcome(g.get(path.replace("b-1", "nobody")), 404, "not-found")
        assert g.get(path).text == g.get(path.replace("b-1", "nobody")).text
    assert [e["resource"]["id"] for e in g.get("/fhir/Patient?_id=a-2,b-1").json["entry"]] == ["a-2"]
    assert all(r["id"].startswith("a-") for r in g.get("/fhir/data").json)


def tokens(g):
    now = int(time.time())
    good = {"sub": "alice", "role": "alice", "iat": now, "exp": now + 60}
    assert g.ask("GET", "/users/me", token=sign(good)).status == 200
    text = sign(good)
    head, payload, signature = text.split(".")
    forged = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    bad = [sign(good, {"alg": name, "typ": "JWT"}) for name in ("none", "NONE", "HS512", "RS256", "hs256")]
    bad += [head + "." + payload + ".", head + "." + payload, text + ".x", text + "=", text[:-1], head + "." + forged + "." + signature,
            "." + payload + "." + signature, text.replace(".", ".."), "", "a.b.c", "x" * 5000, text + "\u00e9".encode().decode("latin1")]
    bad += [sign(dict(good, exp=now - 31)), sign(dict(good, nbf=now + 60)), sign(dict(good, iat=now + 60)), sign(dict(good, exp="soon")), sign(dict(good, exp=True)),
            sign({"sub": "alice", "role": "alice", "iat": now}), sign({"role": "alice", "iat": now, "exp": now + 60}),
            sign({"sub": "alice", "iat": now, "exp": now + 60}), sign([]), sign(good, secret="another secret of more than 32 bytes"),
            sign(good, {"alg": "HS256", "typ": "JWT", "kid": "/dev/null"}), sign(dict(good, role="")), sign(dict(good, role=5))]
    for one in bad:
        assert g.ask("GET", "/users/me", token=one).status == 401, one[:80]
    # rightly signed, for roles that must not be taken
    for role in ("super", "past_rls", "replica", "stranger", "fhir_gateway", "postgres", "nobody", "none", "NONE", "expired", "nologin", "a'lice", "x" * 200,
                 "public_reader", "reader"):
        is_detail(g.ask("GET", "/users/me", token=sign(dict(good, role=role))), 401, "Could not validate credentials")
        is_outcome(g.ask("GET", "/fhir/Patient/a-2", token=sign(dict(good, role=role))), 401)
    assert g.ask("GET", "/users/me", token="x" * 65536).status in (401, 431)
    # what the gateway knows of tokens it has seen: more than it keeps, each is its own user's, and ends
    for i in range(150):
        for user in ("alice", "bob"):
            one = sign({"sub": user, "role": user, "iat": now, "exp": now + 60 + i})
            assert all(g.ask("GET", "/users/me", token=one).json["username"] == user for _ in range(2))
            assert g.ask("GET", "/users/me", token=one[:100] + ("x" if one[100] != "x" else "y") + one[101:]).status == 401
    ending = sign(dict(good, exp=int(time.time()) - 27))
    assert g.ask("GET", "/users/me", token=ending).status == 200
    wait_until(lambda: g.ask("GET", "/users/me", token=ending).status == 401)


def revoked(g):
    """A role that is taken away, locked or expired is out at once, on connections that knew it."""
    for change, back in (("REVOKE carol FROM fhir_gateway", "GRANT carol TO fhir_gateway"), ("ALTER ROLE carol NOLOGIN", "ALTER ROLE carol LOGIN"),
                         ("ALTER ROLE carol VALID UNTIL '2020-01-01'", "ALTER ROLE carol VALID UNTIL 'infinity'"),
                         ("ALTER ROLE carol BYPASSRLS", "ALTER ROLE carol NOBYPASSRLS")):
        assert g.get("/users/me", user="carol").status == 200
        sql(change)
        is_detail(g.get("/users/me", user="carol"), 401)
        sql(back)
    assert g.get("/users/me", user="carol").status == 200


def passwords(g):
    for body in ("username=al%00ice&password=x", "username=alice&password=%00", "username=%ff&password=x", "username=%zz&password=x"):
        assert g.ask("POST", "/token", body=body, Content_Type=FORM).status == 401, body
    assert g.login("alice", "x" * 2000).status == 422 and g.login("x" * 300, "x").status == 422
    began = time.monotonic()
    assert g.login("alice", "x" * 1000000).status == 413 and soon(began, 1)
    # the connection string is nobody's to add to
    for user in ("alice host=evil.example", "host=evil.example user=alice", "postgresql://alice@evil.example/", "alice' dbname='x"):
        assert g.login(user, PASSWORDS["alice"]).status == 401, user


def guessing(_):
    other = Gateway(LOGIN_FAILURES="5", TRUSTED_PROXIES="127.0.0.1")
    try:
        here = {"X_Forwarded_For": "10.0.0.1"}
        assert [other.login("alice", "wrong", **here).status for _ in range(7)] == [401] * 5 + [429] * 2
        answer = other.login("alice", PASSWORDS["alice"], **here)
        assert answer.status == 429 and int(answer.headers["retry-after"]) > 0
        # the user from elsewhere, another user from here
        assert other.login("alice", PASSWORDS["alice"], X_Forwarded_For="10.0.0.2").status == 429
        assert other.login("bob", PASSWORDS["bob"], **here).status == 429
        assert other.login("bob", PASSWORDS["bob"], X_Forwarded_For="10.0.0.2").status == 200
        # what a client says about itself before a trusted proxy is not believed
        assert other.login("bob", PASSWORDS["bob"], X_Forwarded_For="10.0.0.3, 10.0.0.1").status == 429
        # many users from one address
        assert [other.login("user%d" % n, "x", X_Forwarded_For="10.0.0.9").status for n in range(7)] == [401] * 5 + [429] * 2
    finally:
        other.stop()
    other = Gateway(LOGIN_FAILURES="2")
    try:
        assert [other.login("x%d" % n, "x", X_Forwarded_For="10.0.0.%d" % n).status for n in range(3)] == [401, 401, 429]
    finally:
        other.stop()


def no_room(_):
    """A right password for which the database has no connection is neither a wrong one nor held against the user."""
    g = Gateway(LOGIN_FAILURES="3")
    try:
        sql("ALTER ROLE carol CONNECTION LIMIT 0")
        for _ in range(4):
            answer = g.login("carol", PASSWORDS["carol"])
            assert answer.status == 503 and answer.headers["retry-after"] == "5" and answer.json["error"] == "temporarily_unavailable", answer.text
        assert g.login("carol", "wrong").status == 401
        sql("ALTER ROLE carol CONNECTION LIMIT -1")
        assert g.login("carol", PASSWORDS["carol"]).status == 200
        # who may not use the database is refused like everybody else
        sql("REVOKE CONNECT ON DATABASE ward FROM PUBLIC; GRANT CONNECT ON DATABASE ward TO fhir_gateway")
        assert g.login("carol", PASSWORDS["carol"]).text == g.login("nobody", "x").text
    finally:
        sql("ALTER ROLE carol CONNECTION LIMIT -1; GRANT CONNECT ON DATABASE ward TO PUBLIC")
        g.stop()
    g = Gateway(DB_HOST="/nowhere")
    try:
        answer = g.login("alice", PASSWORDS["alice"])
        assert answer.status == 503 and answer.headers["retry-after"] == "5", (answer.status, answer.headers)
    finally:
        g.stop()


def proxies(_):
    """TRUSTED_PROXIES takes addresses and networks of both families, and nothing else."""
    for trusted, believed in (("127.0.0.0/8", True), ("127.0.0.1/32, ::1", True), ("10.0.0.0/8 127.0.0.0/25", True), ("0.0.0.0/0", True),
                              ("126.0.0.0/8", False), ("127.0.0.2/31", False), ("::/0", False), ("", False)):
        other = Gateway(LOGIN_FAILURES="1", TRUSTED_PROXIES=trusted)
        try:
            statuses = [other.login("y%d" % n, "x", X_Forwarded_For="192.0.2.%d" % n).status for n in range(3)]
            assert statuses == ([401] * 3 if believed else [401, 429, 429]), (trusted, statuses)
        finally:
            other.stop()
    # the port that a proxy may add is no part of the address
    other = Gateway(LOGIN_FAILURES="1", TRUSTED_PROXIES="127.0.0.1")
    try:
        for made in ("192.0.2.%d", "198.51.100.7:%d", "[2001:db8::7]:%d", "2001:db8::9%d", "nonsense%d"):
            statuses = [other.login(made % n, "x", X_Forwarded_For=made % n).status for n in range(3)]
            assert statuses == ([401] * 3 if made in ("192.0.2.%d", "2001:db8::9%d") else [401, 429, 429]), (made, statuses)
    finally:
        other.stop()
    # a proxy may add a line of its own to what the client has made up
    other = Gateway(LOGIN_FAILURES="1", TRUSTED_PROXIES="127.0.0.1")
    try:
        body = b"username=z&password=x"
        for status in (b"401", b"429"):
            got = other.raw(b"POST /token HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: 192.0.2." + status[1:] + b"\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n"
                            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body)[0]
            assert got[9:12] == status, got
    finally:
        other.stop()
    for wrong in ("localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "10.0.0.0/8x", "10.0.0.0/-1"):
        other = Gateway(TRUSTED_PROXIES=wrong)
        assert other.port is None and "TRUSTED_PROXIES" in other.log_text(), wrong
        assert other.stop() == 1, wrong


def suggestions_limited(_):
    other = Gateway(SUGGEST_PER_MINUTE="3")
    try:
        assert [other.post("/icd-suggest", {"text": "x"}, user="carol").status for _ in range(5)] == [403] * 3 + [429] * 2
        assert other.post("/icd-suggest", {"text": "x"}, user="dave").status == 403
        assert "fhir_gateway_suggestions_total 6" in other.ask("GET", "/metrics").text
    finally:
        other.stop()


def words(g):
    """Errors and logs hold no SQL, no table, no value, no secret."""
    for answer in (g.get("/fhir/Patient/a-2", user="carol"), g.get("/fhir/data", user="carol"), g.get("/fhir/data?mapping=ward.secretname"),
                   g.get("/fhir/Patient/" + "secretid"), g.get("/fhir/Patient?_id=secretid"), g.post("/fhir/Patient/$validate", '{"secretkey"', kind="application/fhir+json"),
                   g.ask("GET", "/fhir/metadata"), g.get("/users/me")):
        for word in ("SELECT", "ward.patient", "secretname", "fhir_read(", "password", "hash", "SCRAM", "pg_", os.environ["PGHOST"]):
            assert word not in answer.text or answer.status == 200 and word in ("password", "hash") and "metadata" in answer.text, (word, answer.text[:400])
    log = g.log_text()
    for word in ("secretid", "secretname", "secretkey", "a-2", "wrong", SECRET, "gateway pass", PASSWORDS["alice"], g.token("alice"), "Bearer", "eyJ"):
        assert word not in log, word
    with open("/proc/%d/cmdline" % g.process.pid) as line:
        assert "pass" not in line.read()


def sizes(g):
    assert g.ask("GET", "/fhir/Patient?x=" + "y" * 70000, user="alice").status == 414
    assert g.get("/livez", user=None, X_Long="y" * 9000).status == 431
    assert g.raw(b"GET /livez HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: y\r\n" % n for n in range(100)) + b"\r\n")[0].startswith(b"HTTP/1.1 431")
    got, closed = g.raw(b"POST /token HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000000\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413") and closed
    got, closed = g.raw(b"POST /fhir HTTP/1.1\r\n" + HOST + b"Content-Length: 11000000\r\n\r\n" + b"x" * 100000)
    assert got.startswith(b"HTTP/1.1 413") and closed
    got, closed = g.raw(b"GET /livez HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(40)) + b"\r\n")
    assert got.startswith(b"HTTP/1.1 431") and closed
    assert g.get("/fhir" + "/x" * 8).status == 404
    is_detail(g.post("/icd-suggest", "x" * 70000, kind="text/plain"), 422)      # bodies are expected there
    is_detail(g.post("/token", "x" * 70000, user=None, kind=FORM), 413)
    assert g.get("/icd-search?q=" + "y" * 201).json["detail"][0]["loc"] == ["query", "q"]
    deep = '{"text":' * 10000 + "1" + "}" * 10000
    assert g.post("/icd-suggest", deep).status == 422
    assert g.raw(b"POST /token HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", wait=1)[0].startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def times(_):
    """A body that does not come, a client that does not read, and one that says nothing: each has its end."""
    g = Gateway(BODY_SECONDS="1", HEAD_SECONDS="1", WRITE_SECONDS="1", IDLE_SECONDS="2")
    sql("""CREATE VIEW ward.lengthy WITH (security_invoker) AS SELECT 'l-' || n AS id, repeat('x', 1000) AS text FROM generate_series(1, 50000) n;
        GRANT SELECT ON ward.lengthy TO reader; SELECT fhir_map('ward.lengthy', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{text}"}}');
        SELECT fhir_publish('ward.lengthy')""")
    try:
        # a body: under /fhir an OperationOutcome, elsewhere {"detail"}
        got, closed = g.raw(b"POST /fhir HTTP/1.1\r\n" + HOST + b"Content-Type: application/fhir+json\r\nContent-Length: 50\r\n\r\n{")
        assert got.startswith(b"HTTP/1.1 408 ") and closed and b'"OperationOutcome"' in got and b'"timeout"' in got, got
        got, closed = g.raw(b"POST /token HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nusername=")
        assert got.startswith(b"HTTP/1.1 408 ") and closed and got.endswith(b'{"detail":"the request did not come in time"}'), got
        # a byte now and then does not help
        with g.connect() as slow:
            slow.sendall(b"POST /token HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\n")
            slow.settimeout(0.3)
            began, got = time.monotonic(), b""
            while b" 408 " not in got and time.monotonic() - began < 5:
                try:
                    slow.sendall(b"x")
                    got += slow.recv(1000)
                except socket.timeout:
                    continue
            assert b" 408 " in got and 0.8 < time.monotonic() - began < 3, got
        # an answer that is not taken ends, and what the database does for it
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%fhir_ndjson%' AND state = 'active' AND usename = 'fhir_gateway'"
        with g.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(("GET /fhir/data?mapping=ward.lengthy HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % g.token("alice")).encode())
            assert wait_until(lambda: sql(running)[0][0] == "1", 5)
            assert wait_until(lambda: sql(running)[0][0] == "0", 10)
            client.settimeout(5)
            got = b""
            try:
                while part := client.recv(1 << 20):
                    got += part
            except ConnectionResetError:
                pass
            assert got.startswith(b"HTTP/1.1 200") and not got.endswith(b"0\r\n\r\n")
        # a client that says nothing, before or after a request
        for first in (b"", b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"):
            got, closed = g.raw(first, wait=6)
            assert closed and got.count(b"HTTP/1.1") == (first != b""), (first, got)
    finally:
        g.stop()
        sql("SELECT fhir_unmap('ward.lengthy'); DROP VIEW ward.lengthy")


def framing(g):
    """What two servers might read differently is refused, once, and the connection closed."""
    body = b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    get = b"GET /livez HTTP/1.1\r\n"
    probes = {
        "two lengths": get + HOST + b"Content-Length: 0\r\nContent-Length: 0" + body,
        "two lengths in one": get + HOST + b"Content-Length: 0, 0" + body,
        "signed length": get + HOST + b"Content-Length: +4" + body,
        "negative length": get + HOST + b"Content-Length: -1" + body,
        "hexadecimal length": get + HOST + b"Content-Length: 0x1" + body,
        "huge length": get + HOST + b"Content-Length: 99999999999999999999" + body,
        "empty length": get + HOST + b"Content-Length:" + body,
        "both lengths": get + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked" + body,
        "blank before colon": get + HOST + b"Content-Length : 0" + body,
        "folded": get + HOST + b"X-A: b\r\n c" + body,
        "first header folded": get + b" x: y\r\n" + HOST + body[2:],
        "bare line feed": b"GET /livez HTTP/1.1\nHost: x\n\n" + body,
        "bare line feed in headers": get + b"Host: x\nX: y\r\n\r\n",
        "bare carriage return": get + b"Host: x\rX: y\r\n\r\n",
        "NUL": get + b"Host: x\r\nX: a\x00b\r\n\r\n",
        "no host": get + b"X: y\r\n\r\n",
        "two hosts": get + HOST + HOST + b"\r\n",
        "no colon": get + HOST + b"nonsense\r\n\r\n",
        "empty name": get + HOST + b": x\r\n\r\n",
        "odd name": get + HOST + b"X(: x\r\n\r\n",
        "control byte": get + HOST + b"X: \x01\r\n\r\n",
        "NUL in path": b"GET /livez%00 HTTP/1.1\r\n" + HOST + b"\r\n",
        "dots": b"GET /fhir/%2e%2e/livez HTTP/1.1\r\n" + HOST + b"\r\n",
        "plain dots": b"GET /fhir/../livez HTTP/1.1\r\n" + HOST + b"\r\n",
        "overlong": b"GET /%c0%af HTTP/1.1\r\n" + HOST + b"\r\n",
        "bad escape": b"GET /%4 HTTP/1.1\r\n" + HOST + b"\r\n",
        "raw byte": b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        "two blanks": b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n",
        "no version": b"GET /livez\r\n" + HOST + b"\r\n",
        "tab": b"GET\t/livez HTTP/1.1\r\n" + HOST + b"\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "version 1.2": b"GET /livez HTTP/1.2\r\n" + HOST + b"\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",
        "chunked": get + HOST + b"Transfer-Encoding: chunked" + body,
        "identity": get + HOST + b"Transfer-Encoding: identity" + body,
        "tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    }
    for name, probe in probes.items():
        got, closed = g.raw(probe + get + HOST + b"\r\n", wait=3)
        assert len(re.findall(rb"HTTP/1\.1 \d\d\d ", got)) == 1 and closed, (name, got, closed)
        assert got[9:12] in (b"400", b"501", b"505"), (name, got)
    trace = g.ask("TRACE", "/livez")
    assert trace.status == 405
    assert g.ask("GET", "http://evil.example/livez").status == 200


def splitting(g):
    for path in ("/fhir/Patient/a%0d%0aX-Injected:%20y", "/%0d%0aX-Injected:%20y", "/fhir/Patient?x=%0d%0aX-Injected:y", "/docs?x=%0d%0aX-Injected:y"):
        answer = g.get(path)
        assert "x-injected" not in answer.headers and answer.status in (200, 400, 404), (path, answer.status)


def headers(g):
    for path in ("/livez", "/fhir/Patient/a-2", "/fhir/Patient/nix", "/users/me", "/nix", "/fhir/data", "/fhir/metadata"):
        answer = g.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff" and "server" not in answer.headers, path
        assert "private" in answer.headers["cache-control"] or "no-store" in answer.headers["cache-control"], path


def forged_host(g):
    for path in ("/fhir/metadata", "/fhir/Patient?_count=1", "/fhir/Patient/a-2/$everything"):
        for name in ("Host", "X_Forwarded_Host", "Forwarded"):
            assert "evil.example" not in g.get(path, **{name: "evil.example"}).text, (path, name)


def injection(g):
    for text in QUOTES:
        quoted = urllib.parse.quote(text, safe="")
        for path in ("/fhir/Patient/" + quoted, "/fhir/" + quoted + "/a-2", "/fhir/Patient/a-2/_history/" + quoted, "/fhir/Patient?_id=" + quoted,
                     "/fhir/data?mapping=" + quoted, "/" + quoted, "/fhir/Patient?" + quoted + "=1", "/fhir/Patient/" + quoted + "/$everything"):
            answer = g.get(path)
            assert answer.status in (400, 404) or answer.json.get("total") in (0, 30), (path, answer.status, answer.text[:200])
        answer = g.get("/fhir/Patient/a-2", If_None_Match='"%s"' % text if text.isascii() and text.isprintable() else "x")
        assert answer.status == 200, text
        for field in ("sub", "role"):
            claims = {"sub": "alice", "role": "alice", "iat": int(time.time()), "exp": int(time.time()) + 60}
            claims[field] = text
            assert g.ask("GET", "/fhir/Patient/a-2", token=sign(claims)).status == (401 if field == "role" else 200), text
    # the server has seen constant texts alone
    with open(os.environ["SERVER_LOG"], errors="replace") as log:
        executed = {line.split(": ", 2)[2].strip() for line in log if "execute " in line and ("fhir_read" in line or "fhir_search" in line)}
    assert 0 < len(executed) <= 40, len(executed)
    assert not any(text in line for line in executed for text in ("OR '1'", "DROP TABLE", "jndi")), executed


def meant(token):
    """The bytes that a token stands for, however it is spelt."""
    text = urllib.parse.unquote(token).replace("-", "+").replace("_", "/")
    text = re.sub(r"[^A-Za-z0-9+/]", "", text)
    return text if len(text) % 4 == 1 else base64.b64decode(text + "=" * (-len(text) % 4))


def page_tokens(g):
    """A token of a page that was changed is refused: it gives no page, and no failure of ours."""
    seed = int(time.time())
    chance = random.Random(seed)
    print("seed", seed)
    bundle = g.get("/fhir/Patient?_count=7&_sort=family").json
    link = [one["url"] for one in bundle["link"] if one["relation"] == "next"][0][len(BASE) - 5:]
    head, token = re.fullmatch(r"(.*[?&]_page=)([^&]+)", link).groups() if "_page=" in link else re.fullmatch(r"(.*=)([^=&]+)", link).groups()
    client = http.client.HTTPConnection("127.0.0.1", g.port, timeout=20)
    letters, tried, until = string.ascii_letters + string.digits + "-_~.%", 0, time.monotonic() + int(os.environ.get("FUZZ_SECONDS", "10"))
    assert ask_on(client, g, "GET", head + token, user="alice").json["entry"]
    is_outcome(ask_on(client, g, "GET", head + token, user="bob"), 400)         # it is of one role and one query
    while time.monotonic() < until:
        changed = list(urllib.parse.unquote(token))
        for _ in range(chance.choice((1, 1, 2, 5))):
            place, way = chance.randrange(len(changed) + 1), chance.randrange(4)
            if way == 0:
                changed[place:place + 1] = [chance.choice(letters)]
            elif way == 1:
                changed[place:place + chance.randrange(1, 9)] = []
            elif way == 2:
                changed[place:place] = [chance.choice(letters) for _ in range(chance.randrange(1, 9))]
            else:
                changed = changed[:place] + changed[:place]
        given = "".join(changed)
        if not given or meant(given) == meant(token):
            continue                    # no other token: base64 has several spellings of the same bytes
        answer = ask_on(client, g, "GET", head + urllib.parse.quote(given, safe=""), user="alice")
        assert answer.status == 400 and answer.json["resourceType"] == "OperationOutcome", (seed, given, answer.status, answer.text[:300])
        tried += 1
    client.close()
    print("%d changed tokens" % tried)
    assert tried > 100


def read_only(g):
    """A mapping that writes is refused by the transaction, not by good will."""
    sql("""CREATE TABLE ward.trace (at timestamptz); GRANT INSERT ON ward.trace TO PUBLIC;
        CREATE FUNCTION ward.writes(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN EXECUTE 'INSERT INTO ward.trace VALUES (now())'; RETURN $1; END $$;
        ALTER FUNCTION ward.writes VOLATILE;
        CREATE VIEW ward.writing AS SELECT ward.writes('w') AS id; GRANT SELECT ON ward.writing TO reader;
        SELECT fhir_map('ward.writing', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "x"}}'); SELECT fhir_publish('ward.writing')""")
    try:
        answer = g.get("/fhir/data?mapping=ward.writing")
        assert answer.status == 405, (answer.status, answer.text)
        assert sql("SELECT count(*) FROM ward.trace")[0][0] == "0"
    finally:
        sql("SELECT fhir_unmap('ward.writing'); DROP VIEW ward.writing; DROP FUNCTION ward.writes; DROP TABLE ward.trace")


def other_roles(g):
    """A user's own mapping cannot take another user's role: what is not published is not there."""
    sql("""CREATE SCHEMA trap AUTHORIZATION alice; SET ROLE alice;
        CREATE FUNCTION trap.as_bob() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            PERFORM set_config('role', 'bob', true); RETURN (SELECT id FROM ward.patient WHERE id LIKE 'b-%' LIMIT 1); END $$;
        CREATE VIEW trap.patient AS SELECT trap.as_bob() AS id;
        SELECT fhir_map('trap.patient', '{"resourceType": "Patient", "id": "{id}"}')""")
    try:
        is_detail(g.get("/fhir/data?mapping=trap.patient"), 404)
        assert all(r["id"].startswith("a-") for r in g.get("/fhir/data").json)
    finally:
        sql("SELECT fhir_unmap('trap.patient'); DROP SCHEMA trap CASCADE")


def idle_and_slow(_):
    """Idle clients, and ones that send a byte a second, cost nobody else anything and are cut."""
    other = Gateway(MAX_CONNECTIONS="400")
    sockets = []
    try:
        other.token("alice")
        for _ in range(600):
            sockets.append(other.connect())
        slow = other.connect()
        sockets.append(slow)
        began = time.monotonic()
        slow.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        assert other.get("/fhir/Patient/a-2").status == 200
        assert wait_until(lambda: "fhir_gateway_clients" in other.ask("GET", "/metrics").text, 2)
        text = other.ask("GET", "/metrics").text
        assert int([line for line in text.splitlines() if line.startswith("fhir_gateway_clients ")][0].split()[1]) <= 402
        slow.settimeout(0.5)
        got = b""
        while time.monotonic() - began < 60:
            try:
                slow.sendall(b"y")
                part = slow.recv(1000)
                if not part:
                    break
                got += part
            except socket.timeout:
                continue
            except OSError:
                break
        assert got.startswith(b"HTTP/1.1 408") and time.monotonic() - began > 9, (got, time.monotonic() - began)
    finally:
        for one in sockets:
            one.close()
        other.stop()


def inventory(g):
    """What is served is described, and what is described is served (the other way round is a check of conformance)."""
    described = set(g.ask("GET", "/openapi.json").json["paths"])
    for path in ("/livez", "/readyz", "/metrics", "/token", "/users/me", "/fhir/data", "/fhir/metadata", "/icd-suggest", "/diagnosis", "/icd-search"):
        assert path in described, path
    for path in ("/admin", "/debug", "/status", "/fhir/$reindex", "/.env", "/.git/config", "/server-status", "/fhir/_history", "/users", "/fhir"):
        assert g.get(path).status in (404, 405), path


def main():
    g = Gateway(LOGIN_FAILURES="1000")
    run([objects, tokens, revoked, passwords, guessing, no_room, proxies, suggestions_limited, sizes, times, framing, splitting, headers, forged_host, injection, page_tokens, read_only, other_roles,
         idle_and_slow, inventory, words], g)
    assert g.process.poll() is None
    g.stop()
    sums()


main()

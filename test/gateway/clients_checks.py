"""SMART Backend Services, and HTTPS; the keys are made by the openssl program."""

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid

from gateway import BASE, Gateway, Skip, is_outcome, run, sql, sums, wait_until

FOLDER = os.path.join(os.environ["OUT"], "keys")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCE = BASE[:-5] + "/token"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def path(name):
    return os.path.join(FOLDER, name)


def make_keys():
    """Two clients, one with a key of each kind; their public keys as JWK."""
    os.makedirs(FOLDER, exist_ok=True)
    openssl("genrsa", "-out", path("rsa.pem"), "2048")
    openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", path("ec.pem"))
    openssl("genrsa", "-out", path("other.pem"), "2048")
    modulus = openssl("rsa", "-in", path("rsa.pem"), "-noout", "-modulus").decode().strip().split("=")[1]
    rsa = {"kty": "RSA", "kid": "r", "n": encode(bytes.fromhex(modulus)), "e": "AQAB"}
    text = openssl("ec", "-in", path("ec.pem"), "-noout", "-text").decode()
    point = bytes.fromhex(re.sub(r"[^0-9a-f]", "", re.search(r"pub:(.*?)ASN1", text, re.S).group(1)))
    ec = {"kty": "EC", "crv": "P-384", "kid": "e", "x": encode(point[1:49]), "y": encode(point[49:])}
    clients = [{"client_id": "ministry", "role": "ministry_reader", "scope": "system/Patient.rs", "jwks": {"keys": [rsa, ec]}},
               {"client_id": "insurer", "role": "ministry_reader", "scope": "system/*.rs", "jwks": {"keys": [dict(rsa, kid="i")]}}]
    with open(path("clients.json"), "w") as file:
        json.dump(clients, file)


def assertion(kid="r", key="rsa.pem", client="ministry", header=None, **claims):
    given = {"iss": client, "sub": client, "aud": AUDIENCE, "exp": int(time.time()) + 240, "jti": uuid.uuid4().hex}
    given.update(claims)
    given = {name: value for name, value in given.items() if value is not None}
    head = header or {"alg": "ES384" if key == "ec.pem" else "RS384", "kid": kid, "typ": "JWT"}
    text = encode(json.dumps(head).encode()) + "." + encode(json.dumps(given).encode())
    signature = openssl("dgst", "-sha384", "-sign", path(key), data=text.encode())
    if key == "ec.pem":
        # DER to two numbers side by side
        at, numbers = 2 if signature[1] < 128 else 3, b""
        for _ in range(2):
            size = signature[at + 1]
            numbers += signature[at + 2:at + 2 + size].lstrip(b"\0").rjust(48, b"\0")
            at += 2 + size
        signature = numbers
    return text + "." + encode(signature)


def ask(g, signed, scope="system/*.rs", kind=ASSERTION):
    body = urllib.parse.urlencode({"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": signed, "scope": scope})
    return g.ask("POST", "/token", body=body, Content_Type="application/x-www-form-urlencoded")


def grants(g):
    for kid, key in (("r", "rsa.pem"), ("e", "ec.pem")):
        answer = ask(g, assertion(kid, key))
        assert answer.status == 200, (key, answer.text)
        assert answer.json["scope"] == "system/Patient.rs" and answer.json["token_type"] == "bearer" and answer.json["expires_in"] <= 3600
        token = answer.json["access_token"]
        assert g.ask("GET", "/fhir/Patient/a-2", token=token).status == 200
        is_outcome(g.ask("GET", "/fhir/Observation?_count=1", token=token), 403, "forbidden")
        is_outcome(g.ask("GET", "/fhir/Patient/a-2/$everything", token=token), 403, "forbidden")
        is_outcome(g.ask("GET", "/fhir/Patient/b-1", token=token), 404)
        # the scope is FHIR's: it opens no suggestion and no user's page
        assert g.ask("GET", "/users/me", token=token).status == 403
        assert g.post("/icd-suggest", {"text": "x"}, user=None, token=token).status == 403
        # a batch gets no further than its entries
        entry = [{"request": {"method": "GET", "url": url}} for url in ("Patient/a-2", "Observation?_count=1")]
        batch = g.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entry}, user=None, token=token, kind="application/fhir+json").json
        assert [one["response"]["status"][:3] for one in batch["entry"]] == ["200", "403"]
    wide = ask(g, assertion("i", client="insurer"), "system/Observation.rs system/Patient.rs patient/*.read").json
    assert wide["scope"] == "system/Observation.rs system/Patient.rs"
    assert ask(g, assertion("i", client="insurer")).json["scope"] == "system/*.rs"


def scoped_data(g):
    """/fhir/data is no type's: a narrow scope does not open it."""
    narrow, wide = ask(g, assertion()).json["access_token"], ask(g, assertion("i", client="insurer")).json["access_token"]
    assert g.ask("GET", "/fhir/data", token=narrow).status == 403
    assert g.ask("GET", "/fhir/data", token=wide).status == 200
    # nor do other types by a search of its own
    for query in ("_revinclude=Observation:patient", "_include=Patient:general-practitioner", "_has:Observation:patient:code=x", "general-practitioner.name=x",
                  "%5Frevinclude=Observation:patient"):
        assert g.ask("GET", "/fhir/Patient?" + query, token=narrow).status == 403, query
    assert g.post("/fhir/Patient/_search", "_revinclude=Observation:patient", user=None, token=narrow, kind="application/x-www-form-urlencoded").status == 403


def rights(_):
    """A scope's letters count: r reads by id, s searches; what is no scope of ours opens nothing, and is said at the start."""
    with open(path("clients.json")) as file:
        clients = json.load(file)
    def serve(scope):
        with open(path("scopes.json"), "w") as file:
            json.dump([dict(clients[0], scope=scope)], file)
        return Gateway(CLIENTS_FILE=path("scopes.json"), EXPORT_DIR=path(""))
    for wrong in ("system/Patient", "system/Patient.rs?gender=male", "system/Patient.write", "patient/*.rs", "system/.rs", "system/Patient.rs,system/Group.rs", "", "system/Patient.rs *"):
        other = serve(wrong)
        assert other.port is None and "client ministry: a scope must be" in other.log_text(), wrong
    def statuses(token):
        return [other.ask(method, target, body=body, token=token, Content_Type="application/x-www-form-urlencoded", Prefer="respond-async").status for method, target, body in (
            ("GET", "/fhir/Patient/a-2", None), ("GET", "/fhir/Patient?_id=a-2", None), ("POST", "/fhir/Patient/_search", "_id=a-2"), ("GET", "/fhir/Patient/a-2/_history/1", None),
            ("GET", "/fhir/$export?_typeFilter=Patient%3F_id=a-2", None))]
    for scope, reads, searches in (("system/Patient.r", True, False), ("system/*.s", False, True), ("system/Patient.cruds", True, True)):
        other = serve(scope)
        try:
            token = ask(other, assertion()).json["access_token"]
            expected = [200 if right else 403 for right in (reads, searches, searches, reads)] + [202 if reads and searches else 403]
            assert statuses(token) == expected, (scope, statuses(token))
            answer = ask(other, assertion(), "system/Patient.rs")
            assert answer.status == (200 if reads and searches else 400), (scope, answer.text)
            if reads and searches:
                narrow = ask(other, assertion(), "system/Patient.s").json
                assert narrow["scope"] == "system/Patient.s" and statuses(narrow["access_token"]) == [403, 200, 200, 403, 403], narrow
        finally:
            other.stop()


def namesake(_):
    """A client and a database role of the same name are two: neither sees the other's exports."""
    with open(path("clients.json")) as file:
        clients = json.load(file)
    with open(path("namesake.json"), "w") as file:
        json.dump([dict(clients[0], client_id="bob")], file)
    other = Gateway(CLIENTS_FILE=path("namesake.json"), EXPORT_DIR=path(""))
    try:
        token = ask(other, assertion(client="bob")).json["access_token"]
        for mine, theirs in (({"user": "bob"}, {"token": token}), ({"token": token}, {"user": "bob"})):
            place = other.ask("GET", "/fhir/Patient/$export?_type=Patient", Prefer="respond-async", **mine).headers["content-location"][len(BASE) - 5:]
            assert wait_until(lambda: other.ask("GET", place, **mine).status == 200, 10)
            for method, target in (("GET", place), ("GET", place + "/Patient.ndjson"), ("DELETE", place)):
                is_outcome(other.ask(method, target, **theirs), 404, "not-found")
            assert other.ask("DELETE", place, **mine).status == 202
    finally:
        other.stop()


def refused(g):
    now = int(time.time())
    once = assertion()
    assert ask(g, once).status == 200
    bad = [once, assertion(key="other.pem"), assertion(client="insurer"), assertion(kid="nobody"), assertion(aud="https://evil.example/token"), assertion(aud=None),
           assertion(exp=now - 31), assertion(exp=now + 3600), assertion(exp=None), assertion(exp="soon"), assertion(jti=None), assertion(jti=""), assertion(jti=5), assertion(iss=None),
           assertion(nbf=now + 200), assertion(nbf="now"), assertion(exp=now + 331.5), assertion(exp=1e300),
           assertion(header={"alg": "RS384", "kid": "r", "crit": ["b64"], "b64": True}), assertion(header={"alg": "RS384", "kid": "r", "crit": []}), assertion(sub="insurer"),
           assertion(header={"alg": "none", "kid": "r"}), assertion(header={"alg": "HS256", "kid": "r"}), assertion(header={"alg": "ES384", "kid": "r"}),
           assertion(header={"alg": "RS384"}), once[:-8] + "AAAAAAAA", "a.b.c", "..", "x" * 9000, assertion("e", "rsa.pem", header={"alg": "ES384", "kid": "e"})]
    for signed in bad:
        answer = ask(g, signed)
        assert answer.status == 401 and answer.json["error"] == "invalid_client", (signed[:60], answer.text)
    # a time may have a fraction, as Python's time.time() has
    fraction = assertion(exp=now + 240.75, nbf=now - 0.5, iat=now - 0.5)
    assert [ask(g, fraction).status for _ in range(2)] == [200, 401]
    assert ask(g, assertion(), "patient/*.rs").json["error"] == "invalid_scope"
    assert ask(g, assertion(), "system/Observation.rs").json["error"] == "invalid_scope"
    assert ask(g, assertion(), kind="x").json["error"] == "invalid_request"


def discovery(g):
    said = g.ask("GET", "/fhir/.well-known/smart-configuration").json
    assert said["grant_types_supported"] == ["client_credentials"] and said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert set(said["token_endpoint_auth_signing_alg_values_supported"]) == {"RS384", "ES384"}
    assert "client-confidential-asymmetric" in said["capabilities"] and "permission-v2" in said["capabilities"]
    assert not any(word in json.dumps(said) for word in ("authorization", "launch", "plain", "password"))


def view(_):
    """Clients of a table: asked for each token; its bad rows are told by --check and let nobody in."""
    with open(path("clients.json")) as file:
        keys = json.load(file)[0]["jwks"]
    sql("""CREATE SCHEMA "Site"; CREATE TABLE "Site".client (client_id text, role name, scope text, jwks jsonb);
        GRANT USAGE ON SCHEMA "Site" TO fhir_gateway; GRANT SELECT ON "Site".client TO fhir_gateway;
        INSERT INTO "Site".client VALUES ('registry', 'ministry_reader', 'system/Patient.rs', '%s'),
            ('broken', 'ministry_reader', 'system/*.rs', '{"keys": [{"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}]}'), ('empty', NULL, NULL, NULL)""" % json.dumps(keys))
    g = Gateway(CLIENTS_VIEW="Site.client", CLIENTS_FILE=path("clients.json"), LOGIN_FAILURES="1000")
    try:
        for kid, key in (("r", "rsa.pem"), ("e", "ec.pem")):
            answer = ask(g, assertion(kid, key, client="registry"))
            assert answer.status == 200 and answer.json["scope"] == "system/Patient.rs", answer.text
            assert g.ask("GET", "/fhir/Patient/a-2", token=answer.json["access_token"]).status == 200
        assert ask(g, assertion()).status == 200                # the file's are there, too
        for client in ("broken", "empty", "nobody", "' OR true --"):
            assert ask(g, assertion(client=client)).json["error"] == "invalid_client", client
        assert ask(g, assertion(key="other.pem", client="registry")).json["error"] == "invalid_client"
        assert g.ask("GET", "/fhir/.well-known/smart-configuration").json["grant_types_supported"] == ["client_credentials"]
        environment = dict(os.environ, DB_HOST=os.environ["PGHOST"], DB_NAME="ward", DB_USER="fhir_gateway", DB_PASSWORD="gateway pass", JWT_SECRET="x" * 40,
                           CLIENTS_VIEW="Site.client")
        said = subprocess.run([os.environ["PROGRAM"], "--check"], env=environment, capture_output=True, text=True, check=False).stdout
        assert "CLIENTS_VIEW has 3 clients" in said and "client broken: a key is no RSA key" in said and "client empty: each client needs" in said, said
        assert "client registry" not in said and "may read the table" not in said, said
        # a key that is taken out is out at once; a table that cannot be read is no wrong key
        sql("""DELETE FROM "Site".client""")
        assert ask(g, assertion(client="registry")).json["error"] == "invalid_client"
        sql("""REVOKE SELECT ON "Site".client FROM fhir_gateway""")
        answer = ask(g, assertion(client="registry"))
        assert answer.status == 503 and answer.json["error"] == "temporarily_unavailable", answer.text
        assert ask(g, assertion()).status == 200
    finally:
        g.stop()
        sql("""DROP SCHEMA "Site" CASCADE""")


def certify(name):
    """A certificate for localhost that signs itself: name.crt and name.key."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path(name + ".key"), "-out", path(name + ".crt"), "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost")


def https(_):
    certify("tls")
    g = Gateway(TLS_CERT=path("tls.crt"), TLS_KEY=path("tls.key"))
    try:
        context = ssl.create_default_context(cafile=path("tls.crt"))
        connection = context.wrap_socket(g.connect(), server_hostname="localhost")
        assert connection.version() in ("TLSv1.2", "TLSv1.3")
        body = b"username=alice&password=" + urllib.parse.quote("alice & 50%+ws").encode()
        connection.sendall(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        got = connection.recv(65536)
        while b"}" not in got:
            got += connection.recv(65536)
        assert got.startswith(b"HTTP/1.1 200"), got
        token = json.loads(got[got.index(b"{"):])["access_token"].encode()
        connection.sendall(b"GET /fhir/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
        got = b""
        while True:
            part = connection.recv(65536)
            if not part:
                break
            got += part
        assert got.endswith(b"0\r\n\r\n") and got.count(b'"resourceType":"Patient"') == 30
        # whoever speaks no TLS, or an old one, gets nothing
        assert b"200" not in g.raw(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", wait=2)[0]
    finally:
        g.stop()


def serve_tls(listener, context):
    """Gives the database a TLS face: speaks as a server does before TLS, then passes on what it hears."""
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def answer(client):
        try:
            assert client.recv(8) == b"\0\0\0\x08\x04\xd2\x16\x2f"  # SSLRequest
            client.sendall(b"S")
            client = context.wrap_socket(client, server_side=True)
            server = socket.socket(socket.AF_UNIX)
            server.connect("%s/.s.PGSQL.%s" % (os.environ["PGHOST"], os.environ["PGPORT"]))
        except (OSError, AssertionError):
            client.close()
            return
        threading.Thread(target=copy, args=(server, client), daemon=True).start()
        copy(client, server)

    while True:
        try:
            client = listener.accept()[0]
        except OSError:
            return
        threading.Thread(target=answer, args=(client,), daemon=True).start()


def database_by_tls(_):
    """verify-full believes the database whose certificate the given authority has signed, and no other."""
    certify("database")
    certify("stranger")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path("database.crt"), path("database.key"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve_tls, args=(listener, context), daemon=True).start()
        for authority, status in ((path("database.crt"), 200), (path("stranger.crt"), 503), ("", 503), ("/nowhere", 503)):
            g = Gateway(DB_HOST="localhost", DB_PORT=str(listener.getsockname()[1]), DB_SSLMODE="verify-full", DB_SSLROOTCERT=authority)
            try:
                if status == 200:
                    assert wait_until(lambda: g.ask("GET", "/readyz").status == 200), g.log_text()
                    assert g.get("/fhir/Patient?_count=1").status == 200
                else:
                    assert wait_until(lambda: any(line.get("event") == "database" for line in g.lines())), g.log_text()
                    assert g.ask("GET", "/readyz").status == status, authority
            finally:
                g.stop()


def main():
    if shutil.which("openssl") is None:
        def no_openssl(_):
            raise Skip("there is no openssl program")
        run([no_openssl], None)
        sums()
    make_keys()
    g = Gateway(CLIENTS_FILE=path("clients.json"), LOGIN_FAILURES="1000")
    run([grants, scoped_data, rights, namesake, refused, discovery, view, https, database_by_tls], g)
    g.stop()
    sums()


main()

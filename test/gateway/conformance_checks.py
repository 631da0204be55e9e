"""What FHIR, OAuth2, browsers and operators expect."""

import json
import os
import re
import subprocess
import time
import urllib.parse

from gateway import BASE, ORIGIN, PASSWORDS, Gateway, is_detail, is_outcome, run, soon, sql, sums, wait_until

FORM = "application/x-www-form-urlencoded"


def health(g):
    assert g.ask("GET", "/livez").status == 200
    assert g.ask("GET", "/readyz").status == 200
    assert g.ask("HEAD", "/livez").body == b""


def token(g):
    answer = g.login("alice", PASSWORDS["alice"])
    assert answer.status == 200, answer.text
    assert answer.headers["cache-control"] == "no-store" and answer.headers["pragma"] == "no-cache"
    assert answer.json["token_type"] == "bearer" and answer.json["expires_in"] == 1800
    import base64
    parts = answer.json["access_token"].split(".")
    assert len(parts) == 3
    head, claims = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2]]
    assert head["alg"] == "HS256" and claims["sub"] == "alice" and claims["exp"] - claims["iat"] == 1800


def token_of_an_odd_name(g):
    name = 'Odd "name" é'
    answer = g.login(name, "odd pass")
    assert answer.status == 200, answer.text
    who = g.ask("GET", "/users/me", token=answer.json["access_token"])
    assert who.json["username"] == name, who.text


def token_refused(g):
    bodies = set()
    for user, password in [("alice", "wrong"), ("nobody", "x"), ("super", "super pass"), ("past_rls", "past_rls pass"), ("replica", "replica pass"),
                           ("expired", "expired pass"), ("nologin", "nologin pass"), ("stranger", "stranger pass"),
                           ("fhir_gateway", "gateway pass"), ("postgres", "x")]:
        answer = g.login(user, password)
        # postgres needs no password here: that it gets in proves nothing
        assert answer.status == 401, (user, answer.text)
        assert answer.headers["www-authenticate"] == "Bearer"
        bodies.add(answer.text)
    assert len(bodies) == 1, bodies


def token_forms(g):
    for body in ["username=alice", "password=x", "", "username=&password=x"]:
        answer = g.ask("POST", "/token", body=body, Content_Type=FORM)
        assert answer.status == 422 and answer.json["detail"][0]["loc"][0] == "body", answer.text
    assert g.post("/token", {"username": "alice"}, user=None).status == 422
    answer = g.ask("POST", "/token", body="grant_type=foo&username=a&password=b", Content_Type=FORM)
    assert answer.status == 400 and answer.json["error"] == "unsupported_grant_type"
    assert g.ask("GET", "/token").status == 405


def users(g):
    for path in ("/users/me", "/users/me/"):
        answer = g.get(path)
        assert answer.json == {"username": "alice", "full_name": "Alice", "email": "alice@hospital.example", "disabled": False}, answer.text
    is_detail(g.ask("GET", "/users/me"), 401, "Not authenticated")
    is_detail(g.ask("GET", "/users/me", token="nonsense"), 401, "Could not validate credentials")
    is_detail(g.get("/users/me", user="dave"), 400, "Inactive user")
    assert g.ask("GET", "/users/me", Authorization="bearer " + g.token("alice")).status == 200
    items = g.get("/users/me/items/").json
    assert {"item_id": "ward.patient", "owner": "alice"} in items, items
    assert g.get("/users/me/items", user="carol").json == []


def data(g):
    answer = g.get("/fhir/data")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    expected = sql("SET ROLE alice; SELECT fhir_json_from_row(p) ->> 'id' FROM ward.patient p ORDER BY 1")
    assert sorted([resource["id"]] for resource in answer.json) == expected
    assert g.get("/fhir/data?mapping=ward.empty").json == []
    is_detail(g.get("/fhir/data?mapping=ward.nix"), 404)
    is_detail(g.ask("GET", "/fhir/data"), 401)
    is_detail(g.post("/fhir/data", {}), 405)
    is_detail(g.get("/fhir/data", user="carol"), 403)


def read(g):
    answer = g.get("/fhir/Patient/a-2")
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/fhir+json")
    patient = answer.json
    assert patient["resourceType"] == "Patient" and patient["id"] == "a-2"
    assert answer.headers["etag"] == 'W/"%s"' % patient["meta"]["versionId"]
    assert answer.headers["last-modified"] == "Mon, 01 Jan 2024 00:00:00 GMT", answer.headers
    for empty in ("null", '""', "[]", "{}"):
        assert empty not in answer.text


def conditional(g):
    tag = g.get("/fhir/Patient/a-2").headers["etag"]
    for given in (tag, '"1"', "W/1", "1", "*", '"9", ' + tag):
        answer = g.get("/fhir/Patient/a-2", If_None_Match=given)
        assert answer.status == 304 and answer.body == b"" and answer.headers["etag"] == tag, (given, answer.status)
    assert g.get("/fhir/Patient/a-2", If_None_Match='W/"other"').status == 200
    at = "Mon, 01 Jan 2024 00:00:00 GMT"
    for form in (at, "Monday, 01-Jan-24 00:00:00 GMT", "Mon Jan  1 00:00:00 2024"):
        assert g.get("/fhir/Patient/a-2", If_Modified_Since=form).status == 304, form
    assert g.get("/fhir/Patient/a-2", If_Modified_Since="Sun, 31 Dec 2023 00:00:00 GMT").status == 200
    assert g.get("/fhir/Patient/a-2", If_Modified_Since="yesterday").status == 200
    assert g.get("/fhir/Patient/a-2", If_Modified_Since=at, If_None_Match='"other"').status == 200


def head(g):
    whole, empty = g.get("/fhir/Patient/a-2"), g.ask("HEAD", "/fhir/Patient/a-2", user="alice")
    assert empty.body == b""
    for name in ("etag", "content-type", "content-length"):
        assert whole.headers[name] == empty.headers[name]


def not_there(g):
    is_outcome(g.get("/fhir/Patient/nobody"), 404, "not-found")
    is_outcome(g.get("/fhir/Nonsense/1"), 404, "not-found", "not-supported")
    is_outcome(g.get("/fhir/patient/a-2"), 404, "not-found", "not-supported")
    is_outcome(g.get("/fhir/Patient/a-2/nonsense"), 404, "not-found")
    is_detail(g.get("/nonsense"), 404, "Not Found")


def forms(g):
    is_outcome(g.get("/fhir/Patient/a-2", Accept="application/fhir+xml"), 406, "not-supported")
    is_outcome(g.get("/fhir/Patient/a-2?_format=xml"), 406, "not-supported")
    for accept in ("application/json", "*/*", "application/fhir+xml;q=0.5, application/fhir+json", "application/fhir+json;fhirVersion=4.0"):
        assert g.get("/fhir/Patient/a-2", Accept=accept).status == 200, accept
    for name in ("json", "application/fhir%2Bjson", "application/fhir+json"):
        assert g.get("/fhir/Patient/a-2?_format=" + name, Accept="text/html").status == 200, name
    pretty = g.get("/fhir/Patient/a-2?_pretty=true")
    assert pretty.text.startswith('{\n  "resourceType": "Patient",\n  "id": "a-2"')
    assert pretty.json == g.get("/fhir/Patient/a-2").json
    assert g.get("/fhir/Patient?_id=a-2&_pretty=true").text.startswith('{\n  "resourceType": "Bundle",\n')
    is_outcome(g.post("/fhir/Patient/_search", "_id=a-2&_format=xml", kind=FORM), 406, "not-supported")
    assert g.post("/fhir/Patient/_search", "_id=a-2&_format=json", kind=FORM, Accept="text/html").status == 200
    assert g.post("/fhir/Patient/_search", "_id=a-2&_pretty=true", kind=FORM).text.startswith('{\n  "resourceType": "Bundle",\n')
    assert g.ask("GET", "/fhir/metadata?_pretty=true").text.startswith('{\n  "')


def lines(g):
    """A header that is a list may come in several lines, and a preference in every spelling of RFC 7240."""
    def status(target, *more):
        head = ["GET %s HTTP/1.1" % target, "Host: x", "Connection: close", "Authorization: Bearer " + g.token("alice")] + list(more)
        return g.raw("\r\n".join(head + ["", ""]).encode())[0][9:12].decode()
    assert status("/fhir/Patient/a-2", 'If-None-Match: "9"', 'If-None-Match: W/"1"') == "304"
    assert status("/fhir/Patient/a-2", "Accept: text/html", "Accept: application/fhir+json") == "200"
    assert status("/fhir/Patient/a-2", "Accept: text/html", "Accept: text/plain") == "406"
    unknown = "/fhir/Patient?nonsense=1"
    for prefer in (["Prefer: return=minimal", "Prefer: handling=strict"], ['Prefer: handling="strict"'], ["Prefer: Handling = strict; x"], ['Prefer: a="b,c";d="e,f" , handling=strict'],
                   ["Prefer: respond-async, handling=strict"], ["Prefer: handling=strict", "Prefer: handling=lenient"]):
        assert status(unknown, *prefer) == "400", prefer
    for prefer in (["Prefer: handling=lenient, handling=strict"], ['Prefer: x="handling=strict"'], ["Prefer: x; handling=strict"], ["Prefer: handling=stricter"], ['Prefer: handling="'], ["Prefer: ,=;"]):
        assert status(unknown, *prefer) == "200", prefer


def methods(g):
    for method in ("PUT", "PATCH", "DELETE"):
        answer = g.ask(method, "/fhir/Patient/a-2", body="{}", user="alice", Content_Type="application/fhir+json")
        is_outcome(answer, 405, "not-supported")
        assert "GET" in answer.headers["allow"] and "HEAD" in answer.headers["allow"]


def vread(g):
    assert g.get("/fhir/Patient/a-2/_history/1").json == g.get("/fhir/Patient/a-2").json
    is_outcome(g.get("/fhir/Patient/a-2/_history/2"), 404, "not-found")
    # without versionId the tag is a hash, and names the current version as well
    answer = g.get("/fhir/Observation/o-a-2-1")
    tag = answer.headers["etag"][3:-1]
    again = g.get("/fhir/Observation/o-a-2-1/_history/" + tag)
    assert again.status == 200 and again.text == answer.text and again.headers["etag"] == answer.headers["etag"]
    assert g.get("/fhir/Observation/o-a-2-1", If_None_Match='W/"%s"' % tag).status == 304
    sql("UPDATE ward.observation SET value = value + 0.5 WHERE id = 'o-a-2-1'")
    is_outcome(g.get("/fhir/Observation/o-a-2-1/_history/" + tag), 404, "not-found")
    assert g.get("/fhir/Observation/o-a-2-1", If_None_Match='W/"%s"' % tag).headers["etag"] != answer.headers["etag"]


def metadata(g):
    answer = g.ask("GET", "/fhir/metadata")
    assert answer.status == 200, answer.text
    statement = answer.json
    assert statement["resourceType"] == "CapabilityStatement" and statement["fhirVersion"] == "4.0.1" and statement["kind"] == "instance"
    assert statement["status"] and statement["date"] and statement["software"]["name"] and statement["rest"][0]["mode"] == "server"
    for resource in statement["rest"][0]["resource"]:
        names = [parameter["name"] for parameter in resource.get("searchParam", [])]
        assert len(names) == len(set(names)), resource["type"]
    assert answer.text.startswith('{"resourceType": "CapabilityStatement"')
    operations = {resource["type"]: [o["name"] for o in resource["operation"]] for resource in statement["rest"][0]["resource"]}
    assert operations["Patient"] == ["validate", "everything"] and operations["Group"] == ["validate"], operations
    assert statement["rest"][0]["security"]["cors"] is True and statement["rest"][0]["interaction"] == [{"code": "batch"}]
    faults = g.post("/fhir/$validate", statement, kind="application/fhir+json").json
    assert [issue for issue in faults["issue"] if issue["severity"] == "error"] == [], faults
    # nothing is declared that is not served: each parameter is known under strict handling
    values = {"date": "2020-01-01", "number": "1", "quantity": "1", "reference": "Patient/a-2", "uri": "x", "token": "x", "string": "x"}
    for resource in statement["rest"][0]["resource"]:
        for parameter in resource.get("searchParam", []):
            if parameter["type"] in values:
                found = g.get("/fhir/%s?%s=%s&_count=1" % (resource["type"], parameter["name"], values[parameter["type"]]), user="dave", Prefer="handling=strict")
                assert found.status == 200, (resource["type"], parameter, found.text)


def search(g):
    bundle = g.get("/fhir/Patient?_id=a-2").json
    assert bundle["type"] == "searchset" and bundle["total"] == 1 and bundle["entry"][0]["resource"]["id"] == "a-2"
    assert bundle["entry"][0]["fullUrl"] == BASE + "/Patient/a-2" and bundle["entry"][0]["search"]["mode"] == "match"
    assert "_id=a-2" in [link["url"] for link in bundle["link"] if link["relation"] == "self"][0]
    posted = g.post("/fhir/Patient/_search", "_id=a-2", kind=FORM).json
    assert [e["resource"]["id"] for e in posted["entry"]] == ["a-2"]
    is_outcome(g.post("/fhir/Patient/_search", {"_id": "a-2"}), 415)
    is_outcome(g.get("/fhir/Patient?nonsense=1", Prefer="handling=strict"), 400)
    assert g.get("/fhir/Patient?nonsense=1").status == 200


def pages(g):
    url, seen, totals = "/fhir/Patient?_count=7&_total=accurate", [], set()
    while url:
        bundle = g.get(url).json
        seen += [entry["resource"]["id"] for entry in bundle["entry"] if entry["search"]["mode"] == "match"]
        totals.add(bundle["total"])
        links = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        assert all(len(link) <= 2000 and link.startswith(BASE) for link in links)
        url = links[0][len(BASE) - 5:] if links else None
    assert len(seen) == len(set(seen)) == 30 and totals == {30}, (len(seen), totals)


def validate(g):
    good = g.post("/fhir/Patient/$validate", {"resourceType": "Patient", "gender": "male"}, kind="application/fhir+json")
    assert good.status == 200 and all(issue["severity"] != "error" for issue in good.json["issue"]), good.text
    bad = g.post("/fhir/Patient/$validate", {"resourceType": "Patient", "gender": "M"}, kind="application/fhir+json").json
    assert bad["resourceType"] == "OperationOutcome" and bad["issue"][0]["expression"] == ["Patient.gender"], bad
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {"resourceType": "Patient", "gender": "M"}}]}
    assert g.post("/fhir/Patient/$validate", wrapped, kind="application/fhir+json").json["issue"][0]["expression"] == ["Patient.gender"]
    other = g.post("/fhir/Patient/$validate", {"resourceType": "Basic"}, kind="application/fhir+json").json
    assert any(issue["severity"] == "error" for issue in other["issue"])
    is_outcome(g.post("/fhir/Patient/$validate", "{", kind="application/fhir+json"), 400)
    assert g.post("/fhir/$validate", {"resourceType": "Patient", "gender": "M"}, kind="application/fhir+json").json["issue"][0]["expression"] == ["Patient.gender"]
    # a profile that cannot be looked at is an error, where the resource itself is good
    for profile, given in (("http://hl7.org/fhir/StructureDefinition/Patient", False), ("http://hl7.org/fhir/StructureDefinition/Patient|4.0.1", False),
                           ("http://hl7.org/fhir/StructureDefinition/bodyweight", True), ("", True), ("https://hospital.example/our-patient", True)):
        wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {"resourceType": "Patient"}}, {"name": "profile", "valueUri": profile}]}
        for target, body in (("/fhir/Patient/$validate?profile=" + urllib.parse.quote(profile, safe=""), {"resourceType": "Patient"}), ("/fhir/$validate", wrapped)):
            issues = g.post(target, body, kind="application/fhir+json").json["issue"]
            assert any(issue["code"] == "not-supported" and issue["severity"] == "error" for issue in issues) == given, (target, issues)
    is_outcome(g.post("/fhir/Patient/$validate?profile=%zz", {"resourceType": "Patient"}, kind="application/fhir+json"), 400)
    is_outcome(g.post("/fhir/Patient/$validate", "[" * 10000, kind="application/fhir+json"), 400)


def batch(g):
    entry = [{"request": {"method": "GET", "url": url}} for url in
             ("Patient/a-2", "Patient?_id=a-4", BASE + "/Patient/b-1", "metadata", "Patient/$x", "Patient/a b", "Nonsense/1")]
    entry.append({"request": {"method": "POST", "url": "Patient"}})
    entry.append({"request": {"method": "GET", "url": "Patient/a-2", "ifNoneMatch": 'W/"1"'}})
    entry.append({})
    answer = g.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entry}, kind="application/fhir+json")
    assert answer.status == 200 and answer.json["type"] == "batch-response", answer.text
    statuses = [one["response"]["status"][:3] for one in answer.json["entry"]]
    assert statuses == ["200", "200", "404", "200", "404", "400", "404", "405", "304", "400"], statuses
    assert answer.json["entry"][0]["resource"]["id"] == "a-2" and answer.json["entry"][0]["response"]["etag"] == 'W/"1"'
    assert answer.json["entry"][2]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    # what is no request is an OperationOutcome too, a read says whose it is, and an empty batch has no empty array
    for one in answer.json["entry"]:
        assert "outcome" not in one["response"] or one["response"]["outcome"]["resourceType"] == "OperationOutcome", one
        assert ("outcome" in one["response"]) == (int(one["response"]["status"][:3]) >= 400), one
    assert [one.get("fullUrl") for one in answer.json["entry"]][:3] == [BASE + "/Patient/a-2", None, None]
    assert answer.json["entry"][0]["response"]["lastModified"] == "2024-01-01T00:00:00Z"
    def ask(*entries):
        return g.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}, kind="application/fhir+json")
    empty = {"resourceType": "Bundle", "type": "batch-response"}
    assert ask().json == empty and g.post("/fhir", {"resourceType": "Bundle", "type": "batch"}, kind="application/fhir+json").json == empty
    since = ("2024-01-01T00:00:00Z", "2024-01-01T02:00:00.5+02:00", "2023-12-31T19:00:00-05:00", "2023-12-31T23:59:59Z", "2024-01-01T01:00:00+02:00", "2024-02-30T00:00:00Z", "2024-01-02", "")
    answer = ask(*[{"request": {"method": "GET", "url": "Patient/a-2", "ifModifiedSince": at}} for at in since],
                 *[{"request": {"method": "GET", "url": url}} for url in ("data", "export/0", "Patient/a-2/$everything", "https://evil.example/fhir/Patient/a-2", "//x")],
                 {"request": {"method": "HEAD", "url": "Patient/a-2"}}, "x", None)
    assert [one["response"]["status"][:3] for one in answer.json["entry"]] == ["304"] * 3 + ["200"] * 5 + ["404"] * 5 + ["405", "400", "400"], answer.text
    assert all(one["response"]["outcome"]["resourceType"] == "OperationOutcome" for one in answer.json["entry"][8:]), answer.text
    for wrong in ({"resourceType": "Bundle", "type": "transaction"}, {"resourceType": "Patient"}, [], "x",
                  {"resourceType": "Bundle", "type": "batch", "entry": [{}] * 101}):
        is_outcome(g.post("/fhir", wrong, kind="application/fhir+json"), 400)
    is_outcome(g.post("/fhir", " " * 300000, kind="application/fhir+json"), 413)


def everything(g):
    answer = g.get("/fhir/Patient/a-2/$everything")
    assert answer.status == 200, answer.text
    ids = [entry["resource"]["id"] for entry in answer.json["entry"]]
    assert ids[0] == "a-2" and len(ids) == len(set(ids)) >= 6, ids
    assert set("o-a-2-%d" % n for n in range(1, 6)) <= set(ids)
    is_outcome(g.get("/fhir/Patient/b-1/$everything"), 404, "not-found")
    # what it cannot leave out is refused, and not given all the same
    assert g.get("/fhir/Patient/a-2/$everything?_count=2&_format=json").text == answer.text
    for query in ("_type=Observation", "_since=2024-01-01T00:00:00Z", "start=2024-01-01", "end=2024-01-01", "nonsense=1", "_type=%zz"):
        is_outcome(g.get("/fhir/Patient/a-2/$everything?" + query), 400)


def cors(g):
    answer = g.ask("OPTIONS", "/fhir/Patient", Origin=ORIGIN, Access_Control_Request_Method="GET",
                   Access_Control_Request_Headers="authorization,prefer,if-none-match")
    assert answer.status in (200, 204) and answer.headers["access-control-allow-origin"] == ORIGIN
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "prefer", "if-none-match", "content-type"))
    assert "GET" in answer.headers["access-control-allow-methods"] and int(answer.headers["access-control-max-age"]) > 0
    for path, rest in (("/fhir/Patient/a-2", {}), ("/fhir/Patient/a-2", {"If_None_Match": "*"}), ("/fhir/Patient/a-2", {"user": None}),
                       ("/fhir/Patient/nix", {}), ("/users/me", {"user": None})):
        answer = g.get(path, Origin=ORIGIN, **rest)
        assert answer.headers["access-control-allow-origin"] == ORIGIN, (path, answer.status)
        exposed = answer.headers["access-control-expose-headers"]
        assert all(name in exposed for name in ("ETag", "Location", "Content-Location", "Retry-After"))
        assert "Origin" in answer.headers["vary"] and "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in g.get("/fhir/Patient/a-2", Origin="https://evil.example").headers
    preflight = g.ask("OPTIONS", "/fhir/Patient", Origin="https://evil.example", Access_Control_Request_Method="GET")
    assert "access-control-allow-origin" not in preflight.headers


def metrics(g):
    def count():
        text = g.ask("GET", "/metrics").text
        for line in text.splitlines():
            assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0, line
        assert "a-2" not in text and "alice" not in text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith('fhir_gateway_requests_total{route="/fhir/{type}/{id}"'))
    before = count()
    g.get("/fhir/Patient/a-2")
    assert count() == before + 1


def suggestions(g):
    for path in ("/icd-suggest", "/suggest-morphology-codes"):
        is_detail(g.post(path, {"text": "x"}, user=None), 401)
        for body in ({"text": ""}, {"text": " \n"}, {}, {"text": 5}, "{", "[]", {"text": "\x00"}):
            assert g.post(path, body).status == 422, (path, body)
        is_detail(g.post(path, {"text": "x" * 20001}), 413)
    for body in ({"notes": []}, {"notes": "x"}, {"notes": [1]}, {}, {"notes": ["x"] * 33}):
        assert g.post("/diagnosis", body).status == 422, body
    assert g.get("/icd-search").status == 422
    # nobody has granted dave the suggestions
    is_detail(g.post("/icd-suggest", {"text": "otitis"}, user="dave"), 403)


def suggestion_shapes(g):
    """The shapes, by functions of the extension's own signatures and a service that says what it is told."""
    sql("""CREATE SCHEMA shapes; GRANT USAGE ON SCHEMA shapes TO reader;
        CREATE FUNCTION shapes.aics_suggest(note text, server text DEFAULT 'aics', top int DEFAULT 10,
            OUT rank int, OUT icd text, OUT prob float8, OUT list int) RETURNS SETOF record LANGUAGE sql AS
        $$ VALUES (1, 'H66.90', 0.9, 1), (2, 'I10', 0.25, 1), (1, 'E11.9', 0.5, 2) $$;
        CREATE FUNCTION shapes.aics_suggest_many(notes text[], server text DEFAULT 'aics', top int DEFAULT 10,
            OUT note_no int, OUT rank int, OUT icd text, OUT prob float8, OUT list int) RETURNS SETOF record LANGUAGE sql AS
        $$ SELECT n, r, 'I1' || r, 1.0 / r, 1 FROM generate_series(1, cardinality(notes)) n, generate_series(1, 2) r WHERE notes[n] <> 'none' $$;
        CREATE FUNCTION shapes.aics_search(query text, server text DEFAULT 'aics', top int DEFAULT 10,
            OUT rank int, OUT icd text, OUT english_name text, OUT chinese_name text, OUT billable boolean) RETURNS SETOF record LANGUAGE sql AS
        $$ VALUES (1, 'I10', query, '高血壓', true) $$;
        CREATE FUNCTION shapes.morphology_suggest(note text, server text DEFAULT 'morphology', top int DEFAULT 10,
            OUT rank int, OUT code text, OUT prob float8) RETURNS SETOF record LANGUAGE sql AS
        $$ VALUES (1, '8140/3', 0.75), (2, '8070/3', 0.25) $$;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA shapes TO reader""")
    other = Gateway(FHIR_SCHEMA="shapes")
    try:
        assert other.post("/icd-suggest", {"text": "note"}).json == {
            "main": [{"icd": "H66.90", "prob": 0.9}, {"icd": "I10", "prob": 0.25}], "cc": [[{"icd": "E11.9", "prob": 0.5}]]}
        assert other.post("/diagnosis", {"model": "m", "notes": ["a", "none"], "patient": {}}).json == [
            [{"icd": "I11", "prob": 1.0}, {"icd": "I12", "prob": 0.5}], []]
        assert other.get("/icd-search?q=" + urllib.parse.quote("high blood")).json == [
            {"icd": "I10", "english_name": "high blood", "chinese_name": "高血壓", "billable": True}]
        assert other.post("/suggest-morphology-codes", {"text": "note"}).json == {"codes": [["8140/3", 0.75], ["8070/3", 0.25]]}
    finally:
        other.stop()
        sql("DROP SCHEMA shapes CASCADE")


def morphology_missing(g):
    """There is a function, and no model behind it."""
    sql("GRANT fhir_bridge_user TO bob")
    is_detail(g.post("/suggest-morphology-codes", {"text": "note"}, user="bob"), 501)


def description(g):
    answer = g.ask("GET", "/openapi.json")
    assert answer.status == 200 and answer.json["openapi"].startswith("3.1")
    flows = answer.json["components"]["securitySchemes"]["password"]["flows"]
    assert flows["password"]["tokenUrl"] == "/token"
    identifiers = [operation["operationId"] for path in answer.json["paths"].values() for operation in path.values()]
    assert len(identifiers) == len(set(identifiers)), identifiers
    for path in ("/fhir/$export", "/fhir/Patient/$export", "/fhir/Group/{id}/$export"):
        begins = answer.json["paths"][path]["get"]
        assert "202" in begins["responses"] and "200" not in begins["responses"], begins
        assert ("Prefer", "header", True) in [(one["name"], one["in"], one.get("required")) for one in begins["parameters"]], begins
    assert "202" in answer.json["paths"]["/fhir/export/{job}"]["delete"]["responses"]
    for path, operations in answer.json["paths"].items():
        url = path.replace("{type}", "Patient").replace("{id}", "a-2").replace("{version}", "1").replace("{file}", "x").replace("{job}", "x")
        for method in operations:
            found = g.ask(method.upper(), url)
            assert found.status not in (404, 405) or "x" in url, (method, path, found.status)


def docs(g):
    answer = g.ask("GET", "/docs")
    if answer.status == 501:
        assert "npm" in answer.text
        return
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/html")
    assert "unsafe-inline" not in answer.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    import re
    assets = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(assets) >= 3
    for asset in assets:
        assert asset.startswith("/assets/"), asset
        found = g.ask("GET", asset)
        assert found.status == 200 and "immutable" in found.headers["cache-control"], asset
    assert g.ask("GET", assets[0].replace("/assets/", "/assets/0")).status == 404


def page(g):
    folder = os.path.join(os.environ["OUT"], "page")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "index.html"), "w") as file:
        file.write('<!DOCTYPE html><script src="{{assets}}/app.js"></script>')
    with open(os.path.join(folder, "app.js"), "w") as file:
        file.write("1;")
    other = Gateway(PAGE_DIR=folder, DOCS="off", METRICS="off")
    try:
        answer = other.ask("GET", "/")
        assert answer.status == 200 and "unsafe" not in answer.headers["content-security-policy"]
        script = other.ask("GET", answer.text.split('"')[1])
        assert script.text == "1;" and script.headers["content-type"].startswith("text/javascript")
        assert [other.ask("GET", path).status for path in ("/docs", "/openapi.json", "/metrics")] == [404] * 3
    finally:
        other.stop()


def page_note(g):
    """A note for the page comes from the listed origins alone; what holds none is refused, and harms nobody."""
    other = Gateway(PAGE_ORIGINS="https://his.example")
    try:
        for body in ("x=y", "", "note=%ff", "note=%00", "%zz=1"):
            answer = other.ask("POST", "/", body=body, Content_Type=FORM, Origin="https://his.example")
            is_detail(answer, 422)
        is_detail(other.ask("POST", "/", body="note=x", Content_Type=FORM, Origin="https://evil.example"), 403)
        is_detail(other.ask("POST", "/", body="note=x", Content_Type=FORM), 403)
        assert other.ask("GET", "/livez").status == 200
    finally:
        assert other.stop() == 0


def smart(g):
    answer = g.ask("GET", "/fhir/.well-known/smart-configuration")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert answer.json["token_endpoint"] == BASE[:-5] + "/token" and "authorization_code" not in answer.text


def anonymous(g):
    is_outcome(g.ask("GET", "/fhir/Patient/a-2"), 401, "login")
    other = Gateway(FHIR_ANON_ROLE="public_reader")
    try:
        assert other.ask("GET", "/fhir/Patient/a-2").status == 200
        is_outcome(other.ask("GET", "/fhir/Patient/b-1"), 404, "not-found")
        is_outcome(other.ask("GET", "/fhir/Patient/a-2", token="nonsense"), 401)
        is_detail(other.ask("GET", "/users/me"), 401)
    finally:
        other.stop()
    other = Gateway(FHIR_ANON_ROLE="super")
    try:
        is_outcome(other.ask("GET", "/fhir/Patient/a-2"), 401)
    finally:
        other.stop()


def settings(g):
    def start(**changed):
        environment = dict(os.environ, DB_HOST=os.environ["PGHOST"], DB_NAME="ward", DB_PASSWORD="gateway pass", JWT_SECRET="x" * 32, PORT="0")
        environment.update(changed)
        return subprocess.run([os.environ["PROGRAM"]] + (["--check"] if "check" in changed else []), env=environment,
                              capture_output=True, text=True, timeout=20, check=False)
    for wrong in ({"JWT_SECRET": "short"}, {"JWT_SECRET": ""}, {"PORT": "x"}, {"DB_POOL": "0"}, {"DOCS": "maybe"}, {"FHIR_BASE_URL": "https://x.example"},
                  {"TLS_CERT": "/nowhere"}, {"USERS_VIEW": "users"}, {"CLIENTS_VIEW": "clients"}, {"CLIENTS_FILE": "/nowhere"}, {"FHIR_HANDLING": "mild"},
                  {"CORS_ORIGINS": "*"}, {"CORS_ORIGINS": "https://a.example/"}):
        done = start(**wrong)
        assert done.returncode == 1 and list(wrong)[0] in done.stderr and "x" * 32 not in done.stderr, (wrong, done.stderr)
    done = start(check="1")
    assert done.returncode == 1 and "super" in done.stdout and "WRONG" in done.stdout, done.stdout
    assert "role alice may come in" in done.stdout, done.stdout
    assert "ok     it inherits nothing" in done.stdout, done.stdout
    most = int(sql("SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int")[0][0])
    assert "ok     this gateway takes up to 33 connections" in done.stdout and "of %d that" % most in done.stdout, done.stdout
    done = start(check="1", DB_POOL=str(most - 16))
    assert "WRONG  this gateway takes up to %d connections" % (most + 1) in done.stdout, done.stdout
    sql("ALTER ROLE fhir_gateway CONNECTION LIMIT 20")
    try:
        assert "WRONG  this gateway takes up to 33 connections" in start(check="1").stdout
    finally:
        sql("ALTER ROLE fhir_gateway CONNECTION LIMIT -1")
    sql("ALTER ROLE fhir_gateway INHERIT; CREATE ROLE extra; GRANT extra TO fhir_gateway")
    try:
        done = start(check="1")
        assert "WRONG  it inherits the rights" in done.stdout, done.stdout
    finally:
        sql("ALTER ROLE fhir_gateway NOINHERIT; DROP ROLE extra")
    folder = os.environ["OUT"]
    for changed, said in (({"FHIR_ANON_ROLE": "super"}, "WRONG  FHIR_ANON_ROLE super may do more than a user"), ({"FHIR_ANON_ROLE": "expired"}, "WRONG  FHIR_ANON_ROLE expired has expired"),
                          ({"FHIR_ANON_ROLE": "public_reader"}, "note   FHIR_ANON_ROLE public_reader reads without a token"), ({"EXPORT_ROLE": "nobody"}, "WRONG  EXPORT_ROLE nobody does not exist"),
                          ({"USERS_VIEW": "ward.nix"}, "WRONG  USERS_VIEW ward.nix does not exist"), ({"USERS_VIEW": "ward.staff"}, "WRONG  USERS_VIEW ward.staff has no column email"),
                          ({"USERS_VIEW": "ward.users"}, "note   role carol may not read USERS_VIEW"), ({"TLS_CERT": "/nowhere", "TLS_KEY": "/nowhere"}, "WRONG  TLS_CERT or TLS_KEY cannot be used"),
                          ({"PAGE_DIR": "/nowhere"}, "WRONG  PAGE_DIR cannot be read"), ({"EXPORT_DIR": "/nowhere"}, "WRONG  EXPORT_DIR cannot be written to")):
        done = start(check="1", **changed)
        assert done.returncode == 1 and said in done.stdout, (changed, done.stdout)
    done = start(check="1", EXPORT_ROLE="reader", USERS_VIEW="ward.users", EXPORT_DIR=folder)
    assert "EXPORT_ROLE" not in done.stdout and "WRONG  USERS_VIEW" not in done.stdout, done.stdout
    sql("ALTER TABLE ward.team RENAME member TO mate")
    try:
        done = start(check="1")
        assert re.search("^WRONG  .*ward.team", done.stdout, re.M) and re.search("^ok     [0-9]+ types of FHIR are served$", done.stdout, re.M), done.stdout
    finally:
        sql("ALTER TABLE ward.team RENAME mate TO member")
    # one line for each fault, and the fault's own: of a database without the extension, of another schema, of no database
    for changed, said in (({"DB_NAME": "template1"}, "the extension fhir_bridge is not in this database"), ({"FHIR_SCHEMA": "elsewhere"}, "there is no table of mappings: see FHIR_SCHEMA"),
                          ({"DB_NAME": "nowhere"}, 'database "nowhere" does not exist')):
        done = start(check="1", **changed)
        assert done.returncode == 1 and re.search("^WRONG  .*" + said + "$", done.stdout, re.M), done.stdout
        assert all(re.match("(ok    |note  |WRONG ) [^ ]", line) for line in done.stdout.splitlines()), done.stdout
        assert "LINE 1" not in done.stdout and "identifier" not in done.stdout, done.stdout
    done = start(check="1", DB_PASSWORD="not this one")
    assert done.returncode == 1 and "not this one" not in done.stdout + done.stderr
    helped = subprocess.run([os.environ["PROGRAM"], "--help"], capture_output=True, text=True, check=True).stdout
    assert "JWT_SECRET" in helped and "EXPORT_DIR" in helped


def wrong_password(g):
    other = Gateway(DB_PASSWORD="not this one")
    try:
        assert other.ask("GET", "/livez").status == 200
        is_detail(other.ask("GET", "/readyz"), 503)
        assert wait_until(lambda: "cannot connect" in other.log_text(), 5) and "not this one" not in other.log_text()
    finally:
        other.stop()


def keeps_connections(g):
    import http.client
    from gateway import ask_on
    client = http.client.HTTPConnection("127.0.0.1", g.port, timeout=20)
    for _ in range(20):
        assert ask_on(client, g, "GET", "/fhir/Patient/a-2", user="alice").status == 200
        assert ask_on(client, g, "GET", "/fhir/Patient/a-2", user="alice", If_None_Match="*").status == 304
    client.close()
    # several requests at once on one connection
    got, _ = g.raw(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert got.count(b"HTTP/1.1 200 OK") == 4, got


def stops(g):
    """SIGTERM lets what runs end, takes nothing new, and exits with 0."""
    import threading
    other = Gateway(READ_SECONDS="10")
    answers = []
    other.token("dave")
    thread = threading.Thread(target=lambda: answers.append(other.get("/fhir/Basic/sleepy", user="dave")))
    thread.start()
    assert wait_until(lambda: sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = 'fhir_gateway'")[0][0] == "1", 5)
    began = time.monotonic()
    code = other.stop()
    thread.join()
    assert code == 0 and soon(began, 10)
    assert answers[0].status == 200 and answers[0].headers["connection"] == "close"


def main():
    g = Gateway(USERS_VIEW="ward.users", LOGIN_FAILURES="1000")
    run([health, token, token_of_an_odd_name, token_refused, token_forms, users, data, read, conditional, head, not_there, forms, lines, methods, vread,
         metadata, search, pages, validate, batch, everything, cors, metrics, suggestions, suggestion_shapes, morphology_missing, description, docs, page, page_note,
         smart, anonymous, settings, wrong_password, keeps_connections, stops], g)
    if g.stop() != 0:
        run([lambda _: 1 / 0], g)
    sums()


main()

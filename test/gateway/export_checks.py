"""Bulk Data exports: kick-off, status, files, and whose they are."""

import os
import shutil
import subprocess
import time
import json

from gateway import BASE, Gateway, is_outcome, run, soon, sql, sums, wait_until

FOLDER = os.path.join(os.environ["OUT"], "export")
ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}


def local(url):
    assert url.startswith(BASE + "/"), url
    return "/fhir" + url[len(BASE):]


def begin(g, path="/fhir/$export", user="alice", **headers):
    return g.ask("GET", path, user=user, **dict(ASYNC, **headers))


def manifest(g, path="/fhir/$export", user="alice"):
    """Begins an export and waits for its end."""
    answer = begin(g, path, user)
    assert answer.status == 202 and answer.body == b"", (path, answer.status, answer.text)
    place = local(answer.headers["content-location"])
    assert wait_until(lambda: g.get(place, user=user).status != 202, 20)
    answer = g.get(place, user=user)
    assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer.text
    return answer.json, place


def lines(g, output, user="alice"):
    answer = g.get(local(output["url"]), user=user)
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/fhir+ndjson"), answer.status
    assert answer.text.endswith("\n") and not answer.text.endswith("\n\n")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert len(found) == output["count"] and all(r["resourceType"] == output["type"] for r in found)
    return found


def ids(g, listed, type, user="alice"):
    return sorted(r["id"] for o in listed["output"] if o["type"] == type for r in lines(g, o, user))


def system(g):
    began = time.monotonic()
    assert begin(g).status == 202 and soon(began, 1)
    listed, place = manifest(g)
    assert set(listed) >= {"transactionTime", "request", "requiresAccessToken", "output", "error"}
    assert listed["request"] == BASE + "/$export" and listed["requiresAccessToken"] is True and listed["error"] == [], listed
    expected = [row[0] for row in sql("SET ROLE alice; SELECT fhir_json_from_row(p) ->> 'id' FROM ward.patient p ORDER BY 1")]
    assert ids(g, listed, "Patient") == sorted(expected) and len(expected) == 30
    assert len(ids(g, listed, "Observation")) == 150
    ndjson = sql("SET ROLE alice; SELECT fhir_ndjson('ward.patient')")
    patients = [o for o in listed["output"] if o["type"] == "Patient"][0]
    assert sorted(g.get(local(patients["url"])).text.splitlines()) == sorted(row[0] for row in ndjson)
    assert "Location" not in [o["type"] for o in listed["output"]]
    # somebody else's export is nobody's
    for method in ("GET", "DELETE"):
        is_outcome(g.ask(method, place, user="bob"), 404, "not-found")
    is_outcome(g.get(local(patients["url"]), user="bob"), 404, "not-found")
    assert ids(g, manifest(g, user="bob")[0], "Patient", "bob")[0].startswith("b-")


def removal(g):
    listed, place = manifest(g)
    assert g.ask("DELETE", place, user="alice").status == 202
    is_outcome(g.get(place), 404, "not-found")
    is_outcome(g.ask("DELETE", place, user="alice"), 404, "not-found")
    is_outcome(g.get(local(listed["output"][0]["url"])), 404, "not-found")
    assert not os.path.exists(os.path.join(FOLDER, place.rsplit("/", 1)[1]))


def parameters(g):
    is_outcome(g.get("/fhir/$export"), 400)
    is_outcome(g.ask("GET", "/fhir/$export", **ASYNC), 401)
    for said, status in (('x="not respond-async"', 400), ("respond-asynchronously", 400), ("handling=lenient, Respond-Async; wait=10", 202)):
        assert g.get("/fhir/$export?_type=Patient", Prefer=said).status == status, said
    is_outcome(begin(g, user="carol"), 403, "forbidden")
    for good in ("application/fhir%2Bndjson", "application/ndjson", "ndjson"):
        assert begin(g, "/fhir/$export?_outputFormat=" + good).status == 202, good
    for bad in ("_outputFormat=text/xml", "_typeFilter=Patient%3F_id=x%0Ay", "&".join(["_typeFilter=Patient%3F_id=x"] * 65), "_type=Nope", "_type=Patient,Nope", "_since=yesterday", "nonsense=1", "_typeFilter=Patient", "_typeFilter=Nope?a=b",
                "_type=%00", "_type=", "_type=Patient&_type=Nope", "_elements=", "_elements=,", "_since=", "_since=2024", "_since=2024-01-10", "_since=2024-01-10T00:00:00",
                "_since=2024-01-10T00:00Z", "_since=2024-02-30T00:00:00Z", "_since=2024-13-01T00:00:00Z", "_since=2024-01-10T24:00:00Z", "_since=2024-01-10T00:00:00%2B15:00",
                "_since=2024-01-10T00:00:00.Z", "_since=2024-01-10T00:00:00Z&_since=2024-01-11T00:00:00Z"):
        is_outcome(begin(g, "/fhir/$export?" + bad), 400)
    listed = manifest(g, "/fhir/$export?_type=Patient")[0]
    assert [o["type"] for o in listed["output"]] == ["Patient"] and listed["request"].endswith("?_type=Patient")
    # a list may be said in several parts
    listed = manifest(g, "/fhir/$export?_type=Observation&_elements=id&_type=Patient&_elements=gender")[0]
    assert sorted(o["type"] for o in listed["output"]) == ["Observation", "Patient"], listed
    assert all(resource.get("gender") for o in listed["output"] if o["type"] == "Patient" for resource in lines(g, o))
    for since, at in (("2024-01-10T00:00:00%2B00:00", "2024-01-10Z"), ("2024-01-10T02:00:00+02:00", "2024-01-10Z"), ("2024-01-09T19:00:00.000-05:00", "2024-01-10Z"),
                      ("2024-02-29T23:59:60Z", "2024-03-01Z")):
        listed = manifest(g, "/fhir/$export?_type=Patient&_since=" + since)[0]
        expected = sql("SET ROLE alice; SELECT id FROM ward.patient WHERE changed >= '%s' ORDER BY 1" % at)
        assert ids(g, listed, "Patient") == sorted(row[0] for row in expected) and len(expected) < 30 and not listed["error"], (since, listed)


def filters(g):
    listed = manifest(g, "/fhir/$export?_type=Patient&_typeFilter=Patient%3F_id%3Da-2%2Ca-4")[0]
    assert ids(g, listed, "Patient") == ["a-2", "a-4"], listed
    # two filters of a type are joined by or; a comma in one is the search's
    listed = manifest(g, "/fhir/$export?_type=Patient,Observation&_typeFilter=Patient%3F_id%3Da-2%2Ca-4,Patient%3Fgender%3Dmale%26_id%3Da-6"
                         "&_typeFilter=Observation%3Fpatient%3DPatient%2Fa-8")[0]
    assert ids(g, listed, "Patient") == ["a-2", "a-4", "a-6"] and len(ids(g, listed, "Observation")) == 5, listed
    # a type without a filter is whole, line for line
    listed = manifest(g, "/fhir/$export?_type=Patient,Observation&_typeFilter=Patient%3F_id%3Da-2")[0]
    whole = [o for o in listed["output"] if o["type"] == "Observation"][0]
    assert ids(g, listed, "Patient") == ["a-2"]
    assert sorted(g.get(local(whole["url"])).text.splitlines()) == sorted(row[0] for row in sql("SET ROLE alice; SELECT fhir_ndjson('ward.observation')"))
    # what two filters find stands once
    listed = manifest(g, "/fhir/$export?_type=Patient&_typeFilter=Patient%3F_id%3Da-2%2Ca-4&_typeFilter=Patient%3F_id%3Da-4%2Ca-6&_typeFilter=Patient%3Fgender%3Dmale")[0]
    expected = sql("SET ROLE alice; SELECT id FROM ward.patient WHERE id IN ('a-2', 'a-4', 'a-6') OR gender = 'male'")
    assert ids(g, listed, "Patient") == sorted(row[0] for row in expected) and 3 < len(expected) < 30, listed
    since = manifest(g, "/fhir/$export?_type=Patient&_elements=gender&_since=2024-01-10T00:00:00Z")[0]
    found = lines(g, since["output"][0])
    expected = sql("SET ROLE alice; SELECT id FROM ward.patient WHERE changed >= '2024-01-10Z'")
    assert sorted(r["id"] for r in found) == sorted(row[0] for row in expected) and all("gender" in r and "name" not in r for r in found), found[:2]


def of_patients(g):
    listed = manifest(g, "/fhir/Patient/$export")[0]
    assert {o["type"] for o in listed["output"]} == {"Patient", "Observation"}, listed
    listed = manifest(g, "/fhir/Group/g1/$export")[0]
    assert ids(g, listed, "Patient") == ["a-2"] and len(ids(g, listed, "Observation")) == 5, listed
    is_outcome(begin(g, "/fhir/Group/nobody/$export"), 404, "not-found")
    # a group whose members the caller may not see has nothing for it
    assert manifest(g, "/fhir/Group/g2/$export")[0]["output"] == []


def by_other_names(g):
    """Types that R4's compartment of patients knows by subject or actor: in exports of patients and groups, and in $everything."""
    sql("""CREATE TABLE ward.harm (id text PRIMARY KEY, patient text); INSERT INTO ward.harm VALUES ('h-2', 'a-2'), ('h-4', 'a-4'), ('h-none', NULL);
        CREATE VIEW ward.supply WITH (security_invoker) AS SELECT replace(id, 'h', 's') AS id, patient FROM ward.harm;
        CREATE VIEW ward.times WITH (security_invoker) AS SELECT replace(id, 'h', 't') AS id, patient FROM ward.harm;
        GRANT SELECT ON ward.harm, ward.supply, ward.times TO reader;
        SELECT fhir_map('ward.harm', '{"resourceType": "AdverseEvent", "id": "{id}", "actuality": "actual",
            "subject": {"reference": "{coalesce(''Patient/'' || patient, ''Group/1'')}"}, "event": {"text": "fall"}}');
        SELECT fhir_map('ward.supply', '{"resourceType": "SupplyRequest", "id": "{id}", "itemCodeableConcept": {"text": "drip"}, "quantity": {"value": 1},
            "deliverTo": {"$if": "patient IS NOT NULL", "reference": "Patient/{patient}"}}');
        SELECT fhir_map('ward.times', '{"resourceType": "Schedule", "id": "{id}", "actor": [{"$if": "patient IS NOT NULL", "reference": "Patient/{patient}"},
            {"reference": "Location/1"}]}');
        SELECT fhir_publish('ward.harm'), fhir_publish('ward.supply'), fhir_publish('ward.times')""")
    try:
        for path, wanted in (("/fhir/Patient/$export", {"2", "4"}), ("/fhir/Group/g1/$export", {"2"})):
            listed = manifest(g, path)[0]
            for kind, letter in (("AdverseEvent", "h"), ("SupplyRequest", "s"), ("Schedule", "t")):
                assert listed["error"] == [] and set(ids(g, listed, kind)) == {letter + "-" + one for one in wanted}, (path, kind, listed)
        found = {(e["resource"]["resourceType"], e["resource"]["id"]) for e in g.get("/fhir/Patient/a-2/$everything").json["entry"]}
        assert {("AdverseEvent", "h-2"), ("SupplyRequest", "s-2"), ("Schedule", "t-2")} <= found and ("AdverseEvent", "h-4") not in found, found
        # what refers to a patient whom the caller does not see has no patient to go with
        sql("UPDATE ward.harm SET patient = 'b-1' WHERE id = 'h-4'")
        is_outcome(g.get("/fhir/Patient/b-1/$everything"), 404, "not-found")
        assert ids(g, manifest(g, "/fhir/Patient/$export?_type=AdverseEvent,Schedule")[0], "AdverseEvent") == ["h-2"]
        # without patients there is nobody to ask whether it is one
        sql("SELECT fhir_unpublish('ward.patient')")
        listed = manifest(g, "/fhir/Patient/$export")[0]
        assert [o["type"] for o in listed["output"]] == ["Observation"] and listed["error"] == [], listed
    finally:
        sql("SELECT fhir_publish('ward.patient'), fhir_unmap('ward.harm'), fhir_unmap('ward.supply'), fhir_unmap('ward.times'); DROP TABLE ward.harm CASCADE")


def whole_of_patients(g):
    """A type of more rows than a page has: all that name a patient, nothing else, once; of a group all of its members', in one file."""
    sql("""CREATE TABLE ward.notice (id text PRIMARY KEY, patient text, at timestamptz);
        INSERT INTO ward.notice SELECT 'n-' || n, CASE WHEN n % 5 > 0 THEN 'a-' || n % 10 * 2 END, timestamptz '2024-03-01 00:00Z' + n * interval '1 minute' FROM generate_series(1, 2500) n;
        GRANT SELECT ON ward.notice TO reader;
        SELECT fhir_map('ward.notice', '{"resourceType": "Media", "id": "{id}", "meta": {"lastUpdated": "{at}"}, "status": "completed", "content": {"title": "x"},
            "subject": {"$if": "patient IS NOT NULL", "reference": "Patient/{patient}"}}'); SELECT fhir_publish('ward.notice')""")
    try:
        for path, condition in (("/fhir/Patient/$export", "patient IS NOT NULL"), ("/fhir/Patient/$export?_type=Media", "patient IS NOT NULL"),
                                ("/fhir/Patient/$export?_elements=content", "patient IS NOT NULL"),
                                ("/fhir/Patient/$export?_since=2024-03-02T00:00:00Z", "patient IS NOT NULL AND at >= '2024-03-02Z'"),
                                ("/fhir/Patient/$export?_typeFilter=Media%3Fpatient%3Da-2,Media%3Fpatient%3Da-2%2Ca-4", "patient IN ('a-2', 'a-4')"),
                                ("/fhir/Group/g1/$export", "patient = 'a-2'"), ("/fhir/$export", "true")):
            listed = manifest(g, path)[0]
            expected = [row[0] for row in sql("SELECT id FROM ward.notice WHERE " + condition)]
            assert listed["error"] == [] and ids(g, listed, "Media") == sorted(expected) and len(expected) > 100, (path, listed, len(expected))
        # result parameters of a search have no meaning in an export: what would be left out is said
        listed = manifest(g, "/fhir/$export?_type=Media&_typeFilter=Media%3F_count%3D10")[0]
        assert listed["output"] == [] and len(listed["error"]) == 1, listed
    finally:
        sql("SELECT fhir_unmap('ward.notice'); DROP TABLE ward.notice")


def found_twice(g):
    """A group's members are asked for in parts: what has to do with two of the parts stands once."""
    sql("""CREATE VIEW ward.crowd WITH (security_invoker) AS SELECT 'crowd' AS id, array_agg(p.id ORDER BY p.id) AS members FROM ward.patient p;
        CREATE TABLE ward.round (id text PRIMARY KEY, actors text[]); INSERT INTO ward.round VALUES ('all', '{a-10,a-6,a-8,a-60}'), ('one', '{a-6}');
        GRANT SELECT ON ward.crowd, ward.round TO reader;
        SELECT fhir_map('ward.crowd', '{"resourceType": "Group", "id": "{id}", "type": "person", "actual": true,
            "member": [{"$each": "members AS m", "entity": {"reference": "Patient/{m}"}}]}');
        SELECT fhir_map('ward.round', '{"resourceType": "Appointment", "id": "{id}", "status": "booked",
            "participant": [{"$each": "actors AS a", "actor": {"reference": "Patient/{a}"}, "status": "accepted"}]}');
        SELECT fhir_publish('ward.crowd'), fhir_publish('ward.round')""")
    try:
        listed = manifest(g, "/fhir/Group/crowd/$export")[0]
        assert listed["error"] == [] and len(ids(g, listed, "Patient")) == 30 and len(ids(g, listed, "Observation")) == 150, listed
        assert ids(g, listed, "Appointment") == ["all", "one"], listed
    finally:
        sql("SELECT fhir_unmap('ward.crowd'), fhir_unmap('ward.round'); DROP VIEW ward.crowd; DROP TABLE ward.round")


def faulty_rows(g):
    """A mapping that fails is missing, and the manifest says so; the rest is there."""
    sql("""CREATE TABLE ward.bad (id text); INSERT INTO ward.bad VALUES ('x'), ('not an id'); GRANT SELECT ON ward.bad TO reader;
        SELECT fhir_map('ward.bad', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "x"}}');
        SELECT fhir_publish('ward.bad')""")
    try:
        listed = manifest(g)[0]
        assert len(ids(g, listed, "Patient")) == 30 and "Basic" not in [o["type"] for o in listed["output"]]
        assert len(listed["error"]) == 1
        text = g.get(local(listed["error"][0]["url"])).text
        assert json.loads(text)["resourceType"] == "OperationOutcome" and "Basic" in text and "not an id" not in text, text
    finally:
        sql("SELECT fhir_unmap('ward.bad'); DROP TABLE ward.bad")


def names(g):
    """Nothing but a job's own files is ever opened."""
    listed, place = manifest(g)
    for name in ("job.json", "manifest.json", "lock", "..%2fjob.json", "%2e%2e", "Patient.ndjson%00", ".ndjson", "x%2f..%2fPatient.ndjson"):
        assert g.get(place + "/" + name).status in (400, 404), name
    for job in ("..", "%2e%2e", "0" * 32, "x", place.rsplit("/", 1)[1].upper()):
        assert g.get("/fhir/export/" + job).status in (400, 404), job


def slow_mapping():
    sql("""CREATE OR REPLACE FUNCTION ward.slow(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN $1; END $$;
        CREATE OR REPLACE VIEW ward.slowly WITH (security_invoker) AS SELECT ward.slow(id) AS id FROM ward.patient; GRANT SELECT ON ward.slowly TO reader;
        GRANT EXECUTE ON FUNCTION ward.slow TO PUBLIC;
        SELECT fhir_map('ward.slowly', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "x"}}');
        SELECT fhir_publish('ward.slowly')""")


def quicken(seconds):
    sql("CREATE OR REPLACE FUNCTION ward.slow(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(%s); RETURN $1; END $$" % seconds)


RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%export' AND state = 'active'"


def kill_amid(gateway):
    """Kills a gateway while it writes."""
    assert wait_until(lambda: sql(RUNNING)[0][0] == "1", 5)
    gateway.process.kill()
    gateway.process.wait()
    assert wait_until(lambda: sql(RUNNING)[0][0] == "0", 15)


def interrupted(g):
    """An export outlives the gateway that began it: another on the same folder makes it whole."""
    slow_mapping()
    try:
        other = Gateway(EXPORT_DIR=FOLDER)
        place = local(begin(other).headers["content-location"])
        assert wait_until(lambda: sql(RUNNING)[0][0] == "1", 5)
        assert other.get(place).status == 202 and other.get(place).headers["retry-after"] and "x-progress" in other.get(place).headers
        assert g.get(place).status == 202          # another instance on the same volume knows it too
        kill_amid(other)
        quicken(0)
        assert wait_until(lambda: g.get(place).status != 202, 20)
        answer = g.get(place)
        assert answer.status == 200 and len(ids(g, answer.json, "Patient")) == 30 and len(ids(g, answer.json, "Basic")) == 30, answer.text
        assert answer.json["request"] == BASE + "/$export" and answer.json["error"] == [], answer.text
        is_outcome(g.get(place, user="bob"), 404, "not-found")
    finally:
        sql("SELECT fhir_unmap('ward.slowly'); DROP VIEW ward.slowly")


def ended_often(g):
    """One that has been begun three times is given up: nobody waits for ever.  Gateways find what was left behind when they start."""
    slow_mapping()
    quicken(0.1)
    folder = os.path.join(FOLDER, "alone")
    os.makedirs(folder)
    try:
        place = None
        for _ in range(3):
            other = Gateway(EXPORT_DIR=folder)
            place = place or local(begin(other).headers["content-location"])
            kill_amid(other)
        other = Gateway(EXPORT_DIR=folder)
        assert wait_until(lambda: other.get(place).status == 500, 5)
        is_outcome(other.get(place), 500, "exception")
        # and one whose description is lost
        place = local(begin(other).headers["content-location"])
        kill_amid(other)
        with open(os.path.join(folder, place.rsplit("/", 1)[1], "job.json"), "w") as file:
            file.write('{"user": "alice"}')
        other = Gateway(EXPORT_DIR=folder)
        assert wait_until(lambda: other.get(place).status == 500, 5)
        assert other.stop() == 0
    finally:
        sql("SELECT fhir_unmap('ward.slowly'); DROP VIEW ward.slowly")


def unwanted(g):
    """One that is removed while it runs stops, and so does the database's part; there is an end to how many may wait."""
    slow_mapping()
    quicken(0.1)
    try:
        place = local(begin(g).headers["content-location"])
        assert wait_until(lambda: sql(RUNNING)[0][0] == "1", 5)
        assert g.ask("DELETE", place, user="alice").status == 202
        assert wait_until(lambda: sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%export'")[0][0] == "0", 15)
        answers = [begin(g).status for _ in range(8)]
        assert answers.count(202) < 8 and set(answers) == {202, 429}, answers
    finally:
        sql("SELECT fhir_unmap('ward.slowly'); DROP VIEW ward.slowly")


def expiry(g):
    """What is older than EXPORT_HOURS goes; files that are not exports stay."""
    place = manifest(g)[1]
    folder = os.path.join(FOLDER, place.rsplit("/", 1)[1])
    stranger = os.path.join(FOLDER, "somebody's folder")
    os.makedirs(stranger, exist_ok=True)
    for old in (folder, stranger):
        os.utime(old, (1, 1))
    other = Gateway(EXPORT_DIR=FOLDER)
    try:
        assert wait_until(lambda: not os.path.exists(folder), 5)
        assert os.path.exists(stranger)
    finally:
        other.stop()


def declared(g):
    statement = g.ask("GET", "/fhir/metadata").json
    assert statement["instantiates"] == ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"]
    assert [o["name"] for o in statement["rest"][0]["operation"]] == ["export"]
    operations = {resource["type"]: [o["name"] for o in resource["operation"]] for resource in statement["rest"][0]["resource"]}
    assert "export" in operations["Patient"] and "export" in operations["Group"] and "export" not in operations["Observation"], operations


def shut_out(g):
    """Who is locked out gets nothing more of an export that is there, however good the token is."""
    listed, place = manifest(g, "/fhir/$export?_type=Patient", user="bob")
    file = local(listed["output"][0]["url"])
    for lock, unlock in (("REVOKE bob FROM fhir_gateway", "GRANT bob TO fhir_gateway"), ("ALTER ROLE bob NOLOGIN", "ALTER ROLE bob LOGIN"),
                         ("ALTER ROLE bob VALID UNTIL '2020-01-01'", "ALTER ROLE bob VALID UNTIL 'infinity'")):
        sql(lock)
        try:
            for method, target in (("GET", place), ("GET", file), ("HEAD", file), ("DELETE", place)):
                answer = g.ask(method, target, user="bob")
                assert answer.status == 401 and b"b-" not in answer.body, (lock, method, target, answer.status)
        finally:
            sql(unlock)
    assert g.get(file, user="bob").status == 200 and g.ask("DELETE", place, user="bob").status == 202


def asked_for_alone(g):
    """HEAD of a file, and nobody beside it, waits for what the file holds."""
    other = Gateway(EXPORT_DIR=FOLDER, LOOPS="1")
    try:
        listed, place = manifest(other, "/fhir/$export?_type=Patient")
        file = local(listed["output"][0]["url"])
        os.truncate(os.path.join(FOLDER, place.split("/")[-1], "Patient.ndjson"), 8 << 30)
        began = time.monotonic()
        for method in ("HEAD", "HEAD", "HEAD"):
            answer = other.ask(method, file, user="alice")
            assert answer.status == 200 and answer.body == b"" and answer.headers["content-type"] == "application/fhir+ndjson", answer.headers
        assert other.ask("GET", "/livez").status == 200 and soon(began, 2)
        assert other.ask("DELETE", place, user="alice").status == 202
    finally:
        other.stop()


def rights(g):
    assert begin(Gateway.of_no_exports).status == 501
    other = Gateway(EXPORT_DIR=FOLDER, EXPORT_ROLE="ministry_reader")
    try:
        is_outcome(begin(other), 403, "forbidden")
    finally:
        other.stop()


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    g = Gateway(EXPORT_DIR=FOLDER, EXPORT_JOBS="4")
    Gateway.of_no_exports = Gateway()
    run([system, removal, parameters, filters, of_patients, by_other_names, whole_of_patients, found_twice, faulty_rows, names, expiry, declared, shut_out, asked_for_alone, rights, interrupted, ended_often, unwanted], g)
    Gateway.of_no_exports.stop()

    def ends_amid_exports(_):
        """Exports are running: the end of the program waits for none and breaks none in its fall."""
        assert g.stop() == 0
    run([ends_amid_exports], None)
    sums()


main()

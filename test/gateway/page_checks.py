"""The page in a real browser: a gateway, a database and the mock suggestion service, as a physician meets them.

Starts all three and hands their addresses to page/page.mjs, which drives
Chromium.  Skipped without Chromium, Node.js or npm.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import gateway as common
from gateway import PASSWORDS, Gateway
from local_model import drop_server, make_server

HERE = pathlib.Path(__file__).parent
REPO = HERE.parent.parent


def skip(why):
    print("skipped: " + why)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


# Ten readings of a patient of alice's ward, whose figures are known: ARV 44/10 and 44/9.
PATIENT = r"""
CREATE TABLE IF NOT EXISTS ward.pressure (id text PRIMARY KEY, patient text NOT NULL, sbp int, dbp int, at timestamptz NOT NULL);
INSERT INTO ward.pressure SELECT 'bp-' || n, 'a-2', bp, 80, timestamptz '2024-03-01 00:00Z' + n * interval '15 min'
	FROM unnest('{120,122,118,126,124,128,120,122,116,124}'::int[]) WITH ORDINALITY u (bp, n) ON CONFLICT DO NOTHING;
INSERT INTO ward.pressure VALUES ('bp-0', 'a-2', 200, 110, '2020-01-01 00:00Z') ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS ward.diagnosis (id text PRIMARY KEY, patient text NOT NULL, code text, words text, onset date);
INSERT INTO ward.diagnosis VALUES ('d-1', 'a-2', 'I10', 'Essential (primary) hypertension', '2019-05-06') ON CONFLICT DO NOTHING;
SELECT fhir_map('ward.pressure', $m${"resourceType": "Observation", "id": "{id}", "status": "final",
	"code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}, "subject": {"reference": "Patient/{patient}"}, "effectiveDateTime": "{at}",
	"component": [
	{"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": "{sbp}", "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
	{"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueQuantity": {"value": "{dbp}", "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}]}$m$);
SELECT fhir_map('ward.diagnosis', $m${"resourceType": "Condition", "id": "{id}", "subject": {"reference": "Patient/{patient}"},
	"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "{code}"}], "text": "{words}"}, "onsetDateTime": "{onset}"}$m$);
SELECT fhir_publish(format('ward.%s', name)) FROM fhir_mapping WHERE NOT published AND name IN ('patient', 'pressure', 'diagnosis');
GRANT SELECT ON ward.pressure, ward.diagnosis TO reader
"""


def install(place):
    """Playwright and axe-core from npm, as page/package-lock.json pins them."""
    return subprocess.run([REPO / "src/gateway/npm_ci", HERE / "page", place, "--ignore-scripts"], stderr=subprocess.DEVNULL).returncode == 0


def sql(*statements):
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"], input=";\n".join(statements) + ";\n",
                   text=True, check=True)


def allow_mock():
    """Lets the cluster call a service by HTTP on this machine, and waits until a new session sees that."""
    sql("LOAD 'fhir_bridge'",
        "ALTER SYSTEM SET fhir_bridge.aics_allow_http = on",
        "ALTER SYSTEM SET fhir_bridge.aics_allow_private_addresses = on",
        "SELECT pg_reload_conf()")
    limit = time.monotonic() + 20
    while subprocess.run(["psql", "-XAtc", "LOAD 'fhir_bridge'", "-c", "SHOW fhir_bridge.aics_allow_private_addresses"],
                         capture_output=True, text=True, check=True).stdout.split()[-1] != "on":
        if time.monotonic() > limit:
            raise TimeoutError("the settings are not seen")
        time.sleep(0.01)


def start_mock(folder):
    """The mock suggestion service; it ends with its standard input."""
    mock = subprocess.Popen([sys.executable, str(REPO / "test/mock/aics.py"), folder], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    port = pathlib.Path(folder) / "port"
    limit = time.monotonic() + 20
    while not port.exists() or not port.read_text():
        if time.monotonic() > limit:
            raise TimeoutError("the mock does not listen")
        time.sleep(0.01)
    return mock, port.read_text()


def main():
    browser = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
    if browser is None or shutil.which("node") is None or shutil.which("npm") is None:
        skip("there is no Chromium, Node.js or npm")
    place = REPO / "build/npm-page"
    if not install(place):
        skip("npm could not get the browser's driver")
    with tempfile.TemporaryDirectory() as folder:
        mock, port = start_mock(folder)
        allow_mock()
        sql("DROP SERVER IF EXISTS page_aics CASCADE",
            "CREATE SERVER page_aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:%s')" % port,
            "CREATE USER MAPPING FOR PUBLIC SERVER page_aics OPTIONS (email 'all', password 'right')",
            "GRANT USAGE ON FOREIGN SERVER page_aics TO alice, bob",
            "GRANT fhir_bridge_user TO alice, bob",
            PATIENT)
        real = make_server(common.sql, "alice")
        host = "http://127.0.0.1:%d" % (20000 + os.getpid() % 20000)
        gateway = Gateway(AICS_SERVER="page_aics", PAGE_ORIGINS=host, TOKEN_MINUTES="1", LOGIN_FAILURES="100", SUGGEST_PER_MINUTE="10000")
        try:
            return subprocess.run(["node", str(HERE / "page/page.mjs")], env=dict(
                os.environ, NODE_PATH=str(place / "node_modules"), BROWSER=browser, PAGE="http://127.0.0.1:%d" % gateway.port, HOST=host,
                USER_NAME="alice", PASSWORD=PASSWORDS["alice"], MODEL="real" if real else "", PICTURES=os.environ["OUT"])).returncode
        finally:
            gateway.stop()
            drop_server(common.sql)
            mock.stdin.close()
            mock.wait(10)


sys.exit(main())

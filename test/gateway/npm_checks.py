"""A client from npm that nobody here wrote, and Swagger UI in a browser.

fhir-kit-client reads, walks pages and is refused; Chromium, with the network limited to the gateway, logs in at /docs and searches.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import urllib.parse

from gateway import PASSWORDS, Gateway, Skip, run, sql, sums

HERE = pathlib.Path(__file__).parent
BUILD = HERE.parent.parent / "build"


def install(name, here):
    """The packages of a lock file, into build; they outlive a run."""
    place = BUILD / name
    done = subprocess.run([str(BUILD.parent / "src/gateway/npm_ci"), str(here), str(place), "--ignore-scripts"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip("npm could not install the clients: " + done.stderr.strip())
    return place


def node(script, place, **environment):
    done = subprocess.run(["node", str(HERE / "npm" / script)], capture_output=True, text=True, timeout=120, check=False,
                          env=dict(os.environ, NODE_PATH=str(place / "node_modules"), **environment))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def libraries(g):
    place = install("npm-gateway", HERE / "npm")
    expected = sorted(row[0] for row in sql("SET ROLE alice; SELECT id FROM ward.patient"))
    for name, found in node("clients.cjs", place, BASE=g.base, TOKEN=g.token("alice")).items():
        assert sorted(found["pages"]) == expected and found["npages"] > 2, (name, found)
        assert found["read"] == "a-2" and found["missing"] == 404 and found["observations"] == 5, (name, found)
        assert found["software"] == "fhir_bridge", (name, found)


def documentation(g):
    if g.ask("GET", "/docs").status == 501:
        raise Skip("the gateway was built without Swagger UI")
    browser = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
    if browser is None:
        raise Skip("there is no Chromium")
    place = install("npm-page", HERE / "page")
    found = node("docs.cjs", place, BROWSER=browser, ADDRESS=g.base[:-5], PASSWORD=PASSWORDS["alice"], PICTURE=os.path.join(os.environ["OUT"], "docs.png"))
    assert found["status"] == "200" and '"searchset"' in found["body"] and "a-10" in found["body"], found
    assert found["elsewhere"] == [] and found["errors"] == [], found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def bulk(_):
    """SMART's bulk-data-client, which npm does not have: BULK_DATA_CLIENT names a folder where it is installed."""
    client = os.environ.get("BULK_DATA_CLIENT")
    if not client:
        raise Skip("BULK_DATA_CLIENT names no folder")
    port, folder = free_port(), os.path.join(os.environ["OUT"], "bulk")
    base = "http://127.0.0.1:%d/fhir" % port
    shutil.rmtree(folder, ignore_errors=True)
    node("bulk.cjs", pathlib.Path(client), BASE=base, FOLDER=folder)
    os.makedirs(os.path.join(folder, "export"))
    g = Gateway(PORT=str(port), FHIR_BASE_URL=base, CLIENTS_FILE=os.path.join(folder, "clients.json"), EXPORT_DIR=os.path.join(folder, "export"))
    try:
        done = subprocess.run(["node", client, "--config", os.path.join(folder, "config.js")], capture_output=True, text=True, timeout=120, check=False)
        found = {}
        for name in os.listdir(os.path.join(folder, "out")):
            if name.endswith(".ndjson"):
                with open(os.path.join(folder, "out", name)) as file:
                    found.setdefault(name.split(".")[1], []).extend(file.read().splitlines())
        for type, mapping in (("Patient", "ward.patient"), ("Observation", "ward.observation")):
            lines = [row[0] for row in sql("SET ROLE alice; SELECT fhir_ndjson('%s')" % mapping)]
            assert sorted(line for line in found.get(type, []) if line) == sorted(lines), (type, done.stdout, done.stderr)
    finally:
        g.stop()


def main():
    if shutil.which("node") is None:
        def no_node(_):
            raise Skip("there is no Node.js")
        run([no_node], None)
        sums()
    port = free_port()
    base = "http://127.0.0.1:%d/fhir" % port
    g = Gateway(PORT=str(port), FHIR_BASE_URL=base)
    g.base = base
    run([libraries, documentation, bulk], g)
    g.stop()
    sums()


main()

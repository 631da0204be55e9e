"""The service that hospitals write in Python: all people as FHIR, by Flask and psycopg2.

It does what ours does at GET /fhir/data and /fhir/Patient/<id>: asks the table
and makes a resource of each row.  Run by Flask's own server, or by gunicorn as
gateway_flask:app.
"""

import os
import sys

import flask
import psycopg2

app = flask.Flask(__name__)
connection = None


def to_fhir(row, kind):
    key, changed, chart, family, given, gender, born = row
    return {"resourceType": kind, "id": key, "meta": {"lastUpdated": changed.isoformat()},
            "identifier": [{"system": "https://hospital.example/chart", "value": chart}],
            "name": [{"family": family, "given": [given]}], "gender": gender, "birthDate": born.isoformat()}


def ask(query, values=()):
    global connection
    if connection is None:
        connection = psycopg2.connect(dbname=os.environ["PGDATABASE"])
        connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(query, values)
    return cursor


@app.route("/fhir/data")
def data():
    table = {"ward.ten": "ward.ten", "ward.hundred": "ward.hundred"}.get(flask.request.args.get("mapping"), "ward.few")
    with ask("SELECT id, changed, chart, family, given, gender, born FROM " + table) as cursor:
        return flask.jsonify([to_fhir(row, "Person") for row in cursor])


@app.route("/fhir/Patient/<key>")
def patient(key):
    with ask("SELECT id, changed, chart, family, given, gender, born FROM ward.patient WHERE id = %s", (key,)) as cursor:
        return flask.jsonify(to_fhir(cursor.fetchone(), "Patient"))


if __name__ == "__main__":
    import logging
    logging.getLogger("werkzeug").disabled = True
    app.run(port=int(sys.argv[1]), threaded=False)

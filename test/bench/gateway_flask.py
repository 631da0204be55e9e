"""The service that hospitals write in Python: all people as FHIR, by Flask and psycopg2.

It does what ours does at GET /fhir/data: asks the table and makes a resource of
each row.  Run by Flask's own server, or by gunicorn as gateway_flask:app.
"""

import os
import sys

import flask
import psycopg2

app = flask.Flask(__name__)
connection = None


def to_fhir(row):
    key, changed, chart, family, given, gender, born = row
    return {"resourceType": "Person", "id": key, "meta": {"lastUpdated": changed.isoformat()},
            "identifier": [{"system": "https://hospital.example/chart", "value": chart}],
            "name": [{"family": family, "given": [given]}], "gender": gender, "birthDate": born.isoformat()}


@app.route("/fhir/data")
def data():
    global connection
    if connection is None:
        connection = psycopg2.connect(dbname=os.environ["PGDATABASE"])
        connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, changed, chart, family, given, gender, born FROM ward.few")
        return flask.jsonify([to_fhir(row) for row in cursor])


if __name__ == "__main__":
    import logging
    logging.getLogger("werkzeug").disabled = True
    app.run(port=int(sys.argv[1]), threaded=False)

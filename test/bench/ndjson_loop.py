#!/usr/bin/python3
"""ndjson_loop.py rows
	What such a service often is, written with care: rows by psycopg2 from a
	cursor of the server's, dicts, json.dumps.

Maps that many Patients of test/bench/mapping_patient.sql to a file that is
thrown away, once to warm up and three times, and prints the median of the
microseconds for one.  The connection is that of libpq's variables.
"""
import hashlib
import json
import statistics
import sys
import time
import uuid

import psycopg2

GENDERS = {"M": "male", "F": "female"}


def patient(row):
	"""The resource for a row, without what is empty."""
	resource = {
		"resourceType": "Patient",
		"id": str(uuid.UUID(hashlib.md5(row["id_no"].encode()).hexdigest())),
		"meta": {"lastUpdated": row["updated_at"].isoformat()},
		"identifier": [{"use": "official", "type": {"coding": [{
			"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNxxx"}]},
			"system": "http://www.moi.gov.tw", "value": row["id_no"]}],
		"name": [{"use": "official", "text": row["name"], "family": row["family"], "given": [row["given"]]}],
		"telecom": [{"system": "phone", "use": "mobile", "value": row["phone"]}],
		"gender": GENDERS.get(row["sex"]),
		"birthDate": row["birth_date"].isoformat(),
		"address": [{"use": "home", "line": [row["road"]], "city": row["city"],
			"postalCode": row["zip"], "country": "TW"}],
	}
	return {key: value for key, value in resource.items() if value is not None}


def export(connection, rows):
	"""Seconds for an export of so many rows."""
	began = time.perf_counter()
	with connection.cursor("patients") as cursor, open("/dev/null", "w", encoding="utf-8") as file:
		cursor.itersize = 2000
		cursor.execute("SELECT * FROM patient LIMIT %s", (rows,))
		columns = None
		for values in cursor:
			columns = columns or [column.name for column in cursor.description]
			row = dict(zip(columns, values))
			file.write(json.dumps(patient(row), ensure_ascii=False) + "\n")
	return time.perf_counter() - began


def main():
	rows = int(sys.argv[1])
	connection = psycopg2.connect("")
	times = [export(connection, rows) for _ in range(4)][1:]
	print(statistics.median(times) * 1e6 / rows)


main()

#!/usr/bin/python3
"""ndjson_loop.py rows
	What such a service often is, written with care: rows by psycopg2 from a
	cursor of the server's, dicts, json.dumps.

Maps that many Patients of test/bench/mapping_patient.sql to a file that is
thrown away, once to warm up and three times, and prints the median of the
microseconds for one.  The connection is that of libpq's variables.

Before, it compares its resources with those of fhir_json_from_row, also for
rows with NULLs: both must do the same mapping.
"""
import hashlib
import json
import statistics
import sys
import time
import uuid

import psycopg2

GENDERS = {"M": "male", "F": "female"}


def there(text):
	"""Is there a text that is not blank?"""
	return text and not text.isspace()


def put(element, key, text):
	"""Adds a member, if there is a text for it."""
	if there(text):
		element[key] = text


def patient(row):
	"""The resource for a row, without what is empty."""
	resource = {"resourceType": "Patient", "id": str(uuid.UUID(hashlib.md5(row["id_no"].encode()).hexdigest()))}
	if row["updated_at"] is not None:
		# the connection's time zone is UTC
		resource["meta"] = {"lastUpdated": row["updated_at"].isoformat()[:-6] + "Z"}
	if there(row["id_no"]):
		resource["identifier"] = [{"use": "official", "type": {"coding": [{
			"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNxxx"}]},
			"system": "http://www.moi.gov.tw", "value": row["id_no"]}]
	name = {"use": "official"}
	put(name, "text", row["name"])
	put(name, "family", row["family"])
	if there(row["given"]):
		name["given"] = [row["given"]]
	if len(name) > 1:
		resource["name"] = [name]
	if there(row["phone"]):
		resource["telecom"] = [{"system": "phone", "use": "mobile", "value": row["phone"]}]
	if row["sex"] is not None:
		resource["gender"] = GENDERS[row["sex"]]
	if row["birth_date"] is not None:
		resource["birthDate"] = row["birth_date"].isoformat()
	address = {"use": "home"}
	if there(row["road"]):
		address["line"] = [row["road"]]
	put(address, "city", row["city"])
	put(address, "postalCode", row["zip"])
	if len(address) > 1:
		address["country"] = "TW"
		resource["address"] = [address]
	return resource


def compare(connection, table):
	"""Ends the program when resources of a table are not the extension's."""
	with connection.cursor() as cursor:
		cursor.execute(f"SELECT t.*, fhir_json_from_row(t.*) FROM (SELECT * FROM {table} LIMIT 1000) s JOIN {table} t USING (id_no)")
		columns = [column.name for column in cursor.description]
		for values in cursor:
			if json.loads(json.dumps(patient(dict(zip(columns, values))))) != values[-1]:
				sys.exit(f"ndjson_loop.py: resources of {table} differ")


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
	connection = psycopg2.connect("options='-c timezone=UTC'")
	compare(connection, "patient")
	compare(connection, "sparse")
	times = [export(connection, rows) for _ in range(4)][1:]
	print(statistics.median(times) * 1e6 / rows)


main()

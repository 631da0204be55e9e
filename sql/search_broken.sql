-- Mappings that what has happened since has broken: the search's own error says
-- which, with an OperationOutcome and what to call.
SET client_min_messages = error;
CREATE SCHEMA br;
CREATE FUNCTION br.shown(t text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$ BEGIN RETURN upper(t); END $$;
CREATE TABLE br.one (no int PRIMARY KEY, name text, ward text);
CREATE TABLE br.two (no int PRIMARY KEY, name text);
CREATE TABLE br.note (no int, told text);
CREATE TABLE br.ward (no text PRIMARY KEY, name text);
INSERT INTO br.one VALUES (1, 'Ann', 'w1');
INSERT INTO br.two VALUES (2, 'Bea');
INSERT INTO br.note VALUES (1, 'x');
INSERT INTO br.ward VALUES ('w1', 'First');
SELECT fhir_code_map('br_sex', '{"Ann": "female"}', unmapped => 'default:unknown');
SELECT fhir_map('br.one', $m${"resourceType": "Patient", "id": "one-{no}", "name": [{"family": "{name}", "text": "{br.shown(name)}"}],
	"gender": "{fhir_code('br_sex', name)}", "telecom": [{"$each": "(SELECT told FROM br.note n WHERE n.no = this.no) AS n", "system": "phone", "value": "{n.told}"}]}$m$);
SELECT fhir_map('br.two', '{"resourceType": "Patient", "id": "two-{no}", "name": [{"family": "{name}"}]}');
SELECT fhir_map('br.ward', '{"resourceType": "Location", "id": "{no}", "name": "{name}"}');
SELECT fhir_publish('br.one'), fhir_publish('br.two'), fhir_publish('br.ward');

-- what each of the functions says: the error, without the numbers of things, or what is there
CREATE FUNCTION br.ask(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer json; state text; message text; detail text; hint text;
BEGIN
	EXECUTE call INTO answer;
	RETURN coalesce(answer ->> 'id', answer ->> 'total', (SELECT string_agg(r ->> 'type', ' ') FROM json_array_elements(answer #> '{rest,0,resource}') r));
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, (detail::json #>> '{issue,0,code}') || CASE WHEN detail::json #>> '{issue,0,diagnostics}' = message THEN '' ELSE '!' END, hint);
END $$;
CREATE FUNCTION br.all() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT br.ask(call) FROM unnest(ARRAY[$c$SELECT fhir_read('Patient', 'one-1')$c$, $c$SELECT fhir_search('Patient', '')$c$, $c$SELECT fhir_search('Patient', 'family=bea')$c$,
		$c$SELECT fhir_search('Location', '')$c$, 'SELECT fhir_capabilities()']) call $$;
SELECT * FROM br.all();

-- a column is renamed: the other mapping of the type is not answered from alone, and other types are
ALTER TABLE br.one RENAME COLUMN name TO named;
SELECT * FROM br.all();
ALTER TABLE br.one RENAME COLUMN named TO name;
SELECT * FROM br.all();

-- a column is of another type; a column, a table and a function that an expression needs have gone
BEGIN; ALTER TABLE br.one ALTER name TYPE int USING 1; SELECT * FROM br.all(); ROLLBACK;
BEGIN; ALTER TABLE br.one DROP name; SELECT * FROM br.all(); ROLLBACK;
BEGIN; DROP TABLE br.note; SELECT * FROM br.all(); ROLLBACK;
BEGIN; ALTER TABLE br.note RENAME told TO said; SELECT * FROM br.all(); ROLLBACK;
BEGIN; DROP FUNCTION br.shown(text); SELECT * FROM br.all(); ROLLBACK;
BEGIN; DELETE FROM fhir_code_map WHERE map = 'br_sex'; SELECT * FROM br.all(); ROLLBACK;
-- the mapped table itself: its mapping goes with it
BEGIN; DROP TABLE br.one; SELECT * FROM br.all(); ROLLBACK;
SELECT * FROM br.all();

-- a right that is taken away is one that the role lacks
CREATE ROLE br_reader;
GRANT USAGE ON SCHEMA br TO br_reader;
GRANT SELECT ON br.one, br.two, br.note, br.ward TO br_reader;
SET ROLE br_reader;
SELECT * FROM br.all();
RESET ROLE;
REVOKE SELECT ON br.note FROM br_reader;
SET ROLE br_reader;
SELECT * FROM br.all();
RESET ROLE;
GRANT SELECT ON br.note TO br_reader;
REVOKE SELECT ON br.one FROM br_reader;
GRANT SELECT (no) ON br.one TO br_reader;
SET ROLE br_reader;
SELECT * FROM br.all();
RESET ROLE;
GRANT SELECT ON br.one TO br_reader;
REVOKE EXECUTE ON FUNCTION br.shown(text) FROM PUBLIC;
SET ROLE br_reader;
SELECT * FROM br.all();
RESET ROLE;

-- unpublished, it is no longer asked
ALTER TABLE br.one DROP name;
SELECT fhir_unpublish('br.one');
SELECT * FROM br.all();
DROP SCHEMA br CASCADE;
DROP ROLE br_reader;

-- elements that change the meaning of what they stand in are never left out alone
CREATE SCHEMA mapping_modifiers;
SET search_path = mapping_modifiers, public;
\pset format unaligned
\pset tuples_only on
-- both forms, inlined or not, are the same
CREATE FUNCTION all_forms(mapping text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	inlined text[];
	plain text[];
	form text;
BEGIN
	FOREACH form IN ARRAY ARRAY['fhir_json_from_row(t, %1$L)::jsonb', 'fhir_from_row(t, %1$L)'] LOOP
		SET fhir_bridge.inline = on;
		EXECUTE format('SELECT array_agg(coalesce((r - ''resourceType'')::text, ''no resource'') ORDER BY id) FROM (SELECT id, ' || form || ' FROM t) s (id, r)', mapping) INTO inlined;
		SET fhir_bridge.inline = off;
		EXECUTE format('SELECT array_agg(coalesce((r - ''resourceType'')::text, ''no resource'') ORDER BY id) FROM (SELECT id, ' || form || ' FROM t) s (id, r)', mapping) INTO plain;
		RESET fhir_bridge.inline;
		IF plain <> inlined THEN
			RAISE 'inlined % but plain %', inlined, plain;
		END IF;
	END LOOP;
	RETURN QUERY SELECT unnest(plain);
END $$;
CREATE TABLE t (id int PRIMARY KEY, comp text, v numeric, active text, verified text, kind text);
INSERT INTO t VALUES (1, '<', 23, 'true', 'confirmed', 'x'), (2, '<>', 23, 'maybe', 'perhaps', 'x'), (3, NULL, 23, NULL, NULL, 'x');
-- Quantity.comparator takes the Quantity, wherever it stands
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"comparator":"{comp}","value":"{v}"},
	"component":[{"code":{"text":"d"},"valueQuantity":{"comparator":"{comp}","value":"{v}"}}],"referenceRange":[{"low":{"value":"{v}"},"text":"r"}]}', 'quantity', on_invalid => 'omit');
SELECT all_forms('quantity');
SELECT severity, path, rule, count FROM fhir_map_check('quantity');
-- with a constant there is nothing to leave out, and with keep nothing is
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"comparator":"<","value":"{v}"}}', 'constant', on_invalid => 'omit');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"comparator":"{comp}","value":"{v}"}}', 'kept', on_invalid => 'keep');
SELECT all_forms('kept');
-- a code map that omits does the same, whatever on_invalid says
SELECT fhir_code_map('modifiers comparator', '{"<": "<", "GT": ">"}', unmapped => 'omit');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"comparator":"{fhir_code(''modifiers comparator'', comp)}","value":"{v}"}}', 'mapped');
SELECT all_forms('mapped');
-- what stands in for it is no loss
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"comparator":"{coalesce(fhir_code(''modifiers comparator'', comp), ''>='')}","value":"{v}"}}', 'instead');
SELECT all_forms('instead');
-- nor is a code that only a condition lacked
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"c"},"valueQuantity":{"$if":"fhir_code(''modifiers comparator'', kind) IS NULL","comparator":"{comp}","value":"{v}"}}', 'condition', on_invalid => 'omit');
SELECT all_forms('condition');
-- at the root the resource goes, and the check and an export say so
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","implicitRules":"http://x/{active || CASE active WHEN ''maybe'' THEN '' x'' ELSE ''y'' END}","language":"en"}', 'rules', on_invalid => 'omit');
SELECT all_forms('rules');
SELECT severity, path, rule, count, example FROM fhir_map_check('rules');
SELECT f.severity, f.path, f.rule, f.code FROM t, fhir_row_faults(t, 'rules') f WHERE id = 2;
CREATE TABLE refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
SELECT fhir_ndjson('rules', refused => 'refused');
SELECT key, path, rule, diagnostics FROM refused;
-- a modifier that is an object: its loss, not that of a part
SELECT fhir_code_map('modifiers verified', '{"confirmed": {"code": "confirmed", "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status"}}', unmapped => 'omit');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"code":{"text":"{kind}"},"verificationStatus":"{fhir_concept(''modifiers verified'', verified)}"}', 'verified');
SELECT all_forms('verified');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"code":{"text":"{kind}"},"verificationStatus":{"coding":["{fhir_coding(''modifiers verified'', verified)}"],"text":"{verified}"}}', 'partly');
SELECT all_forms('partly');
-- the map of another session's making: the next query knows
SELECT fhir_code_map('modifiers comparator', '{"<": "<", "GT": ">"}', unmapped => 'default:>=');
SELECT all_forms('mapped');
DELETE FROM fhir_code_map WHERE map ~ '^modifiers';
SET client_min_messages = warning;
DROP SCHEMA mapping_modifiers CASCADE;

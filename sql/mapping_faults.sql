-- all that is wrong with a template, in one error: path, line, column, what to write
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults;
SET search_path = mapping_faults, public;
CREATE TABLE t (id text, a text, n numeric);
-- unknown paths, with the names that are near
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthdate":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","brthDate":"{a}","gendre":"{a}","xyzzy":"{a}","name":[{"Family":"{a}","givn":["{a}"]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contact":[{"name":[{"text":"{a}"}],"link":"{a}"}],"link":[{"other":{"refrence":"{a}"}}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate.day":"{a}","name[0]":"{a}","":"{a}"," gender":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"valueFoo":"{a}","valuequantity":{"value":"{n}"},"component":[{"valueQuantity":{"values":"{n}"}}]}');
-- the resource's type
SELECT fhir_map('t', '{"birthDate":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"patient","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"Pateint","id":"{nocolumn}"}');
SELECT fhir_map('t', '{"resourceType":"HumanName","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"DomainResource","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"{a}"}');
SELECT fhir_map('t', '{"resourceType":7}'), fhir_map('t', '{"resourceType":null}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":[{"id":"{a}"},{"resourceType":"Nothing"},{"resourceType":"Basic","id":"b","code":{"text":"b"},"x":1}]}');
-- arrays and values, objects and primitives
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":{"text":"{a}"},"birthDate":["{a}"],"address":[{"line":"constant"}],"telecom":"text {a}","active":[true]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":["{a}"],"birthDate":{"value":"{a}"},"maritalStatus":"{a}","gender":{"code":"{a}"},"photo":["constant"],"link":[1]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[["{a}"],[]],"maritalStatus":{"coding":{}},"contact":[],"address":[{}],"communication":[{"language":{}}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","name":[{"given":"{a}","family":"{ARRAY[a]}"}],"id":"{jsonb_build_array(a)}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"","name":[{"given":["",null]}],"birthDate":null}');
-- duplicates, also behind escapes, and of control keys
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{a}","\u0069d":"{id}","name":[{"text":"a","text":"b"}],"resourceType":"Patient"}');
SELECT fhir_map('t', '{"id":"{a}","id":"{a","$if":"true","$if":"false","resourceType":"Patient"}');
-- control keys
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","$when":"true","$":1,"$IF":"true","name":[{"$need":"text","text":"{a}"},{"$keep":false,"text":"{a}"},{"$keep":"true","text":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$need":["family","use",1,["text"]],"text":"{a}","use":"usual"},{"$need":["$if"],"$if":"true"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$if":["a"],"$each":{"x":1},"$absent":1,"text":"{a}"}],"gender":"$if","language":"$each"}');
-- placeholders
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{a","gender":"a}","language":"{}","name":[{"text":"{ }","family":"{(a}","suffix":["{''a}"]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{{a}","gender":"{a}}","language":"{{{a}}","implicitRules":"}{","birthDate":"{{}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{nocolumn}","gender":"{lower(a, a)}","language":"{nofunction(a)}","birthDate":"{a +}","name":[{"text":"{a b c}","family":"{a::notype}"}]}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"valueQuantity":{"value":"{n}","unit":"{score}"}}');
-- everything at once, in the template's order, with line and column in characters
SELECT fhir_map('t', '{
  "resourceType": "Patient", "id": "{id}",
  "name": [{"text": "王小明 {没有}", "famly": "{a}"}],
  "birthDate": "{n}", "性別": "x",
	"telecom": [{"value": "{a}",
		"system":
			"{1 / 0}"}],
  "gender": "{a || }"
}', 'all');
-- a name that needs quotes is quoted
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","x":1}', 'The "x"');
-- escapes that no text can hold
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","language":"\u0000"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","language":"\ud800x"}');
-- deep nesting is neither a crash nor slow
SELECT fhir_map('t', (repeat('{"extension":[', 50) || '{"url":"u","valueCode":"{a}"}' || repeat('],"url":"u"}', 50))::json);
SELECT fhir_map('t', ('{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"extension":[' || repeat('{"extension":[', 300) || '{"url":"u","valueCode":"{a}"}' || repeat('],"url":"u"}', 300) || ']}')::json);
SELECT length(fhir_json_from_row(s, 't')::text), length(fhir_from_row(s, 't')::text) FROM (SELECT 'x'::text AS a) s;
SELECT count(*) FROM fhir_mapping WHERE relation = 't'::regclass;
SET client_min_messages = warning;
DROP SCHEMA mapping_faults CASCADE;

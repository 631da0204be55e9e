-- What a value matches, by its data type: from jsonb, where resources are judged, case by case.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA kinds;
CREATE TABLE kinds.thing (no int PRIMARY KEY, type text, j jsonb);
SELECT fhir_map('kinds.thing', '{"resourceType": "Observation", "$if": "type = ''Observation''", "id": "{''o'' || no}", "status": "final", "identifier": "{j -> ''identifier''}",
	"code": {"coding": "{j -> ''coding''}", "text": "{coalesce(j ->> ''text'', ''none'')}"}, "valueQuantity": "{j -> ''quantity''}", "effectivePeriod": "{j -> ''period''}", "effectiveTiming": "{j -> ''timing''}",
	"effectiveDateTime": "{j ->> ''time''}", "subject": "{j -> ''subject''}"}', name => 'observation', timezone => 'Asia/Taipei');
SELECT fhir_map('kinds.thing', '{"resourceType": "RiskAssessment", "$if": "type = ''RiskAssessment''", "id": "{''r'' || no}", "status": "final", "subject": {"display": "x"}, "prediction": "{j -> ''prediction''}"}', name => 'risk');
SELECT fhir_map('kinds.thing', '{"resourceType": "Invoice", "$if": "type = ''Invoice''", "id": "{''i'' || no}", "status": "issued", "totalGross": "{j -> ''gross''}"}', name => 'invoice');
SELECT fhir_map('kinds.thing', '{"resourceType": "ActivityDefinition", "$if": "type = ''ActivityDefinition''", "id": "{''a'' || no}", "status": "active", "useContext": "{j -> ''context''}", "library": "{j -> ''library''}", "url": "{j ->> ''url''}"}', name => 'activity');
SELECT fhir_publish('kinds.observation'), fhir_publish('kinds.risk'), fhir_publish('kinds.invoice'), fhir_publish('kinds.activity');

-- a resource's part, the searches that find it, and those that do not
CREATE TABLE kinds.trial (no int GENERATED ALWAYS AS IDENTITY, type text, j jsonb, found text[], missed text[]);
INSERT INTO kinds.trial (type, j, found, missed) VALUES
('Observation', '{"quantity": {"value": 5.4, "unit": "mg", "system": "urn:u", "code": "MG"}}',
	'{value-quantity=5.4,value-quantity=5,value-quantity=5.4||mg,value-quantity=5.4||MG,value-quantity=5.4|urn:u|MG,value-quantity=5.4|urn:u|,value-quantity=ge5.4,value-quantity=le5.4,value-quantity=ap5,value-quantity=ap5.9,value-quantity=ne6,value-quantity=sa5.3,value-quantity=eb5.5,value-quantity=gt5,value-quantity=lt5.41,value-quantity=540e-2,value-quantity=5.40}',
	'{value-quantity=5e0,value-quantity=5.4||g,value-quantity=5.4|urn:u|mg,value-quantity=5.4|urn:v|MG,value-quantity=5.4|urn:v|,value-quantity=gt5.4,value-quantity=lt5.4,value-quantity=sa5.4,value-quantity=eb5.4,value-quantity=ap4.9,value-quantity=ap6.1,value-quantity=ne5.4,value-quantity=ge5.5,value-quantity=le5.3,value-quantity=6}'),
('Observation', '{"quantity": {"value": 5.35, "unit": "mg"}}', '{value-quantity=5.4,value-quantity=5||mg}', '{value-quantity=5.3,value-quantity=5|urn:u|mg}'),
('Observation', '{"quantity": {"value": 100, "code": "x"}}', '{value-quantity=1e2,value-quantity=100,value-quantity=ap91||x}', '{value-quantity=95,value-quantity=1e2||y,value-quantity=94,value-quantity=ap90}'),
('RiskAssessment', '{"prediction": [{"probabilityRange": {"low": {"value": 10}, "high": {"value": 20}}}]}',
	'{probability=gt15,probability=lt15,probability=ge20,probability=le10,probability=ne15,probability=sa9,probability=eb21,probability=ap22,probability=ap9.1,probability:missing=false}',
	'{probability=15,probability=gt20,probability=lt10,probability=sa10,probability=eb20,probability=ap23,probability=ap9,probability=1e1}'),
('RiskAssessment', '{"prediction": [{"probabilityRange": {"low": {"value": 10}}}, {"qualitativeRisk": {"text": "x"}}]}', '{probability=gt1000,probability=sa9,probability=ge1000,probability=ap1000}', '{probability=eb1000,probability=lt10,probability=le9,probability=10}'),
('RiskAssessment', '{"prediction": [{"probabilityRange": {"high": {"value": 20}}}]}', '{probability=lt-5,probability=eb21,probability=le-5,probability=ap0,probability=ge20}', '{probability=sa0,probability=gt20,probability=20,probability=ge21}'),
('RiskAssessment', '{"prediction": [{"probabilityDecimal": 0.5}, {"probabilityDecimal": 0.9}]}', '{probability=0.5,probability=0.9,probability=gt0.8,probability=lt0.6,probability=ne0.5,"probability=0.1,0.9"}', '{probability=0.7,probability=gt0.9}'),
('RiskAssessment', '{"prediction": [{"qualitativeRisk": {"text": "x"}}]}', '{probability:missing=true}', '{probability:missing=false,probability=ne1}'),
('Invoice', '{"gross": {"value": 12.5, "currency": "TWD"}}', '{totalgross=12.5,totalgross=12.5||TWD,totalgross=gt12|urn:iso:std:iso:4217|TWD,totalgross=12.5|urn:iso:std:iso:4217|}', '{totalgross=12.5||USD,totalgross=12.5|urn:other|TWD,totalgross=14}'),
('Observation', '{"identifier": [{"type": {"coding": [{"system": "urn:t", "code": "MR"}], "text": "Chart Number"}, "system": "urn:x", "value": "7"}, {"value": "8"}]}',
	'{identifier:of-type=urn:t|MR|7,identifier=7,identifier=urn:x|7,identifier=urn:x|,identifier=|8,identifier:text=chart,identifier:not=9}',
	'{identifier:of-type=urn:t|MR|8,identifier:of-type=urn:s|MR|7,identifier:of-type=urn:t|XX|7,identifier=|7,identifier=urn:x|8,identifier:text=number,identifier:not=8,identifier=urn:y|}'),
('Observation', '{"coding": [{"system": "urn:i", "code": "A", "display": "Älpha one"}, {"code": "b"}], "text": "Some Text"}',
	'{code=A,code=urn:i|A,code=urn:i|,code=|b,code:text=alpha,code:text=SOME,code:not=B,"code=z,b"}', '{code=a,code=|A,code=urn:i|b,code:text=one,code:text=text,code:not=A,"code:not=z,b"}'),
('Observation', '{"time": "2024-03-01T00:30:00+08:00"}',
	'{date=2024-03-01,date=2024-03,date=2024,date=2024-02-29T16:30:00Z,date=2024-02-29T16:30Z,date=ge2024-03-01,date=le2024-03-01,date=ne2024-02-29,date=sa2024-02,date=eb2024-03-02,date=gt2024-02-29,date=lt2024-03-01T01:00:00,date=2024-03-01T00:30:00,date=ge2024-03-01T00:30:00,date=le2024-03-01T00:30:00}',
	'{date=2024-02-29,date=gt2024-03-01,date=lt2024-03-01,date=ge2024-03-02,date=le2024-02-29,date=sa2024-03-01,date=eb2024-03-01,date=gt2024-03-01T00:30:00,date=lt2024-03-01T00:30:00,date=2024-03-01T00:30:00Z,date=ne2024}'),
('Observation', '{"period": {"start": "2024-01-10", "end": "2024-01-20"}}', '{date=2024-01,date=gt2024-01-15,date=lt2024-01-15,date=ne2024-01-15,date=sa2024-01-09,date=eb2024-01-21,date=ge2024-01-10,date=le2024-01-20}', '{date=2024-01-15,date=gt2024-01-20,date=lt2024-01-10,date=sa2024-01-10,date=eb2024-01-20,date=2023}'),
('Observation', '{"period": {"start": "2024-01-10"}}', '{date=gt2100,date=sa2024-01-09,date=ge2100,date=ne2024}', '{date=2024,date=eb2100,date=lt2024-01-10}'),
('Observation', '{"period": {"end": "2024-01-10"}}', '{date=lt1900,date=eb2024-01-11,date=le1900}', '{date=sa1900,date=gt2024-01-10,date=2024}'),
('Observation', '{"timing": {"event": ["2024-01-05", "2024-02-05T10:00:00Z"]}}', '{date=2024,date=sa2024-01-04,date=eb2024-02-06,date=gt2024-01-20,date=lt2024-01-20}', '{date=2024-01,date=sa2024-01-05,date=eb2024-02-05}'),
('Observation', '{"timing": {"repeat": {"boundsPeriod": {"start": "2024-01-05"}}}}', '{date=sa2024-01-04,date=gt2100}', '{date=eb2100,date=lt2024-01-05}'),
('Observation', '{"timing": {"code": {"text": "daily"}}}', '{date:missing=false}', '{date=ne2024,date=ge1900}'),
('Observation', '{"subject": {"identifier": {"system": "urn:x", "value": "7"}, "type": "Patient"}}', '{subject:identifier=urn:x|7,subject:identifier=7,patient:missing=false}', '{subject:identifier=|7,subject=7,subject=Patient/7}'),
('Observation', '{"subject": {"reference": "http://other/fhir/Patient/7"}}', '{subject=http://other/fhir/Patient/7,patient:missing=false}', '{subject=Patient/7,subject=7,subject=http://other/fhir/Patient/8}'),
('Observation', '{"subject": {"reference": "Patient/7/_history/2"}}', '{subject=Patient/7,subject=7,subject:Patient=7,patient=7,subject=http://here/fhir/Patient/7}', '{subject=Group/7,subject:Group=7,subject=Patient/8}'),
('Observation', '{"subject": {"reference": "http://here/fhir/Group/7"}}', '{subject=Group/7,subject=7,subject:Group=7,subject=http://here/fhir/Group/7}', '{patient=7,subject=Patient/7,patient:missing=false}'),
('ActivityDefinition', '{"context": [{"code": {"code": "age"}, "valueRange": {"low": {"value": 18, "unit": "a"}, "high": {"value": 65, "unit": "a"}}}, {"code": {"system": "urn:c", "code": "focus"}, "valueCodeableConcept": {"coding": [{"code": "X"}]}}], "library": ["http://x/Library/l|2.0"], "url": "http://x/a"}',
	'{context-quantity=gt60||a,context-quantity=lt20,context-type-quantity=age$ge65,context-type-value=focus$X,context-type-value=urn:c|focus$|X,context=X,context-type=focus,url=http://x/a,depends-on=http://x/Library/l,depends-on=http://x/Library/l|2.0}',
	'{context-quantity=gt60||mo,context-type-quantity=focus$ge65,context-type-value=age$X,context-type-quantity=age$gt65,url=http://x/,url=http://X/a,depends-on=http://x/Library/l|3.0,depends-on=http://x/Library}');
INSERT INTO kinds.thing SELECT no, type, j FROM kinds.trial;
-- those that end otherwise than they should; the same asked one by one, so that none is found for another's value
CREATE FUNCTION is_found(type text, no int, query text) RETURNS boolean LANGUAGE sql AS $$
	SELECT count(*) > 0 FROM json_array_elements(fhir_search(type, replace(replace(query, '|', '%7C'), ' ', '%20') || '&_count=1000', 'http://here/fhir', 'strict') -> 'entry') e
	WHERE e -> 'resource' ->> 'id' = lower(left(type, 1)) || no $$;
SELECT no, type, query, found AS should FROM (
	SELECT no, type, unnest(found) AS query, true AS found FROM kinds.trial
	UNION ALL SELECT no, type, unnest(missed), false FROM kinds.trial) q WHERE is_found(type, no, query) IS DISTINCT FROM found ORDER BY no, query;
SELECT is_found('Observation', 1, 'identifier:of-type=|MR|7');
SELECT is_found('Observation', 1, 'identifier:of-type=urn:t|MR');
SELECT sum(cardinality(found)) AS found, sum(cardinality(missed)) AS missed FROM kinds.trial;
DROP SCHEMA kinds CASCADE;
DROP FUNCTION is_found;

-- Servers and user mappings of suggestion services: what may be set, by whom.
-- Nothing here calls a service.
\set VERBOSITY terse
CREATE SERVER suggest_one FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://aics.example');
ALTER SERVER suggest_one OPTIONS (ADD model 'TV', ADD model_type 'out_patient', ADD notes_per_request '16',
	ADD diagnosis_path '/v2/diagnosis', ADD ca_file '/etc/ssl/hospital.pem');
CREATE USER MAPPING FOR CURRENT_USER SERVER suggest_one OPTIONS (email 'coder@hospital.example', password 'secret');
ALTER USER MAPPING FOR CURRENT_USER SERVER suggest_one OPTIONS (DROP password, ADD password_file '/etc/aics.password');
SELECT aics_set_credentials('suggest_one', 'other@hospital.example', 'secret');
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'suggest_one';
-- the host is asked for at each call: this one exists nowhere
SELECT step, ok, sqlstate FROM aics_test('suggest_two');

-- Other roles.
CREATE ROLE regress_suggest_coder;
SELECT has_function_privilege('regress_suggest_coder', oid, 'EXECUTE') AS before, proname
FROM pg_proc WHERE proname IN ('aics_suggest', 'aics_suggest_many', 'aics_search', 'aics_test', 'aics_set_credentials', 'aics_restart')
ORDER BY 2;
GRANT fhir_bridge_user TO regress_suggest_coder;
SET ROLE regress_suggest_coder;
SELECT * FROM aics_suggest('x', 'suggest_one');
SELECT aics_set_credentials('suggest_one', 'a', 'b');
SELECT aics_restart();
SELECT count(*) FROM aics_stats;
SELECT count(*) FROM aics_jobs;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER suggest_one TO regress_suggest_coder;
SET ROLE regress_suggest_coder;
\set VERBOSITY sqlstate
SELECT * FROM aics_suggest('x', 'suggest_one');
\set VERBOSITY terse
SELECT aics_set_credentials('suggest_one', 'coder', 'b');
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'suggest_one' AND usename = 'regress_suggest_coder';
-- a file is the superuser's, and so is whom the server talks to
ALTER USER MAPPING FOR regress_suggest_coder SERVER suggest_one OPTIONS (DROP password, ADD password_file '/etc/passwd');
CREATE SERVER suggest_mine FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://evil.example');
SET fhir_bridge.aics_allowed_hosts = 'evil.example';
SET fhir_bridge.aics_allow_http = on;
RESET ROLE;
GRANT USAGE ON FOREIGN DATA WRAPPER fhir_bridge_aics TO regress_suggest_coder;
ALTER SERVER suggest_one OWNER TO regress_suggest_coder;
SET ROLE regress_suggest_coder;
ALTER SERVER suggest_one OPTIONS (SET base_url 'https://evil.example');
ALTER SERVER suggest_one OPTIONS (SET model 'XX');
CREATE SERVER suggest_mine FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://evil.example');
-- its owner is no superuser now
SELECT * FROM aics_suggest('x', 'suggest_one');
RESET ROLE;
SET fhir_bridge.aics_allowed_hosts = 'AICS.example, other.example';
SET ROLE regress_suggest_coder;
-- past the host; what is asked for is wrong otherwise
SELECT * FROM aics_suggest('x', 'suggest_one', top => 0);
RESET ROLE;
SET fhir_bridge.aics_allowed_hosts = 'other.example';
SELECT * FROM aics_suggest('x', 'suggest_one');
RESET fhir_bridge.aics_allowed_hosts;
DROP SERVER suggest_one CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER fhir_bridge_aics FROM regress_suggest_coder;
DROP ROLE regress_suggest_coder;

-- Options that cannot be.
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics;
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://aics.example');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'file:///etc/passwd');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://user@aics.example');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://aics.example?x=1');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://aics.example:99999');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://aics.example:');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://aics%2eexample');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://[::1');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', search_path '//evil.example');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', login_path '@evil.example/');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', ca_file 'ca.pem');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', api_id E'a\r\nX: 1');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', notes_per_request '0');
CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://a.example', password 'x');
SELECT aics_submit('x', 'suggest_two');
SELECT * FROM aics_suggest('x', 'suggest_two');
SELECT * FROM aics_suggest('x', top => 0);
SELECT aics_cancel(-1);

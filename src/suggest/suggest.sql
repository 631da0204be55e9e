/* suggest: codes for a note, from the hospital's service or from a local model, through the engine */

CREATE FUNCTION fhir_bridge_aics_validator(options text[], catalog oid) RETURNS void
	LANGUAGE c STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_validator';
COMMENT ON FUNCTION fhir_bridge_aics_validator(text[], oid) IS
	'private: checks the options of servers and user mappings of fhir_bridge_aics';
REVOKE ALL ON FUNCTION fhir_bridge_aics_validator(text[], oid) FROM PUBLIC;	-- the server calls it without asking

-- USAGE is nobody's: a server's address decides who gets the passwords.
CREATE FOREIGN DATA WRAPPER fhir_bridge_aics VALIDATOR fhir_bridge_aics_validator;
COMMENT ON FOREIGN DATA WRAPPER fhir_bridge_aics IS
	'suggestion services: a server says where one is, a user mapping who calls it; there are no tables';

CREATE FUNCTION fhir_bridge_model_validator(options text[], catalog oid) RETURNS void
	LANGUAGE c STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_model_validator';
COMMENT ON FUNCTION fhir_bridge_model_validator(text[], oid) IS
	'private: checks the options of servers of fhir_bridge_model';
REVOKE ALL ON FUNCTION fhir_bridge_model_validator(text[], oid) FROM PUBLIC;	-- the server calls it without asking

-- USAGE is nobody's: a server's options name files that are read and a library that is run.
CREATE FOREIGN DATA WRAPPER fhir_bridge_model VALIDATOR fhir_bridge_model_validator;
COMMENT ON FOREIGN DATA WRAPPER fhir_bridge_model IS
	'local models: a server says where one lies and how it is run; there are no user mappings and no tables';

-- Every call goes to a service that may bill it, with the caller's credentials:
-- the site grants EXECUTE to whom it wants, by the role made for that.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'fhir_bridge_user') THEN
		CREATE ROLE fhir_bridge_user NOLOGIN;
	END IF;
EXCEPTION
	-- another database's CREATE EXTENSION was quicker
	WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE FUNCTION aics_suggest(note text, server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_suggest';
COMMENT ON FUNCTION aics_suggest(text, text, integer) IS
	'ICD-10 codes for an English note, best first: list 1 is the main diagnosis, further lists comorbidities; top rows of each list. Waits for the service: in triggers and for many notes use aics_submit';
REVOKE ALL ON FUNCTION aics_suggest(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_suggest(text, text, integer) TO fhir_bridge_user;

CREATE FUNCTION aics_suggest_many(notes text[], server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 10000000 ROWS 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_suggest_many';
COMMENT ON FUNCTION aics_suggest_many(text[], text, integer) IS
	'aics_suggest for several notes at once; note_no is a note''s place in the array. A note that is NULL has no rows';
REVOKE ALL ON FUNCTION aics_suggest_many(text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_suggest_many(text[], text, integer) TO fhir_bridge_user;

CREATE FUNCTION aics_search(query text, server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT rank integer, OUT icd text, OUT english_name text, OUT chinese_name text, OUT billable boolean)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_search';
COMMENT ON FUNCTION aics_search(text, text, integer) IS
	'ICD-10 codes whose names fit a query, English or Chinese, best first';
REVOKE ALL ON FUNCTION aics_search(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_search(text, text, integer) TO fhir_bridge_user;

CREATE FUNCTION morphology_suggest(note text, server text DEFAULT 'morphology', top integer DEFAULT 10,
		OUT rank integer, OUT code text, OUT prob double precision)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 10000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_suggest';
COMMENT ON FUNCTION morphology_suggest(text, text, integer) IS
	'the codes that a local model suggests for a note, best first. The note does not leave this machine. Waits for the model: in triggers and for many notes use aics_submit';
REVOKE ALL ON FUNCTION morphology_suggest(text, text, integer) FROM PUBLIC;	-- takes the processors' time
GRANT EXECUTE ON FUNCTION morphology_suggest(text, text, integer) TO fhir_bridge_user;

CREATE FUNCTION morphology_suggest_many(notes text[], server text DEFAULT 'morphology', top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT code text, OUT prob double precision)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 100000000 ROWS 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_suggest_many';
COMMENT ON FUNCTION morphology_suggest_many(text[], text, integer) IS
	'morphology_suggest for several notes at once; note_no is a note''s place in the array. A note that is NULL has no rows';
REVOKE ALL ON FUNCTION morphology_suggest_many(text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION morphology_suggest_many(text[], text, integer) TO fhir_bridge_user;

CREATE FUNCTION fhir_bridge_morphology_tokens(note text, server text) RETURNS jsonb
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 100000
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_tokens';
COMMENT ON FUNCTION fhir_bridge_morphology_tokens(text, text) IS 'private: the tokens of morphology_tokens, as JSON';
REVOKE ALL ON FUNCTION fhir_bridge_morphology_tokens(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fhir_bridge_morphology_tokens(text, text) TO fhir_bridge_user;

CREATE FUNCTION morphology_tokens(note text, server text DEFAULT 'morphology',
		OUT token_no integer, OUT token text, OUT id integer, OUT windows integer)
	RETURNS SETOF record
	LANGUAGE sql VOLATILE STRICT PARALLEL RESTRICTED COST 100000 ROWS 100
	SET search_path = pg_catalog, pg_temp
	SET work_mem = 2000000	-- kB: a note's tokens go into no temporary file
	AS $$
	SELECT t.number::integer, t.item ->> 'token', (t.item ->> 'id')::integer, (t.item ->> 'windows')::integer
	FROM jsonb_array_elements(@extschema@.fhir_bridge_morphology_tokens($1, $2)) WITH ORDINALITY t (item, number)
	$$;
COMMENT ON FUNCTION morphology_tokens(text, text) IS
	'what a local model sees of a note: its tokens in order, and in how many of the model''s windows each one is; 0 for one that was cut off because the note is too long';
REVOKE ALL ON FUNCTION morphology_tokens(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION morphology_tokens(text, text) TO fhir_bridge_user;

-- The queue. Its notes are patients' text: nobody but the owner reads it, the
-- view aics_jobs shows who submitted them their own, and it is not dumped.
-- pg_upgrade takes it along; it keeps the OIDs of roles and not those of servers.
CREATE SEQUENCE aics_job_id;
CREATE TABLE aics_queue (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job bigint NOT NULL,
	note_no integer NOT NULL,
	role oid NOT NULL,
	server name NOT NULL,
	kind "char" NOT NULL DEFAULT 's' CHECK (kind IN ('s', 'm')),
	note text,
	state "char" NOT NULL DEFAULT 'p' CHECK (state IN ('p', 'r', 'd', 'f', 'c')),
	attempts integer NOT NULL DEFAULT 0,
	next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	sqlstate text,
	message text,
	result jsonb
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0,
	autovacuum_analyze_scale_factor = 0.2);
COMMENT ON TABLE aics_queue IS
	'private: notes that wait for suggestions of a s(ervice) or a m(odel), and their results; state is p(ending), r(unning), d(one), f(ailed) or c(ancelled). See the view aics_jobs';
CREATE INDEX aics_queue_pending ON aics_queue (kind, next_at, id) WHERE state = 'p';
CREATE INDEX aics_queue_running ON aics_queue (id) WHERE state = 'r';
CREATE INDEX aics_queue_finished ON aics_queue (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX aics_queue_job ON aics_queue (job, note_no);
REVOKE ALL ON aics_queue FROM PUBLIC;	-- a trigger on it would run as the owner
REVOKE ALL ON SEQUENCE aics_job_id FROM PUBLIC;

CREATE VIEW aics_jobs WITH (security_barrier) AS
	SELECT q.job AS id, q.note_no,
		CASE q.state WHEN 'p' THEN 'pending' WHEN 'r' THEN 'running' WHEN 'd' THEN 'done'
			WHEN 'f' THEN 'failed' ELSE 'cancelled' END AS state,
		q.server, pg_catalog.pg_get_userbyid(q.role) AS role, q.attempts,
		q.submitted_at, CASE WHEN q.state = 'p' THEN q.next_at END AS next_at, q.finished_at,
		q.sqlstate, q.message, q.result
	FROM aics_queue q
	WHERE pg_catalog.pg_has_role(q.role, 'USAGE');
COMMENT ON VIEW aics_jobs IS
	'the notes that you, or roles you belong to, have submitted: how far they are, why one waits (its last fault) or has failed, and the result';
GRANT SELECT ON aics_jobs TO fhir_bridge_user;	-- shows own rows alone

CREATE FUNCTION aics_submit(note text, server text DEFAULT 'aics') RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_submit';
COMMENT ON FUNCTION aics_submit(text, text) IS
	'queues a note for suggestions of a service or of a local model, and gives the job''s id; it is sent after the transaction commits';
REVOKE ALL ON FUNCTION aics_submit(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_submit(text, text) TO fhir_bridge_user;

CREATE FUNCTION aics_submit(notes text[], server text DEFAULT 'aics') RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_submit_many';
COMMENT ON FUNCTION aics_submit(text[], text) IS
	'queues several notes as one job; note_no of the results is a note''s place in the array. NULL notes are passed over; no note at all gives NULL';
REVOKE ALL ON FUNCTION aics_submit(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_submit(text[], text) TO fhir_bridge_user;

CREATE FUNCTION aics_result(id bigint, top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100 ROWS 10
	SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT j.note_no, i.rank::integer, i.item ->> 'icd', (i.item ->> 'prob')::double precision, l.list::integer
	FROM @extschema@.aics_jobs j,
		jsonb_array_elements(j.result) WITH ORDINALITY l (items, list),
		jsonb_array_elements(l.items) WITH ORDINALITY i (item, rank)
	WHERE j.id = $1 AND i.rank <= $2
	ORDER BY j.note_no, l.list, i.rank
	$$;
COMMENT ON FUNCTION aics_result(bigint, integer) IS
	'the suggestions of a job, as far as its notes are done; aics_jobs says which are not';
REVOKE ALL ON FUNCTION aics_result(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_result(bigint, integer) TO fhir_bridge_user;

CREATE FUNCTION aics_wait(id bigint, limit_after interval DEFAULT '1 minute') RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_wait';
COMMENT ON FUNCTION aics_wait(bigint, interval) IS
	'waits until every note of a job is done, failed or cancelled; false when the time runs out before that. In a transaction of its own: the submitting one must have committed';
REVOKE ALL ON FUNCTION aics_wait(bigint, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_wait(bigint, interval) TO fhir_bridge_user;

CREATE FUNCTION aics_cancel(id bigint) RETURNS integer
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_cancel';
COMMENT ON FUNCTION aics_cancel(bigint) IS
	'cancels the notes of a job that are not finished and gives their number; what the service answers to one on its way is dropped';
REVOKE ALL ON FUNCTION aics_cancel(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_cancel(bigint) TO fhir_bridge_user;

CREATE FUNCTION aics_retry(id bigint) RETURNS integer
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_retry';
COMMENT ON FUNCTION aics_retry(bigint) IS
	'queues the failed and cancelled notes of a job again and gives their number; those that wait for their next try are due at once';
REVOKE ALL ON FUNCTION aics_retry(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_retry(bigint) TO fhir_bridge_user;

CREATE FUNCTION aics_wake() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_wake';
COMMENT ON FUNCTION aics_wake() IS
	'makes sure that this database''s queue is being drained; needed after COMMIT PREPARED and after a restart without preloading. False when no worker is free';
REVOKE ALL ON FUNCTION aics_wake() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_wake() TO fhir_bridge_user;

CREATE FUNCTION aics_purge(age interval) RETURNS bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
	WITH gone AS (DELETE FROM @extschema@.aics_queue WHERE finished_at <= clock_timestamp() - age RETURNING 1)
	SELECT count(*) FROM gone
	$$;
COMMENT ON FUNCTION aics_purge(interval) IS
	'removes notes that were finished so long ago, with their results, and gives their number; for the extension''s owner';
REVOKE ALL ON FUNCTION aics_purge(interval) FROM PUBLIC;	-- everybody's rows; the owner of the table only

CREATE FUNCTION aics_set_credentials(server text, email text, password text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_set_credentials';
COMMENT ON FUNCTION aics_set_credentials(text, text, text) IS
	'sets your own credentials for a suggestion service. Give the password as a bind parameter: a literal would stand in the statement log';
REVOKE ALL ON FUNCTION aics_set_credentials(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_set_credentials(text, text, text) TO fhir_bridge_user;

CREATE FUNCTION aics_test(server text DEFAULT 'aics',
		OUT step text, OUT ok boolean, OUT ms double precision, OUT sqlstate text, OUT message text)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000000 ROWS 6
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_test';
COMMENT ON FUNCTION aics_test(text) IS
	'tries a suggestion service out step by step, with a note that is nobody''s, and says what works and what does not';
REVOKE ALL ON FUNCTION aics_test(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_test(text) TO fhir_bridge_user;

CREATE FUNCTION morphology_test(server text DEFAULT 'morphology',
		OUT step text, OUT ok boolean, OUT ms double precision, OUT sqlstate text, OUT message text)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000000 ROWS 5
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_test';
COMMENT ON FUNCTION morphology_test(text) IS
	'tries a local model out step by step, with a note that is nobody''s, and says what works and what does not';
REVOKE ALL ON FUNCTION morphology_test(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION morphology_test(text) TO fhir_bridge_user;

CREATE FUNCTION fhir_bridge_aics_stats(OUT name text, OUT value text) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 100 ROWS 50
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_stats';
COMMENT ON FUNCTION fhir_bridge_aics_stats() IS 'private: the figures of the view aics_stats';
REVOKE ALL ON FUNCTION fhir_bridge_aics_stats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fhir_bridge_aics_stats() TO pg_monitor;

CREATE VIEW aics_stats AS
	SELECT name, value FROM fhir_bridge_aics_stats()
	UNION ALL
	SELECT 'queued', count(*)::text FROM aics_queue WHERE state = 'p'
	UNION ALL
	SELECT 'oldest_queued', min(submitted_at)::text FROM aics_queue WHERE state = 'p';
COMMENT ON VIEW aics_stats IS
	'the engine''s state, slots, counters and times since the server''s start, the drainers, and this database''s queue';
GRANT SELECT ON aics_stats TO pg_monitor;	-- figures of all roles, no content

CREATE FUNCTION aics_restart() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_restart';
COMMENT ON FUNCTION aics_restart() IS
	'asks the engine to end within two seconds; the next call starts another. False when there is none';
REVOKE ALL ON FUNCTION aics_restart() FROM PUBLIC;	-- ends the calls of all roles
GRANT EXECUTE ON FUNCTION aics_restart() TO pg_signal_backend;

CREATE FUNCTION aics_flush_tokens() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_flush_tokens';
COMMENT ON FUNCTION aics_flush_tokens() IS
	'makes the engine forget all sessions of services, and refused logins: each logs in anew';
REVOKE ALL ON FUNCTION aics_flush_tokens() FROM PUBLIC;	-- costs all roles a login
GRANT EXECUTE ON FUNCTION aics_flush_tokens() TO pg_signal_backend;

CREATE FUNCTION aics_cache_clear() RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_cache_clear';
COMMENT ON FUNCTION aics_cache_clear() IS
	'overwrites all answers that servers with the option cache_seconds have left in memory, and gives their number';
REVOKE ALL ON FUNCTION aics_cache_clear() FROM PUBLIC;	-- costs all roles a call
GRANT EXECUTE ON FUNCTION aics_cache_clear() TO pg_signal_backend;

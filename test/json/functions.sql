/* The test module's functions, and what a check is. */
CREATE FUNCTION json_rewrite_binary(jsonb, int) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_rewrite_text(jsonb, int) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_same_bytes(jsonb, jsonb) RETURNS boolean STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_random(int) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_escape(text) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_key(text) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_key_order(text, text) RETURNS int STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_fragment(text, int) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_fragment_text(text) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_splice(jsonb, int) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_splice_text(jsonb) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_numeric(numeric, int) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_numeric_text(numeric) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_int64_text(bigint) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_number(text) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_number_text(text) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_prune(jsonb) RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_prune_keeps(jsonb) RETURNS boolean STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_blank(text) RETURNS boolean STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_reuse(jsonb) RETURNS boolean STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_misuse(text) RETURNS void STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_patient() RETURNS jsonb STRICT LANGUAGE c AS :'module';
CREATE FUNCTION json_test_bench(text, text, int) RETURNS float8 STRICT LANGUAGE c AS :'module';

/* One line of the result; NULL is a failure as well. */
CREATE FUNCTION ok(boolean, text) RETURNS text LANGUAGE sql AS
	$$SELECT CASE WHEN $1 THEN 'ok' ELSE 'not ok' END || ' - ' || $2$$;

/* The SQLSTATE that the command raises, or NULL. */
CREATE FUNCTION raises(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

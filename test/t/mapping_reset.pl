# A session that has missed so many messages that it must forget everything: no old secret, code map or mapping stays.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (id text, sex text);
	CREATE TABLE his.plain (id text);
	INSERT INTO his.plain VALUES ('1');
	SELECT fhir_map('his.plain', '{"resourceType":"Patient","id":"{id}","language":"p1"}');
	INSERT INTO his.patient VALUES ('1', 'M');
	SELECT fhir_id_key(repeat('a', 32)::bytea);
	SELECT fhir_code_map('sex', '{"M": "male"}');
	SELECT fhir_map('his.patient', '{"resourceType":"Patient","id":"{id}","language":"v1","gender":"{fhir_code(''sex'', sex)}"}');
});

# What the session remembers: the secret, a code map, a mapping with expressions, and one of columns alone.
my $ask = q{SELECT fhir_id('k', 1) || ' ' || fhir_code('sex', 'M') || ' ' || (SELECT fhir_from_row(p) ->> 'language' FROM his.patient p)
	|| ' ' || (SELECT string_agg(fhir_from_row(p) ->> 'language', ' ') FROM his.plain p)};
my $reader = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $reader->query_safe('SELECT pg_backend_pid()');
$reader->query_safe('SET fhir_bridge.inline = off');
my $before = $reader->query_safe($ask);
like($before, qr/ male v1 p1$/, 'before');
$reader->query_safe("PREPARE kept AS $ask");
$reader->query_safe('EXECUTE kept') for 1 .. 6;

# A stopped session reads no messages.  The queue holds 4,096; more than that make it a session to be reset.
kill('STOP', $pid);
$node->safe_psql('postgres', q{
	SELECT fhir_id_key(repeat('b', 32)::bytea);
	SELECT fhir_code_map('sex', '{"M": "other"}');
	SELECT fhir_map('his.patient', '{"resourceType":"Patient","id":"{id}","language":"v2","gender":"{fhir_code(''sex'', sex)}"}');
	SELECT fhir_map('his.plain', '{"resourceType":"Patient","id":"{id}","language":"p2"}');
	DO $$ BEGIN FOR i IN 1..3000 LOOP EXECUTE format('CREATE TABLE filler_%s (a int); DROP TABLE filler_%s', i, i); COMMIT; END LOOP; END $$;
});
my $after = $node->safe_psql('postgres', $ask);
kill('CONT', $pid);

isnt($after, $before, 'all three have changed');
like($after, qr/ other v2 p2$/, 'as another session sees it');
is($reader->query_safe($ask), $after, 'the session that was reset sees it, too');
is($reader->query_safe('EXECUTE kept'), $after, 'and its kept plan');
$reader->quit;
$node->stop;

done_testing();

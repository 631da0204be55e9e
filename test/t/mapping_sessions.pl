# Mappings in several sessions: changes of others, parallel workers, dumps, encodings, crashes.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

# Queries below are UTF-8; every database converts them to its own encoding.
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->start;

# Runs a query whose text is UTF-8.
sub query
{
	my ($database, $sql) = @_;
	utf8::encode($sql);
	return $node->safe_psql($database, $sql);
}

# Registers a template that shows its version.
sub map_version
{
	my ($session, $version, $expression) = @_;
	$expression //= 'id';
	return $session->query_safe(
		qq[SELECT fhir_map('his.patient', '{"resourceType":"Patient","id":"{$expression}","language":"$version"}')]);
}

query('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (id text, name text);
	INSERT INTO his.patient VALUES ('1', 'one');
	CREATE FUNCTION his.f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'f1' || $1; END $$;
});
my $reader = $node->background_psql('postgres', on_error_stop => 0);
my $writer = $node->background_psql('postgres');
my $version = q{SELECT string_agg(fhir_from_row(p) ->> 'language', ',') FROM his.patient p};
my $by_name = q{SELECT string_agg(fhir_json_from_row(p, 'his.patient') ->> 'language', ',') FROM his.patient p};
my $id = q{SELECT string_agg(fhir_from_row(p) ->> 'id', ',') FROM his.patient p};
$reader->query_safe("PREPARE version AS $version");
$reader->query_safe("PREPARE by_name AS $by_name");

# A mapping of another session: seen when it is committed, and not before.
map_version($writer, 'v1');
is($reader->query_safe($version), 'v1', 'a new mapping is seen');
is($reader->query_safe('EXECUTE by_name'), 'v1', 'also by its name');
$writer->query_safe('BEGIN');
map_version($writer, 'v2');
is($reader->query_safe('EXECUTE version'), 'v1', 'a replacement is not seen before it is committed');
is($writer->query_safe($version), 'v2', 'but by its own session');
$writer->query_safe('COMMIT');
is($reader->query_safe('EXECUTE version'), 'v2', 'it is seen at the next statement');
$writer->query_safe('BEGIN');
map_version($writer, 'never');
$writer->query_safe('ROLLBACK');
is($reader->query_safe('EXECUTE version'), 'v2', 'one that was rolled back is never seen');

# Within a transaction of the reader, however isolated: a mapping is read like a definition.  The server may run a plan
# that it has kept without looking for messages, as with functions that it has inlined; planning any statement looks.
my $look = q{EXPLAIN SELECT fhir_json_from_row(p) FROM his.patient p};
for my $inline ('off', 'on')
{
	for my $isolation ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
	{
		my $told = "$isolation, inline $inline";

		map_version($writer, 'before');
		$reader->query_safe("SET fhir_bridge.inline = $inline");
		$reader->query_safe('DEALLOCATE version');
		$reader->query_safe("PREPARE version AS $version");
		$reader->query_safe("BEGIN ISOLATION LEVEL $isolation");
		is($reader->query_safe('EXECUTE version'), 'before', "$told: the mapping at the start");
		map_version($writer, 'within');
		is($reader->query_safe($by_name), 'within', "$told: a new statement sees the new one");
		is($reader->query_safe('EXECUTE version'), 'within', "$told: so does a prepared one");
		$writer->query_safe("SELECT fhir_unmap('his.patient')");
		$reader->query_safe($look) if $inline eq 'on';
		$reader->query_safe('SAVEPOINT s');
		$reader->query(q{EXECUTE version});
		like($reader->{stderr}, qr/relation "his.patient" has no mapping/, "$told: a removed one is gone");
		$reader->{stderr} = '';
		$reader->query_safe('ROLLBACK TO s');
		map_version($writer, 'again');
		$reader->query_safe($look) if $inline eq 'on';
		is($reader->query_safe('EXECUTE version'), 'again', "$told: and one that came back is there");
		$reader->query_safe('COMMIT');
		is($reader->query_safe('EXECUTE version'), 'again', "$told: and after the transaction");
	}
}

# A plan carries what it needs to write: a mapping replaced while it runs does not change half of its rows.
query('postgres', q{INSERT INTO his.patient SELECT '1', 'one' FROM generate_series(1, 3)});
map_version($writer, 'planned');
$reader->query_safe('BEGIN');
$reader->query_safe(q{DECLARE c CURSOR FOR SELECT fhir_json_from_row(p) ->> 'language' FROM his.patient p});
is($reader->query_safe('FETCH 1 FROM c'), 'planned', 'the first row of a cursor');
map_version($writer, 'replaced');
is($reader->query_safe('FETCH 2 FROM c'), "planned\nplanned", 'its rows after the mapping was replaced');
$reader->query_safe('SET LOCAL fhir_bridge.inline = off');
is($reader->query_safe(q{SELECT DISTINCT fhir_json_from_row(p) ->> 'language' FROM his.patient p}), 'replaced', 'another query of the same transaction');
$reader->query_safe('COMMIT');
query('postgres', q{DELETE FROM his.patient WHERE ctid <> '(0,1)'});

# What a mapping depends on, changed by another session.
map_version($writer, 'f', 'his.f(id)');
is($reader->query_safe($id), 'f11', 'a function');
$writer->query_safe(q{CREATE OR REPLACE FUNCTION his.f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'f2' || $1; END $$});
is($reader->query_safe($id), 'f21', 'the function was replaced');
map_version($writer, 'n', 'name');
is($reader->query_safe($id), 'one', 'a column');
$writer->query_safe('ALTER TABLE his.patient ALTER name TYPE int USING 8');
is($reader->query_safe($id), '8', 'the column has another type');
$writer->query('ALTER TABLE his.patient RENAME name TO other');
like($writer->{stderr}, qr/WARNING:  mapping "his\.patient" cannot be read after this/, 'who renames a column is warned');
$writer->{stderr} = '';
$reader->query($id);
like($reader->{stderr}, qr/column "name" does not exist/, 'the column has another name');
$reader->{stderr} = '';
$writer->query_safe('ALTER TABLE his.patient RENAME other TO name');
is($reader->query_safe($id), '8', 'and its old one');
$writer->query_safe('DROP TABLE his.patient');
is($reader->query_safe(q{SELECT count(*) FROM fhir_mapping}), '0', 'a dropped relation takes its mapping along');

# A session that was killed within a registration leaves nothing and blocks nobody.
query('postgres', q{CREATE TABLE his.patient (id text, name text); INSERT INTO his.patient VALUES ('1', 'one')});
map_version($writer, 'kept');
my $victim = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $victim->query_safe('SELECT pg_backend_pid()');
$victim->query_safe('BEGIN');
map_version($victim, 'killed');
query('postgres', "SELECT pg_terminate_backend($pid, 180000)");
map_version($writer, 'after');
is($reader->query_safe($version), 'after', 'a killed session leaves its registration undone');
eval { $victim->quit };
$reader->quit;
$writer->quit;

# Parallel workers map as the leader does, with ids, zones, and functions that need approval.
query('postgres', q{
	CREATE TABLE his.visit (id int, at timestamptz, note text, tags text[]);
	INSERT INTO his.visit SELECT i, '2020-01-01'::timestamptz + i * interval '7919 minutes', CASE i % 3 WHEN 0 THEN 'note 註 ' || i END, ARRAY['a', NULL, i::text]
		FROM generate_series(1, 20000) i;
	ANALYZE his.visit;
	CREATE ROLE author;
	GRANT CREATE ON SCHEMA his TO author;
	CREATE FUNCTION his.approved(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN upper($1); END $$;
	ALTER FUNCTION his.approved(text) OWNER TO author;
	SELECT fhir_map('his.visit', '{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"id":"{fhir_id(''visit'', id)}","period":{"start":"{at}"},
		"reasonCode":[{"text":"{his.approved(note)}"},{"$each":"tags AS tag","text":"{tag}"}]}', timezone => 'Europe/Berlin');
});
my $all = q{SELECT md5(string_agg(md5(r::text), '' ORDER BY md5(r::text))) FROM (SELECT fhir_json_from_row(v) AS r FROM his.visit v %s) s};
my $parallel = q{SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;};
my $count = q{SELECT count(*), sum(length(fhir_from_row(v)::text)), sum(length(fhir_json_from_row(v, 'his.visit')::text)) FROM his.visit v};
like(query('postgres', "$parallel EXPLAIN $count"), qr/Parallel Seq Scan/, 'the plan is parallel');
like(query('postgres', "$parallel EXPLAIN ANALYZE $count"), qr/Workers Launched: 2/, 'workers run it');
is(query('postgres', "$parallel $count"), query('postgres', "SET max_parallel_workers_per_gather = 0; $count"),
	'workers give the same sizes');
is(query('postgres', $parallel . sprintf($all, 'OFFSET 0')),
	query('postgres', 'SET max_parallel_workers_per_gather = 0;' . sprintf($all, '')), 'workers give the same resources');
my $ids = query('postgres', sprintf($all, ''));

# A dump brings mappings back, with ids and approval; not those of dropped relations.
query('postgres', q{
	CREATE TABLE his.gone (id text);
	SELECT fhir_map('his.gone', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"}}');
	SET session_replication_role = replica;
	ALTER EVENT TRIGGER fhir_bridge_on_drop DISABLE;
	DROP TABLE his.gone;
	ALTER EVENT TRIGGER fhir_bridge_on_drop ENABLE;
	CREATE TABLE his."Odd name" ("性別" text);
	INSERT INTO his."Odd name" VALUES ('女');
	SELECT fhir_map('his."Odd name"', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"language":"{性別}"}', 'An "other" name', 'Asia/Taipei', 'keep');
});
is(query('postgres', q{SELECT count(*) FROM fhir_mapping WHERE name = 'gone'}), '1', 'a mapping without its relation');
my $dump = $node->basedir . '/dump.sql';
my $rows = q{SELECT relation::text, name, timezone, on_invalid, md5(template::text), secret_fingerprint IS NOT NULL, md5(approved) FROM fhir_mapping
	WHERE name <> 'gone' ORDER BY 1, 2};
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dump');
query('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restore');
is(query('restored', $rows), query('postgres', $rows), 'the mappings are the same');
is(query('restored', q{SELECT count(*) FROM fhir_mapping WHERE name = 'gone'}), '0', 'but for the one without its relation');
my ($code, $stdout, $stderr) = $node->psql('restored', sprintf($all, ''));
is($stdout, $ids, 'resources and ids are the same');
is($stderr, '', 'and nothing is said about the secret');
my $woman = '{"resourceType":"Basic","id":"x","code":{"text":"b"},"language":"女"}';
utf8::encode($woman);
is(query('restored', q{SELECT fhir_json_from_row(o, 'his."An ""other"" name"') FROM his."Odd name" o}), $woman, 'odd names work');
query('restored', q{SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')});
(undef, undef, $stderr) = $node->psql('restored', sprintf($all, ''));
like($stderr, qr/WARNING:  mapping "his.visit" was registered under another secret/, 'another secret is noticed');

# An export whose plan is kept waits for a partition, and hears of its table then.
query('postgres', q{
	CREATE TABLE his.stay (no int) PARTITION BY RANGE (no);
	CREATE TABLE his.stay_other PARTITION OF his.stay DEFAULT;
	CREATE TABLE his.stay_2 AS SELECT 2 AS no;
	INSERT INTO his.stay VALUES (1);
	SELECT fhir_map('his.stay', '{"resourceType":"Basic","id":"{no}","code":{"text":"stay"}}');
});
my $exporter = $node->background_psql('postgres', on_error_stop => 0);
my $attacher = $node->background_psql('postgres');
my $stays = q{SELECT 'stays: ' || count(*) FROM fhir_ndjson('his.stay')};
is($exporter->query_safe($stays), 'stays: 1', 'one row is exported');
$attacher->query_safe('BEGIN; ALTER TABLE his.stay ATTACH PARTITION his.stay_2 FOR VALUES FROM (2) TO (3)');
$exporter->query_until(qr/waits/, "\\echo waits\n$stays;\n");
$node->poll_query_until('postgres', 'SELECT count(*) > 0 FROM pg_locks WHERE NOT granted') or die 'the export does not wait';
$attacher->query_safe('COMMIT');
like($exporter->query('SELECT 0'), qr/stays: [12]/, 'an export goes on when a partition was attached meanwhile');
is($exporter->query_safe($stays), 'stays: 2', 'and the next one has its rows');
$exporter->quit;
$attacher->quit;

# Other encodings: templates, columns, values, positions of faults.
my %texts = (LATIN1 => 'Zoë Müller', EUC_TW => '王小明');
for my $encoding (sort keys %texts)
{
	my $database = lc "in_$encoding";
	my $text = $texts{$encoding};
	query('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	query($database, qq[
		CREATE EXTENSION fhir_bridge;
		CREATE TABLE p ("$text" text, c char(20), a text[], j jsonb);
		INSERT INTO p VALUES ('$text', '$text', ARRAY['$text'], '{"k": "$text"}');
		SELECT fhir_map('p', '{"resourceType":"Patient","id":"{length(\\"$text\\")}","name":[{"text":"$text {\\"$text\\"}","family":"{c}","given":["{a}"]}],"contact":["{j}"],
			"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">{c || chr(38)}</div>"}}')]);
	my $length = length $text;
	my $expected = qq[{"resourceType":"Patient","id":"$length","name":[{"text":"$text $text","family":"$text","given":["$text"]}],"contact":[{"k":"$text"}],]
	  . qq["text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">$text&amp;</div>"}}];
	utf8::encode($expected);
	is(query($database, 'SELECT fhir_json_from_row(p) FROM p'), $expected, "$encoding: json");
	is(query($database, 'SELECT fhir_from_row(p) = fhir_json_from_row(p)::jsonb FROM p'), 't', "$encoding: jsonb");
	my $bad = qq[SELECT fhir_map('p', '{"resourceType":"Patient","id":"{c}","language":"$text {\\"$text\\" || no}"}')];
	utf8::encode($bad);
	(undef, undef, $stderr) = $node->psql($database, $bad);
	my $column = length(qq[{"resourceType":"Patient","id":"{c}","language":"$text {\\"$text\\" || ]) + 1;
	like($stderr, qr/At Patient.language, line 1, column $column\./, "$encoding: columns are counted in characters");
}

$node->stop;
done_testing();

# A database of a released version under the present library, then updated while sessions and workers are at it.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my @versions = map { m{/fhir_bridge--([^/-]+)\.sql$} } sort glob "$ENV{REPO}/src/versions/fhir_bridge--*.sql";
my ($present) = slurp_file("$ENV{REPO}/fhir_bridge.control") =~ /^default_version\s*=\s*'([^']+)'/m;
my $mock = Aics->start;
my $node = $mock->cluster('versions', 'fhir_bridge.aics_drainer_idle = 1');
my $port = $mock->port;
ok(scalar @versions, 'a version has been released');

# All that a site has: what must be the same afterwards.
my %kept = (
	secret => 'SELECT md5(secret), made_at FROM fhir.fhir_secret',
	ids => q{SELECT fhir.fhir_id('patient', id_no), fhir.fhir_index_id('patient', id_no) FROM his.patient},
	mappings => 'SELECT relation, name, template, timezone, on_invalid, published, md5(secret_fingerprint), approved FROM fhir.fhir_mapping ORDER BY 1, 2',
	'code maps' => 'SELECT m.map, m.owner, m.system, m.unmapped, e FROM fhir.fhir_code_map m JOIN fhir.fhir_code_map_entry e USING (map) ORDER BY map, source',
	resources => 'SELECT fhir.fhir_json_from_row(p), fhir.fhir_from_row(p) FROM his.patient p ORDER BY id_no',
	'the index for ids' => q{SELECT fhir.fhir_read('Patient', fhir.fhir_id('patient', 'A123456789')::text)},
	search => q{SELECT fhir.fhir_search('Patient', 'gender=male') -> 'total'},
	notes => 'SELECT job, note_no, server, kind, note, state, attempts, sqlstate, message, result, submitted_at, finished_at FROM fhir.aics_queue WHERE server <> $$aics$$ ORDER BY id',
	'results of before' => 'SELECT * FROM fhir.aics_result((SELECT min(job) FROM fhir.aics_queue), 3)',
	servers => 'SELECT srvname, srvoptions FROM pg_foreign_server ORDER BY 1',
	# of functions that are not for all: what is new and for all has rights by default, too
	rights => q{SELECT proname, a::text FROM pg_proc, unnest(proacl) a WHERE pronamespace = 'fhir'::regnamespace AND a::text ~ '^versions_'
		AND NOT EXISTS (SELECT FROM unnest(proacl) p WHERE p::text ~ '^=X') ORDER BY 1, 2},
);

# Makes a site on a version in a database of its own, and returns what asks it.
sub make_site
{
	my ($database, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq{
		CREATE SCHEMA fhir;
		CREATE EXTENSION fhir_bridge SCHEMA fhir VERSION '$version';
		DO \$\$ BEGIN CREATE ROLE versions_reader; CREATE ROLE versions_stranger; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
		SET search_path = fhir;
		CREATE SCHEMA his;
		CREATE TABLE his.patient (id_no text PRIMARY KEY, sex char(1), birth_date date);
		INSERT INTO his.patient SELECT 'A' || 123456789 + i, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END, '1970-01-01'::date + i FROM generate_series(0, 99) i;
		CREATE INDEX ON his.patient (fhir_index_id('patient', id_no));
		SELECT fhir_code_map('sex', '{"M": "male", "F": {"code": "female", "display": "woman"}}', 'http://hl7.org/fhir/administrative-gender');
		SELECT fhir_map('his.patient', '{"resourceType": "Patient", "id": "{fhir_id(''patient'', id_no)}", "gender": "{fhir_code(''sex'', sex)}",
			"birthDate": "{birth_date}", "identifier": [{"system": "urn:x", "value": "{id_no}"}]}', 'patient', 'Asia/Taipei', 'omit');
		SELECT fhir_publish('his.patient');
		GRANT EXECUTE ON FUNCTION fhir_id(text, "any") TO versions_reader;
		CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
		CREATE SERVER nobody FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:1');
		SELECT aics_set_credentials('aics', 'a', 'right'), aics_set_credentials('nobody', 'a', 'right');
		ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO versions_stranger;
		ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO versions_stranger;});
	return sub { return $node->safe_psql($database, $_[0]) };
}

for my $version (@versions)
{
	my $database = "site_$version" =~ s/\W/_/gr;
	my $sql = make_site($database, $version);
	is($sql->(q{SELECT extversion FROM pg_extension WHERE extname = 'fhir_bridge'}), $version, "$version is installed");

	# the present library serves it
	my $done = $sql->(q{SELECT fhir.aics_submit(ARRAY['id 1', 'id 2'])});
	is($sql->("SELECT fhir.aics_wait($done, '30 s')"), 't', "the queue of $version is drained");
	$sql->(q{INSERT INTO fhir.aics_queue (job, note_no, role, server, note, state, finished_at, sqlstate, message)
		SELECT 1000000, i, 10, 'nobody', 'note ' || i, CASE i % 2 WHEN 0 THEN 'f'::"char" ELSE 'c' END, now(), '08001', 'planted' FROM generate_series(1, 20) i});
	my %before = map { $_ => $sql->($kept{$_}) } keys %kept;
	isnt($before{$_}, '', "$version has $_") for sort keys %kept;

	# sessions with plans, an open cursor, a snapshot, a program that goes on, and workers in the midst of their notes
	my ($planned, $reading) = map { $node->background_psql($database) } 1 .. 2;
	$planned->query_safe('SET search_path = fhir; SET plan_cache_mode = force_generic_plan;
		PREPARE one (text) AS SELECT fhir_from_row(p) FROM his.patient p WHERE id_no = $1;
		PREPARE many AS SELECT count(fhir_json_from_row(p)) FROM his.patient p;
		PREPARE submitted AS SELECT aics_submit($$id 9$$)');
	my $one = $planned->query_safe(q{EXECUTE one('A123456789')});
	is($planned->query_safe('EXECUTE many'), '100', 'a session has its plans');
	$reading->query_safe('SET search_path = fhir; BEGIN ISOLATION LEVEL REPEATABLE READ;
		DECLARE rows CURSOR FOR SELECT fhir_json_from_row(p) FROM his.patient p; FETCH 10 FROM rows');
	append_to_file($node->basedir . '/load.sql', q{SELECT fhir.fhir_from_row(p) FROM his.patient p WHERE id_no = 'A123456800';
		SELECT count(*) FROM (SELECT fhir.fhir_search('Patient', 'birthdate=1970-02-01')) s;
		SELECT fhir.calc_map(120, 80), fhir.fhir_is_valid('{"resourceType": "Patient"}'::jsonb);});
	my $load = IPC::Run::start([ 'pgbench', '-n', '-c', '3', '-T', '5', '-f', $node->basedir . '/load.sql', $node->connstr($database) ], '>', \my $said, '2>', \my $wrong);
	my $job = $sql->(q{SELECT fhir.aics_submit((SELECT array_agg('id ' || i || ' {"mock": {"delay": 0.02}}' ORDER BY i) FROM generate_series(1, 200) i))});
	$mock->until(sub { $sql->("SELECT count(*) > 10 FROM fhir.aics_jobs WHERE id = $job AND state = 'done'") eq 't' }, 'the queue is busy');

	my $begin = time;
	$sql->(qq{SET lock_timeout = '10 s'; ALTER EXTENSION fhir_bridge UPDATE});
	my $took = time - $begin;
	ok($took < 5, sprintf('the update waits for nobody (%.1f s)', $took));
	is($sql->(q{SELECT extversion FROM pg_extension WHERE extname = 'fhir_bridge'}), $present, "$version is $present now");

	is($planned->query_safe(q{EXECUTE one('A123456789')}), $one, 'a planned statement gives what it gave');
	is($planned->query_safe('EXECUTE many'), '100', 'another one too');
	like($planned->query_safe('EXECUTE submitted'), qr/^\d+$/, 'and one that submits');
	is(scalar(split /\n/, $reading->query_safe('FETCH ALL FROM rows')), 90, 'an open cursor goes on');
	is($reading->query_safe(q{SELECT count(fhir_from_row(p)) FROM his.patient p; COMMIT}), '100', 'and so does its transaction');
	$_->quit for $planned, $reading;
	ok($load->finish, 'a program that went on had no error');
	is($wrong =~ s/^pgbench.*starting.*\n//mr =~ /error|aborted/i ? $wrong : '', '', 'not one');
	is($sql->("SELECT fhir.aics_wait($job, '60 s')"), 't', 'the busy queue is finished');
	is($sql->("SELECT count(*) || ' ' || count(DISTINCT note_no) FROM fhir.aics_result($job, 1) WHERE icd = 'T' || note_no"), '200 200', 'each note has its result, once');
	is($sql->($kept{$_}), $before{$_}, "$_ are kept") for sort keys %kept;
	is($sql->(q{SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class c, unnest(relacl) a WHERE relnamespace = 'fhir'::regnamespace AND a::text ~ '^versions_stranger'}), '',
		'rights by default are on no new object');

	# a dump of the updated database is restored with all of it
	my $dump = $node->basedir . "/$database.dump";
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr($database) ], 'the updated database is dumped');
	$node->safe_psql('postgres', "CREATE DATABASE ${database}_restored");
	$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr("${database}_restored"), $dump ], 'and restored');
	is($node->safe_psql("${database}_restored", $kept{$_}), $before{$_}, "$_ are restored") for 'ids', 'mappings', 'code maps', 'resources';
}

$node->stop;
done_testing();

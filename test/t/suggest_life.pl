# Databases, extensions, clusters and libraries that change while notes are on their way.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $mock = Aics->start;
my ($lib, $scripts, @settings) = $mock->install;
my $node = $mock->cluster('main', 'fhir_bridge.aics_drainer_idle = 1', 'wal_level = replica', 'max_wal_senders = 4', @settings);
my $port = $mock->port;
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $extension = qq{CREATE EXTENSION fhir_bridge;
	CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
	SELECT aics_set_credentials('aics', 'a', 'right');};
my $notes = q{(SELECT array_agg('id ' || i || ' {"mock": {"delay": 0.02}}' ORDER BY i) FROM generate_series(1, 400) i)};
my $slow = q{array_fill('id 1 {"mock": {"delay": 20}}'::text, ARRAY[4])};

# Calls a statement and tests that it is over soon.
sub soon
{
	my ($database, $statement, $name) = @_;
	my $watch = Pace->begin;
	$node->safe_psql($database, $statement);
	$watch->soon(5, $name);
	return;
}

# Every note of a job has its own result, once.
sub all_done
{
	my ($job, $name) = @_;
	is($sql->("SELECT aics_wait($job, '60 s')"), 't', "$name: the queue is finished");
	is($sql->("SELECT count(*) || '|' || count(DISTINCT note_no) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '400|400', "$name: every note has its result, once");
	return;
}

# The table is emptied, or goes with its schema, while the drainer is at it.
$sql->("SELECT aics_submit($notes)");
$mock->until_sql($node, q{SELECT count(*) > 0 FROM aics_jobs WHERE state = 'done'}, 't', 'a queue is busy');
soon('postgres', 'TRUNCATE aics_queue', 'TRUNCATE of a busy queue');
my $job = $sql->("SELECT aics_submit('id 1'::text)");
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'the next note is done');
is($sql->(q{SELECT count(*) FROM aics_queue}), '1', 'and nothing came back');
$sql->('CREATE DATABASE ward');
my $in_schema = "CREATE SCHEMA x; SET search_path = x; $extension SELECT aics_submit($slow)";
$node->safe_psql('ward', $in_schema);
$mock->until(sub { $node->safe_psql('ward', q{SELECT count(*) FROM x.aics_jobs WHERE state = 'running'}) > 0 }, 'its queue is busy');
soon('ward', 'DROP SCHEMA x CASCADE', 'DROP SCHEMA with a busy queue');
soon('ward', $in_schema, 'and again at once');

# A database whose drainer is busy; the engine is in nobody's way.
my $ward = $sql->(q{SELECT oid FROM pg_database WHERE datname = 'ward'});
my $engine = $stat->('engine_pid');
$mock->until(sub { $node->safe_psql('ward', q{SELECT count(*) FROM x.aics_jobs WHERE state = 'running'}) > 0 }, 'its queue is busy');
$mock->fails($node, 'DROP DATABASE ward', '55006', 'DROP DATABASE with a busy drainer fails cleanly');
soon('postgres', 'DROP DATABASE ward WITH (FORCE)', 'DROP DATABASE WITH (FORCE)');
$mock->until_sql($node, "SELECT count(*) FROM aics_stats WHERE name = 'drainer_of_database_$ward'", '0', 'nobody tries to drain it any more');
is($stat->('engine_pid'), $engine, 'the engine goes on');
$sql->('CREATE DATABASE ward');
$node->safe_psql('ward', "$extension SELECT aics_wait(1, '0 s') FROM aics_submit('id 1'::text) WHERE false");
$mock->until_sql($node, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'}, '0', 'drainers are idle and end');
is($stat->('engine_state'), 'running', 'the engine runs');
soon('postgres', 'CREATE DATABASE copy TEMPLATE ward', 'CREATE DATABASE from a template with the extension');
soon('postgres', 'ALTER DATABASE ward RENAME TO clinic', 'ALTER DATABASE RENAME');
for my $database ('copy', 'clinic')
{
	my $id = $node->safe_psql($database, q{SELECT aics_submit('id 3'::text)});
	is($node->safe_psql($database, "SELECT aics_wait($id, '30 s')"), 't', "the queue of $database works");
}
$mock->until_sql($node, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'}, '0', 'drainers end');
soon('postgres', 'DROP DATABASE copy', 'DROP DATABASE of an idle one');

# Versions: the script of a next one, and its library, while all is busy.
SKIP:
{
	skip 'this server has no setting for where extensions are', 11 unless $lib;
	append_to_file("$scripts/fhir_bridge--" . $sql->(q{SELECT extversion FROM pg_extension WHERE extname = 'fhir_bridge'}) . '--9.9.9.sql', q{
		ALTER TABLE aics_queue ADD COLUMN urgency integer NOT NULL DEFAULT 0;
		CREATE FUNCTION aics_next_version() RETURNS text LANGUAGE sql AS 'SELECT ''next''';});
	my $old = $node->background_psql('postgres');
	is($old->query_safe(q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', 'a session of the old version');
	my $starts = $stat->('engine_starts');
	$job = $sql->("SELECT aics_submit($notes)");
	$mock->until_sql($node, "SELECT count(*) > 20 FROM aics_jobs WHERE id = $job AND state = 'done'", 't', 'a queue is busy');
	soon('postgres', q{ALTER EXTENSION fhir_bridge UPDATE TO '9.9.9'}, 'ALTER EXTENSION UPDATE');
	$mock->upgrade_library($lib, '9.9.9');
	is($sql->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'a session with the new library is answered');
	is($stat->('engine_starts'), $starts + 1, 'by an engine of the new library');
	is($old->query_safe("SELECT icd FROM aics_suggest('id $_', top => 1)"), "T$_", 'sessions of the old library are answered too') for 3 .. 4;
	is($sql->(q{SELECT icd FROM aics_suggest('id 5', top => 1)}), 'T5', 'those of the new one again');
	is($stat->('engine_starts'), $starts + 1, 'by the same engine: nobody takes it from the others');
	all_done($job, 'ALTER EXTENSION UPDATE and a new library');
	is($sql->('SELECT aics_next_version()'), 'next', 'the new version is there');
	$old->quit;
}

# A standby that is promoted while a call is out; a transaction that only reads.
is($sql->(q{BEGIN READ ONLY; SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', 'a read-only transaction is answered');
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$mock->fails($standby, 'SELECT aics_wake()', '25006', 'a standby has no drainer to wake');
my $session = $standby->background_psql('postgres');
$session->query_until(qr/started/, qq{\\echo started\nSELECT icd FROM aics_suggest('id 7 {"mock": {"delay": 2}}', top => 1);\n});
$mock->until(sub { $standby->safe_psql('postgres', q{SELECT value FROM aics_stats WHERE name = 'slots_running'}) eq '1' }, 'a call of the standby is out');
$standby->promote;
like($session->query('SELECT 1'), qr/T7/, 'a call is answered although the standby is promoted meanwhile');
$session->quit;
$standby->stop;

# No worker is free for a while; then all goes on by itself.
my $parallel = $sql->(q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
$node->append_conf('postgresql.conf', "max_worker_processes = 2\nmax_logical_replication_workers = 0");
$node->restart;
my @busy = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 2;
$_->query_until(qr/started/, qq{\\echo started\nSET $parallel = on; SELECT pg_sleep(600);\n}) for @busy;
$mock->until_sql($node, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}, '2', 'others use all workers');
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '53400', 'no worker is free') for 1 .. 3;
my (undef, $waiting, $warning) = $node->psql('postgres', q{SELECT aics_submit('id 8'::text)});
like($warning, qr/WARNING:.*no background worker/, 'a queued note is kept, with a warning');
my $lines = () = slurp_file($node->logfile) =~ /no background worker is free/g;
is($lines, 4, 'the log has one line for each, and no more');
$sql->(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%sleep(600)%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()});
$_->query('SELECT 1') for @busy;
is($sql->(q{SELECT icd FROM aics_suggest('id 9', top => 1)}), 'T9', 'when workers are free again, calls are answered');
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $waiting", 'done', 'and the note is done by itself');
$_->quit for @busy;

# A dump has the service and who calls it, no note; what it makes works.
$job = $sql->(q{SELECT aics_submit('id secret-note {"mock": {"delay": 20}}'::text)});
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $dump, ], 'pg_dump with a job in the queue');
unlike(slurp_file($dump), qr/secret-note/, 'the dump has no note');
$sql->('CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'it is restored');
is($node->safe_psql('restored', q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', 'the service is called from the new database');
is($node->safe_psql('restored', q{SELECT count(*) FROM aics_jobs}), '0', 'its queue is empty');
my $id = $node->safe_psql('restored', q{SELECT aics_submit('id 2'::text)});
is($node->safe_psql('restored', "SELECT aics_wait($id, '30 s')"), 't', 'and works');

# pg_upgrade takes the queue along; its notes go to the server of the same name.
SKIP:
{
	# the server that runs here: one that only finds modules of its own folders was copied
	my ($bin) = grep { -x "$_/pg_upgrade" } split /:/, $ENV{PATH};
	skip 'there is no pg_upgrade', 6 unless defined $bin;
	$sql->(q{DROP DATABASE restored WITH (FORCE)});
	$sql->(q{DELETE FROM aics_queue});
	$job = $sql->("SELECT aics_submit($notes)");
	$node->stop('fast');
	my $next = PostgreSQL::Test::Cluster->new('next');
	$next->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
	$next->append_conf('postgresql.conf', join("\n", 'fhir_bridge.aics_allow_http = on', 'fhir_bridge.aics_allow_private_addresses = on', @settings, ''));
	my $place = $node->basedir;
	system_or_bail("cd '$place' && '$bin/pg_upgrade' -b '$bin' -B '$bin' -d '" . $node->data_dir . "' -D '" . $next->data_dir
		  . "' -p " . $node->port . ' -P ' . $next->port . " -s '" . $node->host . "' >pg_upgrade.log 2>&1 || { tail -n 30 pg_upgrade.log; false; }");
	$next->start;
	$node = $next;
	isnt($sql->(q{SELECT count(*) FROM aics_jobs WHERE state = 'pending'}), '0', 'pg_upgrade: notes wait in the new cluster');
	is($sql->(q{SELECT DISTINCT server FROM aics_jobs}), 'aics', 'for the same server');
	$sql->('SELECT aics_wake()');
	all_done($job, 'pg_upgrade');
}

$node->stop;
done_testing();

# Processes that die, databases and extensions that go, workers that cannot be had.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $mock = Aics->start;
my $node = $mock->cluster('main', 'fhir_bridge.aics_drainer_idle = 1', 'restart_after_crash = on');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $engine = q{SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine'};
my $drainer = q{SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'};
my $slots_free = q{SELECT value FROM aics_stats WHERE name = 'slots_free'};

# Waits until the cluster takes connections again after a crash.
sub until_up
{
	return $mock->until(sub { $mock->try($node, 'SELECT 1') eq '1' }, 'the cluster is up again');
}

# Waits for a worker and gives its process.
sub pid_of
{
	my ($query) = @_;
	return $mock->until(sub { $sql->($query) }, 'a worker runs');
}

# 20 sessions whose first call is at the same instant.
my @first = map { $node->background_psql('postgres') } 1 .. 20;
$_->query_until(qr/started/, qq{\\echo started\nSELECT count(*) FROM aics_suggest('id 1', top => 1);\n}) for @first;
$_->quit for @first;
is($sql->(q{SELECT value FROM aics_stats WHERE name = 'engine_starts'}), '1', 'many first calls start one engine');

# SIGTERM: who waits for an answer is told so, the next call has another engine.
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_until(qr/started/, qq{\\echo started\n\\set VERBOSITY verbose\nSELECT * FROM aics_suggest('{"mock": {"delay": 20}}');\n});
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_running'}, '1', 'a call is out');
my $old = pid_of($engine);
is($sql->('SELECT aics_restart()'), 't', 'the engine is asked to end');
$session->query('SELECT 1');
like($session->{stderr}, qr/57P03.*engine ended/s, 'a call under way ends with it');
$session->quit;
is($sql->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'the next call has another');
isnt(pid_of($engine), $old, 'another process');
is($sql->($slots_free), '64', 'all slots are free');
is($sql->("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine'"), 't', 'pg_terminate_backend works on it too');
is($sql->(q{SELECT icd FROM aics_suggest('id 3', top => 1)}), 'T3', 'and the next call has another again');

# A drainer that is terminated gives its notes back.
my $notes = q{(SELECT array_agg('id ' || i || ' {"mock": {"delay": 0.02}}' ORDER BY i) FROM generate_series(1, 400) i)};
my $job = $sql->("SELECT aics_submit($notes)");
$sql->("SELECT pg_terminate_backend($_)") for pid_of($drainer);
is($sql->("SELECT aics_wait($job, '60 s')"), 't', 'a terminated drainer is followed by another');
is($sql->("SELECT count(*) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '400', 'every note has its result, once');

# kill -9 of each kind of process: the cluster restarts once, no note is lost.
$job = $sql->("SELECT aics_submit($notes)");
for my $victim ($drainer, $engine, $drainer, $engine, 'SELECT pg_backend_pid()')
{
	my $pid = pid_of($victim);
	my $idle = $node->background_psql('postgres');
	$pid = $idle->query_safe('SELECT pg_backend_pid()') if $victim eq 'SELECT pg_backend_pid()';
	kill 'KILL', $pid;
	$mock->until(sub { !kill(0, $pid) }, 'it is dead');
	eval { $idle->{run}->kill_kill };
	until_up();
	# also without anybody's call: the engine comes back and looks after the queue
	$mock->until(sub { $sql->("SELECT count(*) FROM aics_jobs WHERE id = $job AND state = 'done'") > 0 }, 'notes are done again');
}
$mock->until_sql($node, "SELECT count(*) FROM aics_jobs WHERE id = $job AND state <> 'done'", '0', 'every queued note is done');
is($sql->("SELECT count(*) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '400', 'each with its own result, once');

# The whole server: the queue is on disk, any call in its database goes on with it.
$job = $sql->("SELECT aics_submit($notes)");
$node->stop('immediate');
$node->start;
$sql->('SELECT aics_wake()');
is($sql->("SELECT aics_wait($job, '60 s')"), 't', 'an immediate shutdown loses nothing');
my $watch = Pace->begin;
$node->stop('smart');
$watch->soon(10, 'the workers do not hold a smart shutdown up');
$node->start;

# The extension goes while its queue is busy, and comes again.
$sql->("SELECT aics_submit($notes)");
pid_of($drainer);
$watch = Pace->begin;
$sql->('DROP EXTENSION fhir_bridge CASCADE');
$watch->soon(5, 'DROP EXTENSION does not wait for the queue');
$sql->(q{CREATE EXTENSION fhir_bridge;
	CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:} . $mock->port . q{');
	SELECT aics_set_credentials('aics', 'a', 'right')});
is($sql->(q{SELECT icd FROM aics_suggest('id 4', top => 1)}), 'T4', 'a new extension works at once');
$job = $sql->("SELECT aics_submit('id 5'::text)");
is($sql->("SELECT aics_wait($job, '60 s')"), 't', 'its queue too');
unlike(slurp_file($node->logfile), qr/ERROR:.*(?:aics_queue|could not open relation)/, 'the drainer went quietly');

# A database goes: idle, and by force while its queue is busy.
for my $how ('', ' WITH (FORCE)')
{
	$sql->('CREATE DATABASE ward');
	$node->safe_psql('ward', q{CREATE EXTENSION fhir_bridge;
		CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:} . $mock->port . q{');
		SELECT aics_set_credentials('aics', 'a', 'right'); } . ($how ? "SELECT aics_submit($notes)" : q{SELECT * FROM aics_suggest('id 1')}));
	$watch = Pace->begin;
	$sql->("DROP DATABASE ward$how");
	$watch->soon(5, "DROP DATABASE$how");
}
is($sql->(q{SELECT icd FROM aics_suggest('id 6', top => 1)}), 'T6', 'others go on');

# No worker is free: the call says so, the queue waits, and both go on later.
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
like($mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '53400', 'no worker is free'), qr/max_worker_processes/, 'and says what to do');
my (undef, $output, $warning) = $node->psql('postgres', q{SELECT aics_submit('id 7')});
like($warning, qr/WARNING:.*no background worker/, 'a queued note is kept, with a warning');
$node->append_conf('postgresql.conf', "max_worker_processes = 8\nshared_preload_libraries = 'fhir_bridge'");
$node->restart;
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $output", 'done', 'preloaded, the engine starts by itself and looks after all queues');
is($sql->($slots_free), '64', 'all slots are free');

# After a start databases are looked at one after another, the last one of the catalog first.
# One whose notes have to wait is not waited for.
my $queue = sub { return "INSERT INTO aics_queue (job, note_no, role, server, note, next_at) VALUES (0, 1, 'postgres'::regrole, 'aics', 'id 8', $_[0])" };
for my $database ('ward', 'clinic')
{
	$sql->("CREATE DATABASE $database");
	$node->safe_psql($database, q{CREATE EXTENSION fhir_bridge;
		CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:} . $mock->port . q{');
		SELECT aics_set_credentials('aics', 'a', 'right')});
}
my ($waits, @due) = split /\n/, $sql->('SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY ctid DESC');
$node->safe_psql($waits, $queue->(q{now() + interval '100 seconds'}));
$node->safe_psql($_, $queue->('now()')) for @due;
$node->restart;
for my $database (@due)
{
	$mock->until(sub { $node->safe_psql($database, q{SELECT state FROM aics_jobs WHERE id = 0}) eq 'done' }, "$database is looked at");
	pass("a due note is done while one of another database waits for its time");
}
is($node->safe_psql($waits, q{SELECT state FROM aics_jobs WHERE id = 0}), 'pending', 'which has not come');

$node->stop;
done_testing();

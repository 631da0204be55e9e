# Where exactly a process dies: engine, drainer and postmaster, in each of their states.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $mock = Aics->start;
my $node = $mock->cluster('main', 'restart_after_crash = on', 'fhir_bridge.aics_drainer_idle = 600');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $engine = q{SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine'};
my $drainer = q{SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'};
my $port = $mock->port;

# A process is dead, or dead and not yet fetched by its parent.
sub is_dead
{
	my ($pid) = @_;
	return !kill(0, $pid) || (eval { slurp_file("/proc/$pid/stat") } // ') Z') =~ /\) Z/;
}

# Kills a process and waits until the cluster is up again.
sub kill_hard
{
	my ($pid) = @_;
	kill 'KILL', $pid;
	$mock->until(sub { is_dead($pid) }, 'it is dead');
	$mock->until(sub { $mock->try($node, 'SELECT 1') eq '1' }, 'the cluster is up again');
	return;
}

# A session that waits for an answer, from when its call is out.
sub caller_of
{
	my ($call) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/started/, qq{\\echo started\n\\set VERBOSITY verbose\nSELECT * FROM $call;\n});
	$mock->until(sub { $stat->('slots_running') == 1 || $stat->('slots_ready') == 1 }, 'a call is out');
	return $session;
}

# What a call is told that did not end well.
sub told
{
	my ($session) = @_;
	eval { $session->{run}->pump_nb };
	my $stderr = $session->{stderr};
	eval { $session->query('SELECT 1') };
	$stderr .= $session->{stderr};
	eval { $session->quit };
	return $stderr;
}

$sql->(qq{CREATE SERVER login FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
	SELECT aics_set_credentials('login', 'login-delay-20\@x', 'right')});
my %states = (
	idle => undef,
	login => q{aics_suggest('x', 'login')},
	answer => q{aics_suggest('{"mock": {"delay": 20}}')},
	body => q{aics_suggest('{"mock": {"stall": 20}}')});

# Who is answered within the two seconds notices nothing.
my $answered = caller_of(q{aics_suggest('id 3 {"mock": {"delay": 1}}', top => 1)});
$sql->('SELECT aics_restart()');
like($answered->query('SELECT 1'), qr/T3/, 'SIGTERM: a call under way is answered');
$answered->quit;

# SIGTERM: those who wait are told, within the two seconds that calls under way are given.
for my $state (sort keys %states)
{
	$sql->(q{SELECT * FROM aics_suggest('id 1', top => 1)});
	my $session = $states{$state} && caller_of($states{$state});
	my $watch = Pace->begin;
	$sql->('SELECT aics_restart()');
	like(told($session), qr/57P03.*engine ended/s, "SIGTERM, $state: the caller is told") if $session;
	$watch->soon(4, "SIGTERM, $state");
	is($sql->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', "SIGTERM, $state: the next call is answered");
	$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', "SIGTERM, $state: all slots are free");
}

# A call that the engine has not taken yet is another engine's: its caller notices nothing.
my $old = $sql->($engine);
kill 'STOP', $old;
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_until(qr/started/, qq{\\echo started\nSELECT icd FROM aics_suggest('id 3', top => 1);\n});
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_ready'}, '1', 'a call waits for an engine that stands still');
kill 'TERM', $old;
kill 'CONT', $old;
like($session->query('SELECT 1'), qr/T3/, 'another engine answers it');
isnt($sql->($engine), $old, 'another process');
$session->quit;

# kill -9 of the engine: the cluster restarts once, the engine comes back without any call.
for my $state (sort keys %states)
{
	$sql->(q{SELECT * FROM aics_suggest('id 1', top => 1)});
	my $session = $states{$state} && caller_of($states{$state});
	my $pid = $sql->($engine);
	my $watch = Pace->begin;
	kill_hard($pid);
	$watch->soon(10, "kill -9 of the engine, $state: the cluster is back");
	like(told($session), qr/connection|terminat/i, "kill -9, $state: the caller loses the connection") if $session;
	$mock->until_sql($node, "SELECT max(pid) <> $pid FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine'", 't', "kill -9, $state: the engine is back by itself");
	is($stat->('slots_free'), '64', "kill -9, $state: no slot is stuck");
}
my $crashes = () = slurp_file($node->logfile) =~ /all server processes terminated; reinitializing/g;
is($crashes, scalar keys %states, 'one restart of the cluster for each kill');

# kill -9 of a drainer that has claimed, and of one that has its answers and is about to write them.
my $job = $sql->(q{SELECT aics_submit(ARRAY['id 1 {"mock": {"delay": 4, "times": 1, "key": "claimed"}}'])});
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job", 'running', 'a note is claimed');
kill_hard($sql->($drainer));
$mock->until_sql($node, "SELECT state || attempts FROM aics_jobs WHERE id = $job", 'done2', 'after its claim: the note is sent again');

$mock->reset;
$sql->(q{CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END';
	CREATE TRIGGER wait_for_test AFTER UPDATE ON aics_queue FOR EACH ROW WHEN (NEW.state = 'd') EXECUTE FUNCTION wait_for_test()});
$job = $sql->(q{SELECT aics_submit(ARRAY['id 1 {"mock": {"delay": 0.5, "times": 1, "key": "first"}}', 'id 2 {"mock": {"delay": 0.5, "times": 1, "key": "second"}}'])});
$mock->until_sql($node, "SELECT count(*) FROM aics_jobs WHERE id = $job AND state = 'running'", '2', 'two notes are claimed');
# whoever writes a result has to wait for this session, before the commit
my $locker = $node->background_psql('postgres');
$locker->query_safe(q{SELECT pg_advisory_lock(77)});
my $pid = $sql->($drainer);
$mock->until_sql($node, "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid", 'Lock', 'the answers are there, and are being written');
kill_hard($pid);
eval { $locker->quit };
$sql->('DROP FUNCTION wait_for_test CASCADE');
$mock->until_sql($node, "SELECT string_agg(state || attempts, ' ' ORDER BY note_no) FROM aics_jobs WHERE id = $job", 'done2 done2', 'before its commit: both are sent again');
is($sql->("SELECT string_agg(note_no || icd, ' ' ORDER BY note_no) FROM aics_result($job, 1)"), '1T1 2T2', 'and each has one result, its own');
is($mock->counts->{requests} - $mock->counts->{unauthorized}, 4, 'the service was asked twice for each');

# An answer to a note that another drainer has sent again meanwhile changes nothing.
$job = $sql->(q{SELECT aics_submit('id 1 {"mock": {"delay": 1, "times": 1, "key": "stale"}}'::text)});
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job", 'running', 'a note is out');
$sql->("UPDATE aics_queue SET state = 'd', result = '[[]]', finished_at = now() WHERE job = $job");
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', 'its answer comes');
my $after = $sql->(q{SELECT aics_submit('id 2'::text)});
is($sql->("SELECT aics_wait($after, '30 s')"), 't', 'the drainer goes on');
is($sql->("SELECT result FROM aics_jobs WHERE id = $job"), '[[]]', 'a late answer is dropped');

# The postmaster: its workers see it and go, whatever they do.
for my $how ('kill -9', 'immediate', 'smart')
{
	my $waiter = $how eq 'smart' ? undef : caller_of(q{aics_suggest('{"mock": {"delay": 20}}')});
	$job = $sql->(q{SELECT aics_submit((SELECT array_agg('id ' || i || ' {"mock": {"delay": 0.02}}' ORDER BY i) FROM generate_series(1, 200) i))});
	my @workers;
	for my $query ($engine, $drainer)
	{
		push @workers, $mock->until(sub { $sql->($query) }, 'a worker runs');
	}
	my $postmaster = $sql->(q{SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)});
	my $watch = Pace->begin;
	if ($how eq 'kill -9')
	{
		kill 'KILL', $postmaster;
		$mock->until(sub { is_dead($postmaster) }, 'the postmaster is dead');
	}
	else
	{
		$node->stop($how);
	}
	$mock->until(sub { is_dead($workers[0]) && is_dead($workers[1]) }, 'the workers are gone');
	$watch->soon($how eq 'smart' ? 3 : 1.5, "$how: the workers go");
	eval { $waiter->quit } if $waiter;
	my @start = ('pg_ctl', '-s', '-w', '-D', $node->data_dir, '-l', $node->logfile, 'start');
	if ($how eq 'kill -9')
	{
		$mock->until(sub { system("@start >/dev/null 2>&1") == 0 }, 'a new postmaster starts');
		$node->_update_pid(1);
	}
	else
	{
		$node->start;
	}
	$sql->('SELECT aics_wake()');
	is($sql->("SELECT aics_wait($job, '60 s')"), 't', "$how: the queue is intact");
	is($sql->("SELECT count(*) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '200', "$how: every note has its result, once");
}

$node->stop;
done_testing();

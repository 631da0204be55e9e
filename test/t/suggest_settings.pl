# Settings that change under load, and a calendar that jumps.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $mock = Aics->start('--world');
my $node = $mock->cluster('main', 'log_statement = none');
my $port = $mock->port;
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };

# Sets a setting in the file, or takes it out, without waiting for anything.
sub put
{
	my ($name, $value) = @_;
	$node->safe_psql('postgres', "LOAD 'fhir_bridge'; ALTER SYSTEM "
		  . (defined $value ? "SET $name = '$value'" : "RESET $name") . '; SELECT pg_reload_conf()');
	return;
}

# Load that goes on whatever a call brings, and ends with a fault only when a connection does.
append_to_file($node->basedir . '/load.sql', q{DO $$ BEGIN PERFORM aics_suggest('id 1 {"mock": {"delay": 0.02}}'); EXCEPTION WHEN OTHERS THEN NULL; END $$;} . "\n");
my @pgbench = ('pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', 8, '-T', 600, '-f', $node->basedir . '/load.sql', 'postgres');
is($sql->(q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', 'the engine runs');
my $engine = $stat->('engine_pid');
my $load = IPC::Run::start(\@pgbench, '>', \my $stdout, '2>', \my $stderr);
$mock->until(sub { $mock->counts->{requests} > 20 }, 'there is load');
my $job = $sql->(q{SELECT aics_submit((SELECT array_agg('id ' || i || ' {"mock": {"delay": 0.05}}' ORDER BY i) FROM generate_series(1, 500) i))});

# Each setting at its limits, and back.
my @settings = map { [ split /\|/ ] } split /\n/, $sql->(q{LOAD 'fhir_bridge';
	SELECT name, vartype, min_val, max_val FROM pg_settings WHERE name LIKE 'fhir_bridge.aics\_%' ORDER BY name});
cmp_ok(scalar @settings, '>', 20, 'settings are tried');
for (@settings)
{
	my ($name, $type, $min, $max) = @$_;
	my @values = $type eq 'bool' ? ('on', 'off') : $type eq 'integer' ? ($min, $max) : $type eq 'real' ? (50, $max)
	  : $name =~ /proxy/ ? ("http://127.0.0.1:$port") : ('elsewhere.example', '127.0.0.1');
	for my $value (@values)
	{
		my $loaded = $sql->('SELECT pg_conf_load_time()');
		put($name, $value);
		$mock->until(sub { $sql->("SELECT pg_conf_load_time() > '$loaded'") eq 't' }, "$name is read");
	}
	put($name, undef);
}

# What is set is so for all that is asked once the engine has read it.
my $asked = sub { my ($n) = @_; $mock->reset; $mock->until(sub { $mock->counts->{requests} >= $n }, 'there is load'); return $mock->counts; };
put('fhir_bridge.aics_max_concurrency', 2);
$mock->until(sub { $asked->(6)->{most_open} <= 2 }, 'the engine has read its limit');
my $counts = $asked->(50);
is($counts->{most_open}, 2, "at most so many requests at once (of $counts->{requests})");
put('fhir_bridge.aics_max_concurrency', undef);
put('fhir_bridge.aics_rate_limit', 20);
$mock->until(sub { my $start = time; $asked->(10); time - $start > 0.3 }, 'the engine has read its rate');
my $start = time;
$counts = $asked->(40);
my $seconds = time - $start;
ok($counts->{requests} <= 20 * ($seconds + 1), "at most so many requests a second ($counts->{requests} in $seconds s)");
put('fhir_bridge.aics_rate_limit', undef);
put('fhir_bridge.aics_enabled', 'off');
$mock->until(sub { ($node->psql('postgres', q{SELECT * FROM aics_suggest('x')}))[2] =~ /switched off/ }, 'switched off');
my $refused = sub
{
	my ($n) = @_;
	my $commits = sub { $sql->(q{SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'}) };
	my $before = $commits->();
	$mock->reset;
	$mock->until(sub { $commits->() > $before + $n }, 'the load is refused');
	return $mock->counts->{requests};
};
$mock->until(sub { $refused->(50) == 0 }, 'what was under way has ended');
is($refused->(200), 0, 'switched off, nothing is sent');
put('fhir_bridge.aics_enabled', undef);
$mock->until(sub { ($node->psql('postgres', q{SELECT * FROM aics_suggest('id 1')}))[0] == 0 }, 'switched on');
$sql->('SELECT aics_wake()');
is($sql->("SELECT aics_wait($job, '60 s')"), 't', 'switched on, the queue is finished');
is($sql->("SELECT count(*) FROM aics_jobs WHERE id = $job AND (state = 'done' OR sqlstate = '42501')"), '500', 'every note is done, or was refused by what was set');

# The calendar jumps under load: forward, back, and to and fro.
$mock->reset;
is($sql->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'a session of the service');
for my $jump (3600, -3600, -86400)
{
	my $waits = $sql->(qq{SELECT aics_submit('id 3 {"mock": {"status": 503, "retry_after": 2, "times": 1, "key": "jump $jump"}}'::text)});
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/started/, qq{\\echo started\nSELECT icd FROM aics_suggest('id 4 {"mock": {"delay": 0.5}}', top => 1);\n});
	$mock->until_sql($node, "SELECT state || attempts FROM aics_jobs WHERE id = $waits", 'pending1', "$jump s: a note waits for its next try");
	my $late = $node->background_psql('postgres');
	$late->query_safe('BEGIN');
	my $submitted = $late->query_safe(q{SELECT aics_submit('id 6')});
	$mock->clock($jump);
	$late->query_safe('COMMIT');
	my $watch = Pace->begin;
	$mock->fails($node, q{SET fhir_bridge.aics_timeout = 400; SELECT * FROM aics_suggest('{"mock": {"delay": 60}}')}, '08006', "$jump s: a slow answer");
	cmp_ok($watch->took, '>', 0.35, "$jump s: not before its limit");
	$watch->soon(3, "$jump s: ends at its limit");
	like($session->query('SELECT 1'), qr/T4/, "$jump s: a call under way is answered");
	is($sql->(q{SELECT icd FROM aics_suggest('id 5', top => 1)}), 'T5', "$jump s: calls are answered");
	$mock->until_sql($node, "SELECT count(*) FROM aics_jobs WHERE id IN ($waits, $submitted) AND state = 'done'", '2', "$jump s: waiting notes are done");
	$watch->soon(15, "$jump s: all of it");
	$mock->clock(0);
	$_->quit for ($session, $late);
}
is($mock->counts->{logins}, 1, 'the session of the service stays');

ok($load->pumpable, 'the load went on all the time');
$load->signal('TERM');
$load->finish;
is($stat->('engine_pid'), $engine, 'the engine is the same');
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', 'all slots are free');

$node->stop;
done_testing();

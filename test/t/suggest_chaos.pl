# kill -9 of engine, drainer, a backend and the postmaster at random, under load.
# FAULT_SECONDS=300 make check ONLY=suggest_chaos does it for five minutes.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{FAULT_SECONDS} // 15;
my $clients = 8;
my $mock = Aics->start;
my $node = $mock->cluster('main', 'restart_after_crash = on', 'log_statement = none', 'fhir_bridge.aics_max_attempts_async = 100');

# Runs a query; empty while the cluster is down.
sub try_sql
{
	my ($query) = @_;
	return $mock->try($node, $query);
}

# Waits until the cluster is up, starting it if the postmaster was killed.
sub until_up
{
	my ($postmaster_died) = @_;
	if ($postmaster_died)
	{
		# its children see that it is dead, then a new one can start
		my @start = ('pg_ctl', '-s', '-w', '-D', $node->data_dir, '-l', $node->logfile, 'start');
		$mock->until(sub { system("@start >/dev/null 2>&1") == 0 }, 'a new postmaster starts');
		$node->_update_pid(1);
	}
	$mock->until(sub { try_sql('SELECT 1') eq '1' }, 'the cluster is up');
	return;
}

# 2,000 notes, some slow, some failing at first; and clients that go on whatever happens.
my $job = $node->safe_psql('postgres', q{SELECT aics_submit((SELECT array_agg('id ' || i || CASE
	WHEN i % 10 = 1 THEN ' {"mock": {"delay": 0.1}}' WHEN i % 50 = 2 THEN ' {"mock": {"status": 503, "times": 1, "key": "n' || i || '"}}'
	WHEN i % 200 = 3 THEN ' {"mock": {"status": 400}}' ELSE '' END ORDER BY i) FROM generate_series(1, 2000) i))});
append_to_file($node->basedir . '/load.sql', "SELECT count(*) FROM aics_suggest('id 1 {\"mock\": {\"delay\": 0.01}}');\n");
my $load = sprintf q{exec 2>/dev/null; while :; do pgbench -n -h '%s' -p %d -c %d -T 60 -f '%s/load.sql' postgres; sleep 0.2; done},
	$node->host, $node->port, $clients, $node->basedir;
my $load_pid = fork // die "fork: $!";
if ($load_pid == 0)
{
	setpgrp;
	open STDOUT, '>', '/dev/null';
	exec 'bash', '-c', $load;
}

# whatever ends this test ends the load
END { kill 'TERM', -$load_pid if $load_pid; }

my %victims = (
	engine => q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine' LIMIT 1},
	drainer => q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer' LIMIT 1},
	backend => q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM aics_suggest%' ORDER BY random() LIMIT 1},
	postmaster => q{SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)});
my %killed;
my $end = time + $seconds;
my @names = sort keys %victims;
while (time < $end)
{
	my $name = $names[ int(rand(@names)) ];
	# the load reconnects after each crash; a drainer is there as long as there are notes
	my $pid = $name eq 'backend' ? $mock->until(sub { try_sql($victims{$name}) }, 'a client is back') : try_sql($victims{$name});
	next unless $pid =~ /^\d+$/;
	kill 'KILL', $pid;
	$killed{$name}++;
	# dead, or dead and not yet fetched by its parent
	$mock->until(sub { !kill(0, $pid) || (eval { slurp_file("/proc/$pid/stat") } // ') Z') =~ /\) Z/ }, "the $name is dead");
	until_up($name eq 'postmaster');
	# some work between two deaths
	try_sql('SELECT aics_wake()');
	try_sql(q{SELECT count(*) FROM aics_suggest('id 1')}) for 1 .. 3;
}
kill 'TERM', -$load_pid;
waitpid $load_pid, 0;
$load_pid = 0;
note 'killed: ' . join ', ', map { "$_ $killed{$_}" } sort keys %killed;
ok(%killed ? 1 : 0, 'processes were killed');

until_up(0);
$node->safe_psql('postgres', 'SELECT aics_wake()');
$mock->until_sql($node, "SELECT count(*) FROM aics_jobs WHERE id = $job AND finished_at IS NULL", '0', 'every queued note is finished');
is($node->safe_psql('postgres', "SELECT state, count(*), count(sqlstate) FROM aics_jobs WHERE id = $job GROUP BY 1 ORDER BY 1"),
	"done|1990|0\nfailed|10|10", 'done, or failed with a reason');
is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT note_no) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"),
	'1990|1990', 'exactly one result each, its own');
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', 'all slots are free');
is($node->safe_psql('postgres', q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'and calls are answered');

$node->stop;
done_testing();

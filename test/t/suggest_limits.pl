# Whoever waits can be cancelled, whatever for; and everything that can be used up.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $mock = Aics->start('--world');
my $node = $mock->cluster('main', 'max_connections = 220', 'fhir_bridge.aics_shm_limit = 8', 'fhir_bridge.aics_max_response_size = 65536');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $port = $mock->port;

# A service at this host, with credentials whose name tells how the login goes.
sub service
{
	my ($name, $host, $email) = @_;
	$sql->(qq{CREATE SERVER $name FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://$host');
		SELECT aics_set_credentials('$name', '$email', 'right')});
	return;
}

# Nothing is left of what came before, and calls are answered.
sub recovered
{
	my ($what) = @_;
	$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', "$what: all slots are free");
	is($sql->(q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', "$what: the next call is answered");
	return;
}

# 200 sessions whose first call is at the same instant.
append_to_file($node->basedir . '/call.sql', "SELECT count(*) FROM aics_suggest('id 1', top => 1);\n");
my @pgbench = ('pgbench', '-n', '-h', $node->host, '-p', $node->port, '-j', '4', '-t', '1', '-f', $node->basedir . '/call.sql', 'postgres');
command_ok([ @pgbench, '-c', '200' ], '200 sessions call at the same instant');
is($stat->('engine_starts'), '1', 'one engine is started');

# An expired session that 32 sessions meet together.
$mock->reset;
command_ok([ @pgbench, '-c', '32' ], '32 sessions meet an expired session');
is($mock->counts->{logins}, 1, 'one logs in');

# Cancels: wherever a call waits, within 50 ms, leaving nothing behind.
my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no socket: $!";
my @filling = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Blocking => 0, Timeout => 1) } 1 .. 4;
$mock->host('slow.example', 20000, '203.0.113.1');
service('dns', "slow.example:$port", 'a@x');
service('no_connect', '203.0.113.1:' . $full->sockport, 'a@x');
service('login', "127.0.0.1:$port", 'login-delay-20@x');
my %waits = (
	'a name' => q{aics_suggest('x', 'dns')},
	'a connection' => q{aics_suggest('x', 'no_connect')},
	'a login' => q{aics_suggest('x', 'login')},
	'an answer' => q{aics_suggest('{"mock": {"delay": 20}}')},
	'a body' => q{aics_suggest('{"mock": {"stall": 20}}')});
my $session = $node->background_psql('postgres', on_error_stop => 0);

# The best of three: what else the machine does is not the call's.
sub cut
{
	my ($what, $call) = @_;
	my $watch = Pace->begin;
	my ($took) = sort { $a <=> $b } map { $mock->cut_short($session, 250, $call) } 1 .. 3;
	cmp_ok($took, '>=', 250, "cancelled while it waits for $what, not before");
	$watch->soon(0.1, "cancelled while it waits for $what", ($took - 250) / 1000);
	return;
}
cut($_, $waits{$_}) for sort keys %waits;
recovered('cancelled');

# The engine's start: no process can be started while the postmaster stands still.
my $postmaster = $sql->(q{SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)});
$sql->('SELECT aics_restart()');
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'engine_state'}, 'none', 'there is no engine');
kill 'STOP', $postmaster;
my $watch = Pace->begin;
my $took = $mock->cut_short($session, 250, q{aics_suggest('x')});
kill 'CONT', $postmaster;
cmp_ok($took, '>=', 250, 'cancelled while it waits for the engine, not before');
$watch->soon(0.75, 'cancelled while it waits for the engine', ($took - 250) / 1000);
recovered('without an engine');

# The engine takes a call only when it has its turn: who gives up before that takes the slot back.
kill 'STOP', $stat->('engine_pid');
for my $try (1 .. 3)
{
	$mock->fails($node, q{SET statement_timeout = 100; SELECT * FROM aics_suggest('x')}, '57014', "given up before the engine takes it: $try");
}
is($stat->('slots_free'), '64', 'no slot is left with a call that nobody waits for');
kill 'CONT', $stat->('engine_pid');
recovered('given up before the engine takes it');

# All slots are taken: who comes then waits, is told so, and can be cancelled.
my @fillers = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 4;
my @pids = map { $_->query_safe('SELECT pg_backend_pid()') } @fillers;
my $fill = sub {
	my ($text) = @_;
	$_->query_until(qr/started/, qq{\\echo started\nSELECT count(*) FROM aics_suggest_many(array_fill($text, ARRAY[16]));\n}) for @fillers;
};
my $empty = sub {
	$sql->("SELECT pg_cancel_backend($_)") for @pids;
	$_->query('SELECT 1') for @fillers;
};
$fill->(q{'{"mock": {"delay": 20}}'::text});
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '0', 'all slots are taken');
my $begin = time;
like($mock->fails($node, q{SET fhir_bridge.aics_max_queue_wait = 300; SELECT * FROM aics_suggest('x')}, '53000', 'no slot'), qr/too many calls/, 'and says so');
cmp_ok(time - $begin, '>=', 0.3, 'after fhir_bridge.aics_max_queue_wait');
cut('a slot', q{aics_suggest('x')});
$empty->();
recovered('all slots taken');

# The shared memory is full: the same.
$fill->(q{'{"mock": {"delay": 20}}' || repeat('x', 200000)});
# 8 MB hold some 30 of these
$mock->until(sub { my $before = $stat->('slots_running'); usleep(100_000); $before > 20 && $stat->('slots_running') == $before }, 'the memory is full');
$begin = time;
like($mock->fails($node, q{SET fhir_bridge.aics_max_queue_wait = 300; SELECT * FROM aics_suggest(repeat('x', 250000))}, '53000', 'no memory'),
	qr/shared memory for suggestions is full/, 'and says so');
cmp_ok(time - $begin, '>=', 0.3, 'after fhir_bridge.aics_max_queue_wait');
my $waiting = $node->background_psql('postgres');
$waiting->query_until(qr/started/, qq{\\echo started\nSELECT icd FROM aics_suggest('id 7' || repeat(' ', 250000), top => 1);\n});
$empty->();
like($waiting->query('SELECT 8'), qr/T7/, 'who waits for memory gets it when others are done');
$waiting->quit;
recovered('memory full');
# an answer that has no room
$mock->fails($node, q{SELECT * FROM aics_suggest('{"mock": {"bytes": 20000000}}')}, '53000', 'an answer that is larger than the shared memory');
recovered('an answer without room');

# a note that will never fit: it fails, and nobody waits behind it
my $large = q{SET fhir_bridge.aics_max_note_size = '16MB'; };
$mock->fails($node, "$large SELECT * FROM aics_suggest(repeat('x', 9000000))", '54000', 'a note that is larger than the shared memory');
my $behind = $sql->("$large SELECT aics_submit(ARRAY[repeat('x', 9000000), 'id 2'])");
is($sql->("SELECT aics_wait($behind, '20 s')"), 't', 'queued, it keeps nobody waiting');
is($sql->("SELECT string_agg(state || coalesce(sqlstate, ''), ' ' ORDER BY note_no) FROM aics_jobs WHERE id = $behind"), 'failed54000 done', 'it fails, and the next one is done');

# Backends that are terminated while they wait, with far more in their hands than the memory holds.
for my $round (1 .. 12)
{
	my $victim = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $victim->query_safe('SELECT pg_backend_pid()');
	$victim->query_until(qr/started/, qq{\\echo started\nSELECT * FROM aics_suggest_many(array_fill('{"mock": {"delay": 20}}' || repeat('x', 200000), ARRAY[6]));\n});
	$mock->until(sub { $stat->('slots_running') >= 6 }, 'its calls are out');
	$sql->("SELECT pg_terminate_backend($pid, 5000)");
	eval { $victim->quit };
}
recovered('terminated');
is($sql->(q{SELECT count(*) FROM aics_suggest_many(array_fill('id 1' || repeat(' ', 200000), ARRAY[12]), top => 1)}), '12', 'and the memory is there');

# The engine has no descriptors left: that is no fault of the service.
my $engine = $stat->('engine_pid');
my %open = map { /(\d+)$/ ? ($1 => 1) : () } glob "/proc/$engine/fd/*";
my $lowest = 0;
$lowest++ while $open{$lowest};
$mock->set($node, 'fhir_bridge.aics_max_concurrency', 64);
# kept connections would be used: a service of its own has none
service('fresh', "203.0.113.1:$port", 'b@x');
SKIP:
{
	skip 'there is no prlimit', 8 if system('command -v prlimit >/dev/null') != 0;
	system_or_bail('prlimit', '--pid', $engine, "--nofile=$lowest:");
	like($mock->fails($node, q{SELECT * FROM aics_suggest('x', 'fresh')}, '53000', 'no descriptor'), qr/No descriptor is free/, 'which is what the error says') for 1 .. 3;
	$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'fresh')}, '53000', 'no descriptor, again and again: the service gets no rest for that') for 1 .. 3;
	is($stat->('engine_pid'), $engine, 'the engine lives');
	system_or_bail('prlimit', '--pid', $engine, '--nofile=1024:');
	is($sql->(q{SELECT icd FROM aics_suggest('id 5', 'fresh', 1)}), 'T5', 'with descriptors, the next call is answered');
}
recovered('without descriptors');

$_->quit for ($session, @fillers);
$node->stop;
done_testing();

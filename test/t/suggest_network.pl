# The network between server and service: names, addresses, redirects, headers, rests.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $mock = Aics->start('--world');
my $node = $mock->cluster('main', 'fhir_bridge.aics_engine_idle = 0');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $port = $mock->port;

# Another service, at this host and port.
sub service
{
	my ($name, $host) = @_;
	$sql->(qq{CREATE SERVER $name FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://$host:$port');
		SELECT aics_set_credentials('$name', '$name\@x', 'right')});
	return;
}

# Calls a statement that must fail; gives the watch that ran meanwhile.
sub fails_after
{
	my (@arguments) = @_;
	my $watch = Pace->begin;
	$mock->fails($node, @arguments);
	return $watch;
}

# Five failures in a row: the service gets a rest, which ends by itself at the end of this test.
service('sick', 'localhost');
$mock->fails($node, q{SET fhir_bridge.aics_max_attempts_sync = 1; SELECT * FROM aics_suggest('{"mock": {"status": 503}}', 'sick')}, '58000', 'a failure') for 1 .. 5;
my $rests_since = time;
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe(q{SELECT pg_backend_pid(); LOAD 'fhir_bridge'});
my $refused = q{DO $$ DECLARE since timestamptz; best interval := '1 hour'; beside interval := '1 hour'; BEGIN
	FOR i IN 1 .. 30 LOOP
		since := clock_timestamp();
		BEGIN PERFORM aics_suggest('x', 'sick'); EXCEPTION WHEN cannot_connect_now THEN NULL; END;
		best := least(best, clock_timestamp() - since);
		since := clock_timestamp();
		PERFORM pg_sleep(0.001);
		beside := least(beside, clock_timestamp() - since);
	END LOOP;
	ASSERT best < 5 * beside, format('it takes %s, a sleep of 1 ms %s', best, beside);
	END $$; SELECT 'quick'};
$mock->reset;
$mock->fails($node, q{SELECT * FROM aics_suggest('id 1', 'sick')}, '57P03', 'the breaker is open');
is($sql->($refused), 'quick', 'and answers within five times of what a sleep of 1 ms takes');
is($stat->('services_resting'), '1', 'the figures say so');
is($mock->counts->{requests}, 0, 'without any request');

# A name that is slow to be answered.
$mock->host('slow.example', 20000, '203.0.113.1');
service('slow', 'slow.example');
my $others = $node->background_psql('postgres', on_error_stop => 0);
$others->query_until(qr/started/, qq{\\echo started\n\\set VERBOSITY verbose\nSET fhir_bridge.aics_timeout = 4000; SELECT * FROM aics_suggest('x', 'slow');\n});
$mock->until(sub { $stat->('slots_running') == 1 }, 'a name is looked up');
my $watch = Pace->begin;
is($sql->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'another service is called meanwhile');
$watch->soon(3, 'without waiting for the name');
$others->query('SELECT 1');
like($others->{stderr}, qr/08006/, 'the first call ends with 08006');
$watch = fails_after(q{SET fhir_bridge.aics_timeout = 500; SELECT * FROM aics_suggest('x', 'slow')}, '08006', 'a slow name');
cmp_ok($watch->took, '>=', 0.5, "not before the call's limit");
$watch->soon(2, "ends at the call's limit");
# a look-up that hangs does not keep the engine from ending
$watch = Pace->begin;
$sql->('SELECT aics_restart()');
is($sql->(q{SELECT icd FROM aics_suggest('id 3', top => 1)}), 'T3', 'the engine ends although a look-up hangs');
$watch->soon(4, 'the engine ends');
$mock->host('unknown.example', 0);
service('unknown', 'unknown.example');
$mock->fails($node, q{SET fhir_bridge.aics_max_attempts_sync = 1; SELECT * FROM aics_suggest('x', 'unknown')}, '08001', 'a name without an answer');

# Slow answers, while others are answered.
$others->query_until(qr/started/, qq{\\echo started\nSELECT * FROM aics_suggest('{"mock": {"stall": 20}}');\n});
$watch = Pace->begin;
is($sql->(q{SELECT icd FROM aics_suggest('id 4', top => 1)}), 'T4', 'others are answered beside a stalled answer');
$watch->soon(5, 'beside a stalled answer');
$sql->(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%stall%' AND pid <> pg_backend_pid()});
$others->query('SELECT 1');

# Where a redirect points to, nobody is asked.
my @before = $mock->connects;
for my $target ('http://169.254.169.254/latest/meta-data', 'http://[fd00:ec2::254]/', 'http://203.0.113.7/', 'file:///etc/passwd', "http://127.0.0.1:$port/mock/reset")
{
	$mock->fails($node, qq{SELECT * FROM aics_suggest('{"mock": {"location": "$target"}}')}, '58000', "a redirect to $target");
}
is_deeply([ grep { !/^127\.0\.0\.1 $port$/ } ($mock->connects)[ @before .. $mock->connects - 1 ] ], [], 'no connection was tried to there');

# A name whose answer is an address of this machine or network, at once, among others, or later.
$mock->set($node, 'fhir_bridge.aics_allow_private_addresses', 'off');
$mock->host('public.example', 0, '203.0.113.1');
$mock->host('inside.example', 0, '127.0.0.1');
$mock->host('metadata.example', 0, '169.254.169.254');
$mock->host('mixed.example', 0, '203.0.113.9,127.0.0.1,10.0.0.1,::1');
$mock->host('rebinding.example', 0, '203.0.113.1', '127.0.0.1');
service($_, "$_.example") for qw(public inside metadata mixed rebinding);
is($sql->(q{SELECT icd FROM aics_suggest('id 5', 'public', 1)}), 'T5', 'a name with a public address is called');
@before = $mock->connects;
$mock->fails($node, "SELECT * FROM aics_suggest('x', '$_')", '42501', "the name $_.example is not") for qw(inside metadata);
is($mock->connects, @before, 'no connection was tried');
$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'mixed')}, '42501', 'a name with a public and private addresses');
is_deeply([ grep { !/^203\.0\.113\.9 / } ($mock->connects)[ @before .. $mock->connects - 1 ] ], [], 'only the public one was tried');
# of IPv6, of which not all is in the world
SKIP:
{
	skip 'this machine has no IPv6', 2 unless -e '/proc/net/if_inet6';
	$mock->host('six.example', 0, '2001:db8::1,2002::1,203.0.113.1');
	service('six', 'six.example');
	@before = $mock->connects;
	is($sql->(q{SELECT icd FROM aics_suggest('id 7', 'six', 1)}), 'T7', 'a name with public and private addresses of IPv6');
	is_deeply([ ($mock->connects)[ @before .. $mock->connects - 1 ] ], [ "2001:db8::1 $port", "203.0.113.1 $port" ], 'the public ones were tried');
}
is($sql->(q{SELECT icd FROM aics_suggest('id 6', 'rebinding', 1)}), 'T6', 'a name that has a public address first');
# a fresh engine keeps neither the connection nor the first answer
$sql->('SELECT aics_restart()');
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'engine_state'}, 'none', 'the engine ends');
@before = $mock->connects;
$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'rebinding')}, '42501', 'and a private one the next time');
is($mock->connects, @before, 'no connection was tried');
$mock->set($node, 'fhir_bridge.aics_allow_private_addresses', 'on');

# Nothing that is given becomes a header, or another member of the request.
$mock->reset;
for my $option ('api_id', 'model', 'model_type', 'login_path', 'base_url')
{
	my $action = $option eq 'base_url' ? 'SET' : 'ADD';
	$mock->fails($node, qq{ALTER SERVER aics OPTIONS ($action $option E'http://a/\\r\\nX-Injected: 1')}, 'HV024', "$option with a line's end");
}
for my $end ('\\n', '\\r\\n', '\\x0b', '\\x7f')
{
	$mock->fails($node, qq{SELECT aics_set_credentials('aics', E'a${end}X-Injected: 1', 'right')}, 'HV024', "an email with $end");
	$mock->fails($node, qq{SELECT aics_set_credentials('aics', 'a', E'right${end}X-Injected: 1')}, 'HV024', "a password with $end");
}
is($sql->(q{SELECT icd FROM aics_suggest(E'id 8\r\nX-Injected: 1\r\n\r\n', top => 1)}), 'T8', 'a note with line ends is a note');
$mock->fails($node, q{SELECT aics_set_credentials('aics', 'a","password":"right', 'wrong'); SELECT * FROM aics_suggest('x')}, '28P01', 'an email with quotes is an email');
$sql->(q{SELECT aics_set_credentials('aics', 'a', 'right')});
is($mock->counts->{injected}, 0, 'no request had a header of ours');

# Answers that would grow; what the engine keeps.
my $engine = $stat->('engine_pid');
my $peak = sub { return slurp_file("/proc/$engine/status") =~ /VmHWM:\s+(\d+)/ ? $1 / 1024 : die 'no figure' };
is($sql->(q{SELECT icd FROM aics_suggest('id 9', top => 1)}), 'T9', 'a call');
my $was = $peak->();
$mock->fails($node, qq{SELECT * FROM aics_suggest('{"mock": {$_->[0]}}')}, $_->[1], $_->[0])
  for ([ '"gzip": 1024', '22032' ], [ '"bytes": 1073741824', '54000' ], [ '"endless": 1', '54000' ]);
cmp_ok($peak->() - $was, '<', 24, 'a gigabyte, packed or not, is never in the engine');

# Retry-After as a date.
my $begin = time;
is($sql->(q{SELECT icd FROM aics_suggest('id 10 {"mock": {"status": 429, "retry_after_date": 2, "times": 1, "key": "date"}}', top => 1)}), 'T10', 'Retry-After as a date');
cmp_ok(time - $begin, '>=', 1, 'is waited for');

# Through a proxy: login and request, and nobody but the proxy is connected to.
service('outside', '203.0.113.9');
$mock->set($node, 'fhir_bridge.aics_proxy', "http://127.0.0.1:$port");
$mock->reset;
@before = $mock->connects;
is($sql->(q{SELECT icd FROM aics_suggest('id 12', 'outside', 1)}), 'T12', 'a service beyond the proxy answers');
is($mock->counts->{proxied}, 2, 'login and request went through the proxy');
my @after = $mock->connects;
is(join(' ', grep { $_ ne "127.0.0.1 $port" } @after[ scalar @before .. $#after ]), '', 'nobody else was connected to');
$mock->set($node, 'fhir_bridge.aics_proxy', undef);

# The rest is over: one request is let through, and all is well.
$mock->until(sub { time - $rests_since > 10 }, 'the rest is over');
is($sql->(q{SELECT icd FROM aics_suggest('id 11', 'sick', 1)}), 'T11', 'a probe succeeds');
is($stat->('services_resting'), '0', 'and closes the breaker');
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', 'all slots are free');

$_->quit for ($session, $others);
$node->stop;
done_testing();

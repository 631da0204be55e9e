# One user's settings do not switch the service off for the others.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main', 'log_statement = none');
my $port = $mock->port;
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };

# Nobody notices what came before.
sub unharmed
{
	my ($what) = @_;
	is($sql->(q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', "$what: another call is answered");
	is($stat->('services_resting'), '0', "$what: the breaker is closed");
	return;
}

# A limit that the service cannot keep, more often than the breaker takes.
unharmed('before');
$mock->fails($node, q{SET fhir_bridge.aics_timeout = '100ms'; SELECT * FROM aics_suggest('{"mock": {"delay": 0.4}}')}, '08006', 'a short limit')
  for 1 .. 7;
is($stat->('services_resting'), '0', 'they do not count');
unharmed('short limits');

# The same while logging in, for which others wait.
$sql->(q{SELECT aics_set_credentials('aics', 'login-delay-3@x', 'right')});
$mock->reset;
$mock->fails($node, q{SET fhir_bridge.aics_timeout = '100ms'; SELECT * FROM aics_suggest('id 1')}, '08006', 'a login takes longer') for 1 .. 3;
unharmed('short limits of logins');
is($mock->counts->{logins}, 1, 'one login has served all');

# More tries than are configured: none of them, of a single call, counts.
$sql->(q{SELECT aics_set_credentials('aics', 'coder@x', 'right')});
$mock->fails($node, q{SET fhir_bridge.aics_max_attempts_sync = 6; SELECT * FROM aics_suggest('{"mock": {"status": 503, "retry_after": 0}}')}, '58000', 'many tries');
unharmed('many tries');

# What is configured counts, whatever the user's longer limit is.
$node->append_conf('postgresql.conf', "fhir_bridge.aics_timeout = '300ms'");
$node->reload;
$mock->until_sql($node, q{LOAD 'fhir_bridge'; SHOW fhir_bridge.aics_timeout}, '300ms', 'the limit is configured');
$sql->(q{SELECT count(*) FROM aics_suggest('id 1')});
$mock->fails($node, q{SELECT * FROM aics_suggest('{"mock": {"delay": 2}}')}, '08006', 'a slow service') for 1 .. 5;
$mock->fails($node, q{SELECT * FROM aics_suggest('id 1')}, '57P03', 'is given a rest');
is($stat->('services_resting'), '1', 'the breaker is open');

$node->stop;
done_testing();

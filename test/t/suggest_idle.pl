# At rest neither the engine nor a drainer is woken: no timer, no look around.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use List::Util qw(sum);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $seconds = 10;
my $mock = Aics->start;
my $node = $mock->cluster('main', 'fhir_bridge.aics_drainer_idle = 3600');

# Both end when nobody asks for a while; a call that takes longer than that is no rest.
my $workers = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'fhir_bridge suggestion %'};
$mock->set($node, 'fhir_bridge.aics_engine_idle', 1);
is($node->safe_psql('postgres', q{SELECT icd FROM aics_suggest('id 1 {"mock": {"delay": 3}}', top => 1)}), 'T1', 'a call that takes longer than the rest is answered');
$mock->until_sql($node, $workers, '0', 'and then the engine ends');
$mock->set($node, 'fhir_bridge.aics_engine_idle', undef);

# both have worked
is($node->safe_psql('postgres', q{SELECT count(*) FROM aics_suggest('left chronic otitis media', top => 1)}), '1', 'a call');
my $job = $node->safe_psql('postgres', q{SELECT aics_submit('left chronic otitis media')});
is($node->safe_psql('postgres', "SELECT aics_wait($job)"), 't', 'a queued note');
my %pid = map { $_ => $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion $_'") }
  qw(engine drainer);

# the service has ended the connection that is kept for its next call
close $mock->{input};

# How often a process has left the processor, of its own accord or not.
sub switches
{
	my ($pid) = @_;
	my @counts = slurp_file("/proc/$pid/status") =~ /ctxt_switches:\s+(\d+)/g;
	return sum(@counts);
}

SKIP:
{
	skip 'there is no /proc to see it in', 2 unless -e "/proc/$pid{engine}/status";
	my %before;
	for my $name (sort keys %pid)
	{
		$mock->until(sub {
			$before{$name} = switches($pid{$name});
			usleep(200_000);
			return switches($pid{$name}) == $before{$name};
		}, "the $name has come to rest");
	}
	usleep($seconds * 1_000_000);
	is(switches($pid{$_}), $before{$_}, "the $_ sleeps for $seconds seconds without waking") for sort keys %pid;
}

done_testing();

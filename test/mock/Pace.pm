# Pace.pm
#		Was it soon?  By the machine's pace, not by the clock alone.
#
#	my $watch = Pace->begin;
#	...
#	$watch->soon(3, 'the engine ends');		# a test: within three seconds of a machine with nothing else to do
#
# On a busy machine everything takes longer.  How much longer is measured
# beside: a bare loop needs its share of a processor, and we look how long it
# has to wait for it, before and after.

package Pace;

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

use constant LOOP => 0.05;	# seconds of a processor

# How many times as long as alone a bare loop takes now; 1 on an idle machine.
sub now
{
	my ($clock, $used) = (clock_gettime(CLOCK_MONOTONIC), clock_gettime(CLOCK_PROCESS_CPUTIME_ID));
	1 while clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $used < LOOP;
	my $pace = (clock_gettime(CLOCK_MONOTONIC) - $clock) / (clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $used);
	return $pace > 1 ? $pace : 1;
}

# Starts a watch.
sub begin
{
	my ($class) = @_;
	my $pace = now();
	return bless { pace => $pace, begin => clock_gettime(CLOCK_MONOTONIC) }, $class;
}

# Seconds since then.
sub took
{
	my ($self) = @_;
	return clock_gettime(CLOCK_MONOTONIC) - $self->{begin};
}

# Tests that no more than so many seconds have passed, or that took them.
sub soon
{
	my ($self, $seconds, $name, $took) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$took //= $self->took;
	my $after = now();
	my $pace = $after > $self->{pace} ? $after : $self->{pace};
	return cmp_ok($took, '<', $seconds * $pace, sprintf('%s: soon, at a pace of 1/%.1f', $name, $pace));
}

1;

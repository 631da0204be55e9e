# Whose answers and whose jobs: what one role may not learn of another, and rights that go while a note waits.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main');
my $as = sub { my ($role, $sql) = @_; return $node->safe_psql('postgres', $sql, extra_params => [ '-U', $role ]) };

$node->safe_psql('postgres', q{
	CREATE ROLE ann LOGIN;
	CREATE ROLE bob LOGIN;
	CREATE ROLE heir LOGIN NOINHERIT;
	CREATE ROLE child LOGIN;
	GRANT fhir_bridge_user TO ann, bob, child;
	GRANT fhir_bridge_user TO heir;
	GRANT USAGE, CREATE ON SCHEMA public TO ann, bob, heir, child;
	GRANT SELECT ON aics_jobs TO heir;
	GRANT EXECUTE ON FUNCTION aics_result TO heir;
	GRANT USAGE ON FOREIGN SERVER aics TO ann, bob, heir, child;
	GRANT ann TO heir;
	GRANT ann TO child;
	CREATE USER MAPPING FOR PUBLIC SERVER aics OPTIONS (email 'all', password 'right')});

# Jobs: a condition of one's own does not see the rows of others before they are left out.
my $job = $as->('ann', q{SELECT aics_submit('id 7')});
is($as->('ann', "SELECT aics_wait($job)"), 't', 'a note is done');
is($as->('ann', 'SELECT count(*) FROM aics_jobs'), '1', 'who submitted it sees it');
$as->('bob', q{
	CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$});
my ($code, $rows, $notices) = $node->psql('postgres', 'SELECT * FROM aics_jobs WHERE spy(server) AND spy(message)',
	extra_params => [ '-U', 'bob' ]);
is("$code$rows", '0', 'another role sees no row of it');
unlike($notices, qr/seen/, 'nor does a function of that role');

# A member sees it when it has the role's rights, not when it only could take them.
is($as->('child', 'SELECT count(*) FROM aics_jobs'), '1', 'a member that inherits sees it');
is($as->('heir', 'SELECT count(*) FROM aics_jobs'), '0', 'one that does not inherit sees nothing');
is($as->('heir', "SELECT count(*) FROM aics_result($job)"), '0', 'also no result');
is($as->('heir', 'SET ROLE ann; SELECT count(*) FROM aics_jobs'), '1', 'until it takes the role');

# The cache: each role's answers are its own, also under one mapping of PUBLIC.
$node->safe_psql('postgres', q{ALTER SERVER aics OPTIONS (ADD cache_seconds '3600')});
for my $role ('ann', 'bob', 'child')
{
	my @requests = map { $as->($role, q{SELECT icd FROM aics_suggest('id 8', top => 1)}); $mock->counts->{requests} } 1 .. 2;
	my $before = $requests[0];
	is($requests[1], $before, "$role: the second time is answered from memory");
}
is($mock->counts->{notes}, 4, 'the note was sent once for each role, and that of the queue');

# A right that goes while a note waits counts: the note is not sent.
my $port = $mock->port;
$node->safe_psql('postgres', qq{CREATE SERVER later FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
	CREATE USER MAPPING FOR PUBLIC SERVER later OPTIONS (email 'all', password 'right');
	GRANT USAGE ON FOREIGN SERVER later TO bob});
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN');
$holder->query_safe(q{LOCK TABLE aics_queue IN SHARE ROW EXCLUSIVE MODE});
my $submitter = $node->background_psql('postgres', extra_params => [ '-U', 'bob' ], on_error_stop => 0);
$submitter->query_until(qr/submitting/, qq{\\echo submitting\nSELECT aics_submit('id 9', 'later');\n});
$mock->until(sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'aics_submit' AND pid <> pg_backend_pid()}) eq '1' },
	'the note waits to be queued');
$node->safe_psql('postgres', q{SELECT aics_restart()});
$holder->query_safe(q{REVOKE USAGE ON FOREIGN SERVER later FROM bob});
my $sent = $mock->counts->{notes};
$holder->query_safe('COMMIT');
$holder->quit;
$submitter->quit;
$mock->until_sql($node, q{SELECT state || ' ' || sqlstate FROM aics_jobs WHERE server = 'later'}, 'failed 42501', 'a note whose right has gone fails');
is($mock->counts->{notes}, $sent, 'and was not sent');

# aics_retry takes what has failed or was cancelled, and what waits; never what is on its way.
my $slow = $as->('ann', q{SELECT aics_submit(ARRAY['id 10 {"mock": {"delay": 3}}'])});
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $slow", 'running', 'a note is on its way');
$sent = $mock->counts->{notes};
is($as->('ann', "SELECT aics_retry($slow)"), '0', 'a running note is not queued again');
is($as->('ann', "SELECT aics_wait($slow)"), 't', 'it is done');
is($node->safe_psql('postgres', "SELECT state || attempts FROM aics_jobs WHERE id = $slow"), 'done1', 'after one attempt');

$node->stop;
done_testing();

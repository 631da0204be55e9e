# The durable queue: submit, drain, wait, cancel, retry; what commits and what does not.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main', 'max_prepared_transactions = 4');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

# One note, then several.
my $job = $sql->(q{SELECT aics_submit('left chronic otitis media')});
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'the note is done');
is($sql->("SELECT * FROM aics_result($job, 2)"), "1|1|H66.90|0.9|1\n1|2|R69|0.45|1", 'with its codes');
is($sql->("SELECT note_no, state, server, role, attempts, sqlstate, message IS NULL, finished_at > submitted_at FROM aics_jobs WHERE id = $job"),
	'1|done|aics|postgres|1||t|t', 'the view tells how it went');
is($sql->(q{SELECT count(*) FROM aics_queue WHERE note IS NOT NULL}), '0', 'the note itself is not kept');
$job = $sql->(q{SELECT aics_submit(ARRAY['pneumonia with diabetes', NULL, 'id 3'])});
is($sql->("SELECT aics_wait($job)"), 't', 'several notes are done');
is($sql->("SELECT note_no, icd, list FROM aics_result($job, 1)"), "1|E11.9|1\n1|J18.9|2\n3|T3|1", 'each with its own codes and all lists');
is($sql->(q{SELECT aics_submit('{}'::text[]) IS NULL}), 't', 'no notes, no job');

# A queue of many, several in a request, some of them bad.
$sql->(q{ALTER SERVER aics OPTIONS (ADD notes_per_request '8')});
$mock->reset;
$job = $sql->(q{SELECT aics_submit((SELECT array_agg(CASE i % 100 WHEN 7 THEN 'id ' || i || ' {"mock": {"status": 400}}' ELSE 'id ' || i END ORDER BY i) FROM generate_series(1, 2000) i))});
is($sql->("SELECT aics_wait($job, '60 s')"), 't', '2000 notes are done');
is($sql->("SELECT state, count(*), min(sqlstate) FROM aics_jobs WHERE id = $job GROUP BY 1 ORDER BY 1"), "done|1980|\nfailed|20|22023", 'all but those that the service refuses');
is($sql->("SELECT count(*) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '1980', 'no answer went to another note');
cmp_ok($mock->counts->{requests}, '<', 500, 'in far fewer requests');
is($mock->counts->{logins}, 1, 'and one login');
# Answers that are too large for one, together.
$job = $sql->(q{SELECT aics_submit((SELECT array_agg('id ' || i || CASE i WHEN 3 THEN ' {"mock": {"bytes": 5000000}}' ELSE '' END ORDER BY i) FROM generate_series(1, 8) i))});
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'a note of several whose answer is too large');
is($sql->("SELECT state, count(*), min(note_no), min(sqlstate) FROM aics_jobs WHERE id = $job GROUP BY 1 ORDER BY 1"), "done|7|1|\nfailed|1|3|54000", 'fails alone');
$sql->(q{ALTER SERVER aics OPTIONS (DROP notes_per_request)});

# What is tried again, and what is given up.
$job = $sql->(q{SELECT aics_submit('id 5 {"mock": {"status": 503, "times": 2, "key": "q503"}}')});
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'a service that fails twice');
is($sql->("SELECT state, attempts FROM aics_jobs WHERE id = $job"), 'done|3', 'is tried again until it answers');
$job = $sql->(q{SELECT aics_submit(ARRAY['{"mock": {"status": 404}}', '{"mock": {"body": "<html>"}}', '{"mock": {"body": "{}"}}', 'id 4'])});
$sql->("SELECT aics_wait($job, '30 s')");
is($sql->("SELECT note_no, state, attempts, sqlstate FROM aics_jobs WHERE id = $job ORDER BY 1"),
	"1|failed|1|58000\n2|failed|1|22032\n3|failed|1|08P01\n4|done|1|", 'what cannot get better fails at once');
is($sql->("SELECT aics_retry($job)"), '3', 'failed notes can be queued again');
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'and fail again');

# What was cancelled on its way and queued again is not ended by what its first call brings.
$mock->set($node, 'fhir_bridge.aics_max_concurrency', '1');
$job = $sql->(q{SELECT aics_submit('id 6 {"mock": {"status": 400, "times": 1, "key": "again", "delay": 2}}')});
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job", 'running', 'a call that will fail is out');
$sql->("SELECT aics_cancel($job); SELECT aics_submit('id 7 {\"mock\": {\"delay\": 1}}')");
is($sql->("SELECT aics_retry($job)"), '1', 'its note is cancelled, and queued again behind another');
is($sql->("SELECT aics_wait($job, '30 s')"), 't', 'is done');
is($sql->("SELECT state, sqlstate FROM aics_jobs WHERE id = $job"), 'done|', 'by its second call');
$mock->set($node, 'fhir_bridge.aics_max_concurrency', undef);

# Nothing happens before the commit, and nothing at all after a rollback.
$mock->reset;
my $session = $node->background_psql('postgres');
$session->query_safe('BEGIN');
my $ours = $session->query_safe(q{SELECT aics_submit('id 1')});
like($mock->fails($node, "BEGIN; SELECT aics_wait(aics_submit('id x'), '1 s')", '55000', 'waiting for what is not committed'),
	qr/not committed/, 'says so');
is($mock->counts->{requests}, 0, 'no call before the commit');
$session->query_safe('COMMIT');
is($sql->("SELECT aics_wait($ours, '30 s')"), 't', 'committed: done');
$session->query_safe(q{BEGIN; SELECT aics_submit('id 1'); ROLLBACK});
$session->query_safe(q{BEGIN; SAVEPOINT s; SELECT aics_submit('id 1'); ROLLBACK TO s; COMMIT});
$session->query_safe(q{BEGIN; SELECT aics_submit('id 1'); PREPARE TRANSACTION 'p'});
is($sql->("SELECT aics_wait(aics_submit) FROM (SELECT $ours AS aics_submit) s"), 't', 'an old job is finished at once');
is($sql->(q{SELECT count(*) FROM aics_jobs WHERE state <> 'done' AND state <> 'failed'}), '0', 'rolled back: not there');
is($mock->counts->{requests} - $mock->counts->{unauthorized}, 1, 'and never sent');
$sql->(q{COMMIT PREPARED 'p'});
$sql->(q{SELECT aics_wake()});
$mock->until_sql($node, q{SELECT count(*) FROM aics_jobs WHERE state IN ('pending', 'running')}, '0', 'a prepared transaction\'s note is done');
is($mock->counts->{requests} - $mock->counts->{unauthorized}, 2, 'once it was committed and the drainer woken');

# What is committed late is found, though the claims have gone past it.
$session->query_safe('BEGIN');
my $late = $session->query_safe(q{SELECT aics_submit('id 1')});
$sql->("SELECT aics_wait($_)") for $sql->(q{SELECT aics_submit('id 2')});
$session->query_safe('COMMIT');
is($sql->("SELECT aics_wait($late, '30 s')"), 't', 'committed after a later one was done: done');

$mock->fails($node, 'BEGIN READ ONLY; SELECT aics_submit(\'x\')', '25006', 'a read-only transaction cannot submit');
$mock->fails($node, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aics_wait($ours)", '55000', 'nor can one with one snapshot wait');

# Cancel: what is out is dropped, what waits is not sent.
$mock->set($node, 'fhir_bridge.aics_max_concurrency', 1);
$job = $sql->(q{SELECT aics_submit(array_fill('id 9 {"mock": {"delay": 3}}'::text, ARRAY[40]))});
$mock->until_sql($node, "SELECT count(*) > 0 FROM aics_jobs WHERE id = $job AND state = 'running'", 't', 'some are out');
is($sql->("SELECT aics_wait($job, '10 ms')"), 'f', 'a wait ends when its time is over');
cmp_ok($sql->("SELECT aics_cancel($job)"), '>', 30, 'what is not finished is cancelled');
is($sql->("SELECT aics_wait($job, '1 s')"), 't', 'a cancelled job is finished');
$mock->set($node, 'fhir_bridge.aics_max_concurrency', undef);
my $after = $sql->(q{SELECT aics_submit('id 10')});
is($sql->("SELECT aics_wait($after, '30 s')"), 't', 'the next job is not held up');
is($sql->("SELECT count(*) FROM aics_jobs WHERE id = $job AND state = 'cancelled' AND result IS NOT NULL"), '0', 'a cancelled note has no result');

# Other roles, each with its own credentials and its own rows.
$sql->(q{
	CREATE ROLE coder LOGIN; CREATE ROLE guest LOGIN; CREATE ROLE leaver LOGIN;
	GRANT fhir_bridge_user TO coder, leaver;
	GRANT USAGE ON FOREIGN SERVER aics TO coder, leaver;
	CREATE USER MAPPING FOR coder SERVER aics OPTIONS (email 'a@x', password 'right');
	CREATE USER MAPPING FOR leaver SERVER aics OPTIONS (email 'b@x', password 'right')});
my $coder = sub { return $node->safe_psql('postgres', $_[0], extra_params => [ '-U', 'coder' ]) };
my $theirs = $coder->(q{SELECT aics_submit('id 11')});
is($coder->("SELECT aics_wait($theirs)"), 't', 'another role submits and waits');
is($coder->('SELECT count(*), min(role) FROM aics_jobs'), '1|coder', 'it sees its own rows');
$mock->fails($node, "SELECT aics_cancel($ours)", '42704', 'and cannot touch others', params => [ '-U', 'coder' ]);
$mock->fails($node, 'SELECT note FROM aics_queue', '42501', 'nor the table', params => [ '-U', 'coder' ]);
$mock->fails($node, "SELECT aics_submit('x')", '42501', 'a role without the grant cannot submit', params => [ '-U', 'guest' ]);
$sql->(q{GRANT fhir_bridge_user TO guest});
$mock->fails($node, "SELECT aics_submit('x')", '42501', 'nor one without USAGE', params => [ '-U', 'guest' ]);
$sql->(q{GRANT USAGE ON FOREIGN SERVER aics TO guest});
$mock->fails($node, "SELECT aics_submit('x')", '42704', 'nor one without a mapping', params => [ '-U', 'guest' ]);

# A role that goes away between submit and send; one whose mapping does.
my $left = $node->background_psql('postgres', extra_params => [ '-U', 'leaver' ]);
$left->query_safe('BEGIN');
my $lost = $left->query_safe(q{SELECT aics_submit('id 12')});
my $unmapped = $node->background_psql('postgres', extra_params => [ '-U', 'coder' ]);
$unmapped->query_safe('BEGIN');
my $bare = $unmapped->query_safe(q{SELECT aics_submit('id 13')});
$sql->(q{DROP USER MAPPING FOR coder SERVER aics; DROP USER MAPPING FOR leaver SERVER aics;
	REVOKE USAGE ON FOREIGN SERVER aics FROM leaver; DROP ROLE leaver});
$left->query_safe('COMMIT');
$unmapped->query_safe('COMMIT');
$mock->until_sql($node, "SELECT string_agg(state || sqlstate, ' ' ORDER BY id) FROM aics_jobs WHERE id IN ($lost, $bare)",
	'failed42704 failed42704', 'their notes fail');
is($sql->("SELECT aics_wait($after)"), 't', 'and the drainer lives');
$_->quit for ($session, $left, $unmapped);

# Limits and cleaning up.
$mock->set($node, 'fhir_bridge.aics_queue_limit', 10);
$mock->fails($node, "SELECT aics_submit(array_fill('x'::text, ARRAY[11]))", '53000', 'a full queue refuses');
$mock->fails($node, "BEGIN; SELECT aics_submit(array_fill('x'::text, ARRAY[10])); SELECT aics_submit('x')", '53000', 'also the session that has filled it');
$mock->set($node, 'fhir_bridge.aics_queue_limit', undef);
$mock->fails($node, "SELECT aics_submit(repeat('x', 300000))", '54000', 'a note that is too large is refused');
cmp_ok($sql->(q{SELECT aics_purge('0')}), '>', 2000, 'finished notes can be removed');
is($sql->('SELECT count(*) FROM aics_queue'), '0', 'and are gone');

# With nothing to do there is no drainer, and no database is held.
$mock->until_sql($node, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'}, '0', 'the drainer ends when idle');

$node->stop;
done_testing();

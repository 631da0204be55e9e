# The drainer in a database that makes its life hard.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main', 'log_min_messages = debug1', 'wal_level = replica', 'max_wal_senders = 1', 'fhir_bridge.aics_drainer_idle = 1',
	'fhir_bridge.aics_shm_limit = 2MB', 'fhir_bridge.aics_max_note_size = 4MB', 'fhir_bridge.aics_max_attempts_async = 2',
	"synchronous_standby_names = 'nobody'", 'synchronous_commit = local');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $drainers = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'};

# How often the server has started a drainer.
sub starts
{
	my $log = slurp_file($node->logfile);
	return scalar(() = $log =~ /starting background worker process "fhir_bridge suggestion drainer"/g);
}

# A commit that takes longer than a drainer waits for it, with no engine yet.
my ($job, $other);
my $slow = $node->background_psql('postgres');
$slow->query_until(qr/started/, qq{\\echo started\nSET synchronous_commit = on;\nSELECT aics_submit('id 0');\n});
$mock->until_sql($node, q{SELECT wait_event FROM pg_stat_activity WHERE query LIKE '%aics_submit%' AND pid <> pg_backend_pid()}, 'SyncRep', 'a commit waits for a standby');
$mock->until(sub { starts() == 1 }, 'its drainer starts');
$mock->until_sql($node, $drainers, '0', 'and ends with nothing to do');
$node->append_conf('postgresql.conf', "synchronous_standby_names = ''");
$node->reload;
$mock->until_sql($node, q{SELECT state FROM aics_jobs}, 'done', 'after the commit there is another');
$slow->quit;
$sql->(q{SELECT aics_purge('0')});

# Suggestions are switched off: the queue waits, and nobody looks at it all the time.
$sql->(q{SELECT icd FROM aics_suggest('id 1')});
$mock->set($node, 'fhir_bridge.aics_enabled', 'off');
my $before = starts();
$sql->(q{INSERT INTO aics_queue (job, note_no, role, server, note) VALUES (0, 1, 'postgres'::regrole, 'aics', 'id 1')});
$sql->('SELECT aics_wake()');
$mock->until(sub { starts() == $before + 1 }, 'a drainer starts');
$mock->until_sql($node, q{SELECT bool_and(substring(value FROM '^due in (\d+) s$')::int BETWEEN 30 AND 60) FROM aics_stats WHERE name LIKE 'drainer_of%'}, 't',
	'switched off, the drainer ends, and no other follows it soon');
is(starts(), $before + 1, 'nor has one been there since');
$mock->set($node, 'fhir_bridge.aics_enabled', undef);
$sql->('SELECT aics_wake()');
$mock->until_sql($node, q{SELECT state FROM aics_jobs}, 'done', 'switched on again, the note is done');

# A note whose time comes after its drainer has ended: the engine starts another, without anybody's call.
$job = $sql->(q{SELECT aics_submit('id 1 {"mock": {"status": 503, "retry_after": 4, "times": 1, "key": "later"}}'::text)});
$mock->until_sql($node, "SELECT state || attempts FROM aics_jobs WHERE id = $job", 'pending1', 'a note waits for its next try');
$mock->until_sql($node, $drainers, '0', 'its drainer ends meanwhile');
$mock->until_sql($node, "SELECT state || attempts FROM aics_jobs WHERE id = $job", 'done2', 'another does it in time');

# What a database sets for its users is not the drainer's.
$sql->(q{ALTER DATABASE postgres SET default_transaction_read_only = on;
	ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'});
$mock->until_sql($node, $drainers, '0', 'the drainer ends when idle');
$job = $sql->(q{SET default_transaction_read_only = off; BEGIN READ WRITE; SELECT aics_submit('id 2'); COMMIT});
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job", 'done', 'a database that is read-only unless told otherwise');
$sql->(q{SET default_transaction_read_only = off; BEGIN READ WRITE; ALTER DATABASE postgres RESET ALL; COMMIT});

# A role's open transaction that holds a running note's row holds up nobody else.
$mock->set($node, 'fhir_bridge.aics_max_concurrency', 2);
$job = $sql->(q{SELECT aics_submit(ARRAY['id 3 {"mock": {"delay": 1}}', 'id 4 {"mock": {"delay": 1}}'])});
$mock->until_sql($node, "SELECT count(*) FROM aics_jobs WHERE id = $job AND state = 'running'", '2', 'two notes are out');
my $holder = $node->background_psql('postgres');
$holder->query_safe("BEGIN; UPDATE aics_queue SET job = job WHERE job = $job AND note_no = 1");
$other = $sql->(q{SELECT aics_submit('id 5')});
is($sql->("SELECT aics_wait($other, '10 s')"), 't', 'another job is done');
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job AND note_no = 2", 'done', 'and so is the same job\'s other note');
is($sql->("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'"), 't', 'the drainer is asked to end');
$other = $sql->(q{SELECT aics_submit('id 6')});
is($sql->("SELECT aics_wait($other, '10 s')"), 't', 'the next one is not held up either');
$holder->query_safe('ROLLBACK');
$mock->until_sql($node, "SELECT state FROM aics_jobs WHERE id = $job AND note_no = 1", 'done', 'and takes the note back once it can');
$holder->query_safe('BEGIN; LOCK TABLE aics_queue');
$sql->('SELECT aics_wake()');
$mock->until_sql($node, q{SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.backend_type = 'fhir_bridge suggestion drainer'},
	'1', 'a drainer waits for the table');
$sql->("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion drainer'");
is($sql->($drainers), '0', 'and ends nevertheless when asked to');
$holder->quit;

# Shared memory that is too small: a note that can never pass ends, and so does
# one whose answer cannot; the others go on.
$job = $sql->(q{SELECT aics_submit(ARRAY[repeat('x', 1500000), '{"mock": {"bytes": 3145728}}', 'id 7'])});
is($sql->("SELECT aics_wait($job, '20 s')"), 't', 'notes that are too large end');
is($sql->("SELECT note_no, state, attempts, sqlstate FROM aics_jobs WHERE id = $job ORDER BY 1"),
	"1|failed|1|54000\n2|failed|2|53000\n3|done|1|", 'each as it should');

$node->stop;
done_testing();

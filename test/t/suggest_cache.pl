# Answers that are not asked for again: whose, how long, how many, and nothing of the note.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main', 'fhir_bridge.aics_shm_limit = 2MB', 'shared_buffers = 1MB');

# Runs a query whose text is UTF-8.
sub query
{
	my ($sql, @params) = @_;
	utf8::encode($sql);
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	return $node->safe_psql('postgres', $sql, extra_params => \@params);
}

my $stat = sub { return query("SELECT value FROM aics_stats WHERE name = '$_[0]'") };

# How many notes and searches the service is asked for by a query, and what it gives.
sub asked
{
	my ($expected, $requests, $sql, $name, @params) = @_;
	utf8::encode($expected);
	my $before = $mock->counts->{requests};
	is(query($sql, @params), $expected, $name);
	is($mock->counts->{requests} - $before, $requests, "$name: $requests requests");
	return;
}

my $one = q{SELECT string_agg(list || icd || prob, ' ') FROM aics_suggest('pneumonia with diabetes', top => 1)};
my $found = '1E11.90.9 2J18.90.25';

# The first call logs in; it is not counted below.
query($one);
asked($found, 1, $one, 'off unless asked for');
is($stat->('cache_misses'), '0', 'without a look into the cache');
query(q{ALTER SERVER aics OPTIONS (ADD cache_seconds '3600')});
asked($found, 1, $one, 'the first time');
asked($found, 0, $one, 'the second time');
asked('6', 0, q{SELECT count(*) FROM aics_suggest('pneumonia with diabetes')}, 'all rows, whatever was asked for first');
asked('1|E11.9', 1, q{SET extra_float_digits = -10; SELECT list, icd FROM aics_suggest('id_ with diabetes', top => 1)}, 'another note');
asked('0.9', 0, q{SELECT prob FROM aics_suggest('id_ with diabetes', top => 1)}, 'with all its digits');
is($stat->('cache_hits') . $stat->('cache_entries'), '32', 'hits and entries are counted');

# Searches, several notes, the queue: the same cache.
my $search = q{SELECT rank, icd, english_name, chinese_name, billable FROM aics_search('高血壓', top => 1)};
asked('1|I10|Essential (primary) hypertension|本態性(原發性)高血壓|t', 1, $search, 'a search');
asked('1|I10|Essential (primary) hypertension|本態性(原發性)高血壓|t', 0, $search, 'the same search');
asked("1|E11.9|1\n1|J18.9|2\n3|T3|1", 1, q{SELECT note_no, icd, list FROM aics_suggest_many(ARRAY['pneumonia with diabetes', NULL, 'id 3'], top => 1)},
	'several notes, of which one is known');
my $queued = q{SELECT aics_submit(ARRAY['id 3', 'id 4', 'pneumonia with diabetes'])};
for my $requests (1, 0)
{
	my $before = $mock->counts->{requests};
	my $job = query($queued);
	is(query("SELECT aics_wait($job)"), 't', 'queued notes are done');
	is(query("SELECT note_no, icd, list FROM aics_result($job, 1)"), "1|T3|1\n2|T4|1\n3|E11.9|1\n3|J18.9|2", 'with their codes');
	is($mock->counts->{requests} - $before, $requests, "in $requests requests");
}

# With several notes in a request, a note has its first list only; alone it has all.
query(q{ALTER SERVER aics OPTIONS (ADD notes_per_request '8')});
my $many = q{SELECT note_no, icd, list FROM aics_suggest_many(ARRAY['stroke with asthma', 'id 5', 'id 3'], top => 1)};
asked("1|J45.909|1\n2|T5|1\n3|T3|1", 1, $many, 'several notes in a request');
asked("1|J45.909|1\n2|T5|1\n3|T3|1", 0, $many, 'again');
{
	my $before = $mock->counts->{requests};
	my $job = query(q{SELECT aics_submit(ARRAY['stroke with asthma', 'id 5'])});
	is(query("SELECT aics_wait($job)"), 't', 'the same notes are queued');
	is(query("SELECT note_no, icd, list FROM aics_result($job, 1)"), "1|J45.909|1\n2|T5|1", 'with what is known of them');
	is($mock->counts->{requests} - $before, 0, 'without a request');
}
asked("J45.909|1\nI63.9|2", 1, q{SELECT icd, list FROM aics_suggest('stroke with asthma', top => 1)}, 'alone');
asked("J45.909|1\nI63.9|2", 0, q{SELECT icd, list FROM aics_suggest('stroke with asthma', top => 1)}, 'alone again');

# Faults, answers of another shape and empty ones are not kept.
for my $wish ('"status": 400', '"body": "{}"', '"short": 3', '"body": "[[]]"')
{
	my $before = $mock->counts->{requests};
	$node->psql('postgres', qq{SELECT * FROM aics_suggest('x {"mock": {$wish}}')}) for 1 .. 2;
	is($mock->counts->{requests} - $before, 2, "not kept: $wish");
}

# Another role, another password, another option, another mapping: another answer.
query(q{CREATE ROLE coder LOGIN; GRANT fhir_bridge_user TO coder; GRANT USAGE ON FOREIGN SERVER aics TO coder;
	CREATE USER MAPPING FOR PUBLIC SERVER aics OPTIONS (email 'all', password 'right')});
my $note = q{SELECT icd FROM aics_suggest('id 3', top => 1)};
asked('T3', 1, $note, 'another role', '-U', 'coder');
asked('T3', 0, $note, 'the same role', '-U', 'coder');
$mock->fails($node, q{SELECT aics_cache_clear()}, '42501', 'a role cannot empty the cache', params => [ '-U', 'coder' ]);
query(q{REVOKE USAGE ON FOREIGN SERVER aics FROM coder});
$mock->fails($node, $note, '42501', 'a right taken away counts', params => [ '-U', 'coder' ]);
asked('T3', 1, qq{ALTER SERVER aics OPTIONS (ADD model 'XX'); $note}, 'another model');
asked('T3', 0, qq{ALTER SERVER aics OPTIONS (DROP model); $note}, 'the model of before');
query(q{SELECT aics_set_credentials('aics', 'other', 'wrong')});
$mock->fails($node, $note, '28P01', 'a wrong password');
query(q{SELECT aics_set_credentials('aics', 'other', 'right'); SELECT aics_flush_tokens()});
asked('T3', 1, $note, 'another email');
query(q{DROP USER MAPPING FOR postgres SERVER aics; SELECT aics_set_credentials('aics', 'other', 'right')});
asked('T3', 1, $note, 'a new mapping');

# Time.
query(q{ALTER SERVER aics OPTIONS (SET cache_seconds '1')});
$mock->until(sub { my $before = $mock->counts->{requests}; query($note); $mock->counts->{requests} > $before }, 'an answer grows old');
query(q{ALTER SERVER aics OPTIONS (SET cache_seconds '3600')});
asked('T3', 0, $note, 'and the new one takes its place');
for my $value ('-1', 'x', '31536001')
{
	$mock->fails($node, "ALTER SERVER aics OPTIONS (SET cache_seconds '$value')", 'HV024', "cache_seconds $value");
}

# The bound: of entries, and of bytes; what is used stays.
isnt(query('SELECT aics_cache_clear()'), '0', 'the cache can be emptied');
asked('T3', 1, $note, 'and is empty');
for my $i (1 .. 4)
{
	query("SELECT count(*) FROM aics_suggest_many((SELECT array_agg('id n' || i) FROM generate_series(" . ($i * 100) . ", $i * 100 + 99) i))");
	query($note);
}
asked('T3', 0, $note, 'an answer that is used stays');
cmp_ok($stat->('cache_entries'), '<=', 256, 'the number of entries has its limit');
asked('100', 13, q{SELECT count(*) FROM aics_suggest_many((SELECT array_agg('id n' || i) FROM generate_series(100, 199) i), top => 1)}, 'the oldest are gone');
query(q{ALTER SERVER aics OPTIONS (DROP notes_per_request)});
my $large = join(',', map { qq({\\\\"icd\\\\": \\\\"A$_\\\\", \\\\"prob\\\\": 0.5}) } 100 .. 399) =~ s/\\\\/\\/gr;
query(qq{SELECT count(*) FROM aics_suggest_many((SELECT array_agg(i || ' {"mock": {"body": "[[$large]]"}}') FROM generate_series(1, 60) i))});
cmp_ok($stat->('cache_bytes'), '<=', 262144, 'so have their bytes');
cmp_ok($stat->('cache_bytes'), '>', 200000, 'which are used');
cmp_ok($stat->('cache_entries'), '<', 60, 'by fewer entries');

# Shared memory, with the calls' area, has the answer to a note and nothing of the note.
my $hunt = q{
	DO $$
	DECLARE
		place record;
		piece bytea;
		note bytea := convert_to(reverse('kcaj etrevof'), 'UTF8');	-- backwards: pg_stat_activity is shared, too
		answer bytea := convert_to(reverse('eborpT'), 'UTF8');
		notes int := 0;
		answers int := 0;
	BEGIN
		PERFORM aics_suggest(convert_from(note, 'UTF8') || ' id ' || reverse('eborp'));
		FOR place IN SELECT ('x' || lpad(m[1], 16, '0'))::bit(64)::bigint AS first, ('x' || lpad(m[2], 16, '0'))::bit(64)::bigint AS last
			FROM regexp_matches(pg_read_file('/proc/self/maps'), '([0-9a-f]+)-([0-9a-f]+) rw-s', 'g') m
		LOOP
			WHILE place.first < place.last LOOP
				piece := pg_read_binary_file('/proc/self/mem', place.first, least(1048576, place.last - place.first));
				notes := notes + (position(note IN piece) > 0)::int;
				answers := answers + (position(answer IN piece) > 0)::int;
				place.first := place.first + 1048576;
			END LOOP;
		END LOOP;
		RAISE NOTICE 'notes %, answers %', notes, answers;
	END $$};
my (undef, undef, $told) = $node->psql('postgres', $hunt);
like($told, qr/notes 0, answers [1-9]/, 'shared memory holds the answer, and nothing of the note');
is(query('SELECT aics_cache_clear() > 0'), 't', 'the cache is emptied');
(undef, undef, $told) = $node->psql('postgres', $hunt =~ s/PERFORM[^;]*;//r);
like($told, qr/notes 0, answers 0/, 'and holds no answer any more');

$node->stop;
done_testing();

# A note goes in, codes come out: the way through backend, engine and service.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

my $mock = Aics->start;
my $node = $mock->cluster('main');

# Runs a query whose text is UTF-8.
sub query
{
	my ($sql) = @_;
	utf8::encode($sql);
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	return $node->safe_psql('postgres', $sql);
}

# One note, the first call of the cluster: the engine starts by itself.
is(query(q{SELECT * FROM aics_suggest('left chronic otitis media status post')}),
	"1|H66.90|0.9|1\n2|R69|0.45|1\n3|Z00.00|0.225|1\n4|Z71.9|0.1125|1", 'a note is answered');
is(query(q{SELECT rank, icd, list FROM aics_suggest('pneumonia with diabetes', top => 1)}),
	"1|E11.9|1\n1|J18.9|2", 'top limits each list; the second is of comorbidities');
is($mock->counts->{logins}, 1, 'one login serves both');
is(query(q{SELECT count(*) FROM aics_suggest(NULL)}), '0', 'no note, no rows');
is(query(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'fhir_bridge suggestion engine' AND datname IS NULL}),
	'1', 'there is one engine, attached to no database');

# Any text comes through as it is.
for my $id ('病歷', 'Zoë', '"quoted"', "tab\tand\nline", "e\x{301}", "\x{1F600}")
{
	(my $quoted = $id) =~ s/'/''/g;
	my $icd = query("SELECT icd FROM aics_suggest('id X$quoted') LIMIT 1");
	ok($icd =~ /^TX/, 'text comes through: ' . join(' ', map { sprintf '%04X', ord } split //, $id));
}
is(query(q{SELECT icd FROM aics_suggest('id 病歷A1') LIMIT 1}), do { my $x = 'T病歷A1'; utf8::encode($x); $x }, 'and back');

# Search.
is(query(q{SELECT rank, icd, english_name, chinese_name, billable FROM aics_search('高血壓', top => 2)}),
	do {
		my $x = "1|I10|Essential (primary) hypertension|本態性(原發性)高血壓|t\n2|I15.0|Renovascular hypertension|腎血管性高血壓|t";
		utf8::encode($x);
		$x;
	}, 'a search in Chinese');
is(query(q{SELECT icd, billable FROM aics_search('secondary')}), 'I15|f', 'a search in English');
is(query(q{SELECT count(*) FROM aics_search('nothing of the kind')}), '0', 'a search that finds nothing');

# Several notes.
my $many = q{SELECT string_agg(note_no || icd, ' ' ORDER BY note_no) FROM aics_suggest_many(
	(SELECT array_agg(CASE WHEN i = 3 THEN NULL ELSE 'id ' || i END ORDER BY i) FROM generate_series(1, 40) i), top => 1)};
my $expected = join(' ', map { "${_}T$_" } grep { $_ != 3 } 1 .. 40);
$mock->reset;
is(query($many), $expected, 'each note has its own codes; a NULL note has none');
is($mock->counts->{requests} - $mock->counts->{unauthorized}, 39, 'one request for each note');
query(q{ALTER SERVER aics OPTIONS (ADD notes_per_request '16')});
$mock->reset;
is(query($many), $expected, 'the same with several notes in a request');
is($mock->counts->{requests} - $mock->counts->{unauthorized}, 3, 'in as few requests as allowed');
is(query(q{SELECT note_no, icd FROM aics_suggest_many(ARRAY['id a {"mock": {"lists": 1, "times": 1, "key": "few"}}', 'id b'], top => 1)}),
	"1|Ta\n2|Tb", 'an answer of another length is not trusted: one note at a time');
is(query(q{SELECT note_no, icd FROM aics_suggest_many(ARRAY['id a', 'id b {"mock": {"status": 413, "times": 2, "key": "big"}}', 'id c'], top => 1)}),
	"1|Ta\n2|Tb\n3|Tc", 'a request that is too large is halved');
is(query(q{SELECT count(*) FROM aics_suggest_many('{}')}), '0', 'no notes, no rows');

# No library of the engine's in a user's backend.
my ($backend, $engine) = split /\|/, $node->safe_psql('postgres', q{
	SELECT pg_read_file('/proc/' || pg_backend_pid() || '/maps') LIKE '%libcurl%' AND count(*) > 0,
		pg_read_file('/proc/' || max(pid) || '/maps') LIKE '%libcurl%'
	FROM pg_stat_activity, aics_suggest('id 1', top => 1) WHERE backend_type = 'fhir_bridge suggestion engine'});
is($backend, 'f', 'libcurl is not in the backend');
is($engine, 't', 'libcurl is in the engine');

# Each call stands in the histogram of times.
is(query(q{SELECT sum(value::int) FILTER (WHERE name ~ '^calls_'), sum(value::int) FILTER (WHERE name = 'calls') > 10 FROM aics_stats}),
	query(q{SELECT value || '|t' FROM aics_stats WHERE name = 'calls'}), 'the histogram counts each call once');

# All slots are taken, and the caller does not want to wait.
query(q{ALTER SERVER aics OPTIONS (DROP notes_per_request)});
my @busy = map { $node->background_psql('postgres') } 1 .. 4;
$_->query_until(qr/started/, qq{\\echo started\nSELECT count(*) FROM aics_suggest_many(array_fill('id 1 {"mock": {"delay": 1}}'::text, ARRAY[16]));\n}) for @busy;
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '0', 'no slot is free');
$mock->fails($node, qq{SET fhir_bridge.aics_max_queue_wait = 0; SELECT * FROM $_}, '53000', "$_ says so at once")
  for q{aics_suggest('id 1')}, q{aics_suggest_many(ARRAY['id 1', 'id 2'])};
$_->quit for @busy;

# An engine that ends takes its sessions with it.
cmp_ok(query(q{SELECT value FROM aics_stats WHERE name = 'sessions'}), '>', 0, 'there are sessions of the service');
query('SELECT aics_restart()');
$mock->until_sql($node, q{SELECT count(*) FROM aics_stats WHERE name = 'engine_pid' AND value <> ''}, '0', 'the engine ends');
is(query(q{SELECT value FROM aics_stats WHERE name = 'sessions'}), '0', 'and its sessions');

$node->stop;
done_testing();

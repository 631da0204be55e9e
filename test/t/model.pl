# Local models in SQL: answers, rights, options, the queue, the cache, statistics.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use JSON::PP qw(decode_json encode_json);
use LocalModel;
use PostgreSQL::Test::Utils;
use Test::More;

LocalModel->prepare;
my $node = LocalModel->cluster('main');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $note = "'invasive ductal carcinoma of the left breast'";

# Answers.
is($sql->("SELECT string_agg(step || ':' || ok, ' ') FROM morphology_test()"), 'server:true options:true engine:true model:true note:true', 'morphology_test');
like($sql->("SELECT message FROM morphology_test() WHERE step = 'model'"), qr/^labels=12 max_tokens=512 runtime=[\d.]+ weights=float threads=\d+ memory_kb=\d+$/, 'it says what the model is');
is($sql->("SELECT count(*), min(rank), max(rank), bool_and(prob BETWEEN 0 AND 1) FROM morphology_suggest($note, top => 4)"), '4|1|4|t', 'top');
is($sql->("SELECT count(*), round(sum(prob)::numeric, 9) FROM morphology_suggest($note, top => 1000)"), '12|1.000000000', 'all labels');
is($sql->("SELECT count(*) FROM morphology_suggest(NULL)"), '0', 'NULL has no rows');
is($sql->("SELECT count(*) FROM morphology_suggest('')"), '10', 'an empty note is one');
is($sql->("WITH m AS MATERIALIZED (SELECT * FROM morphology_suggest_many(ARRAY[$note, NULL, 'x', '字'], top => 2)) SELECT string_agg(note_no || '.' || rank, ' ' ORDER BY note_no, rank) FROM m"),
	'1.1 1.2 3.1 3.2 4.1 4.2', 'several notes');
is($sql->("SELECT count(*) FROM morphology_suggest_many(array_fill('lung biopsy'::text, ARRAY[300]), top => 3) m JOIN morphology_suggest('lung biopsy') o USING (rank, code) WHERE abs(m.prob - o.prob) < 1e-6"),
	'900', 'many notes at once are answered as one is');
is($sql->("SELECT string_agg(token, ' ' ORDER BY token_no) FROM morphology_tokens('Carcinomas of the LUNG, ünd [MASK]')"), '[CLS] carcinoma ##s of the lung , u ##n ##d [MASK] [SEP]', 'tokens');
is($sql->("SELECT max(token_no), sum(windows) FROM morphology_tokens(repeat('lung ', 600))"), '602|512', 'tokens that are cut off');
$sql->('CREATE SERVER short FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options(LocalModel->place . '/tiny', "max_tokens '16'", "long_notes 'mean'", "stride '4'") . ')');
is($sql->("SELECT max(token_no), min(windows), max(windows) FROM morphology_tokens(repeat('lung ', 50), 'short')"), '52|1|5', 'tokens in windows');
for my $sixteen ('0x10', '1.6e1', '020')
{
	$sql->("ALTER SERVER short OPTIONS (SET max_tokens '$sixteen', SET stride '0x4')");
	is($sql->("SELECT max(token_no), min(windows), max(windows) FROM morphology_tokens(repeat('lung ', 50), 'short')"), '52|1|5', "16 as $sixteen");
}

# The same weights in folders of other kinds: in a file beside the graph, with words in vocab.txt and labels in a list; labels that do not exclude each other.
my ($lines, $multi) = map { LocalModel->make($_) } 'external', 'multi';
my $words = decode_json(slurp_file("$lines/tokenizer.json"))->{model}{vocab};
unlink("$lines/tokenizer.json");
my @words;
$words[$words->{$_}] = $_ for keys %$words;
utf8::encode(my $text = join("\n", map { $_ // '[unused]' } @words));
append_to_file("$lines/vocab.txt", $text);
append_to_file("$lines/tokenizer_config.json", '{"tokenizer_class": "BertTokenizer", "do_lower_case": true}');
append_to_file("$lines/labels.csv", join("\n", 'code', map { "L$_" } 0 .. 11));
for my $other ([ 'lines', $lines ], [ 'listed', $lines, "labels '$lines/labels.csv'" ], [ 'multi', $multi ])
{
	$sql->("CREATE SERVER $other->[0] FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (" . LocalModel->options(@$other[1 .. $#$other]) . ')');
}
my $beside = sub { return "FROM morphology_suggest($note, '$_[0]', 12) x JOIN morphology_suggest($note, top => 12) y USING (rank)" };
is($sql->('SELECT count(*) ' . $beside->('lines') . ' WHERE x.code = y.code AND abs(x.prob - y.prob) < 1e-6'), '12', 'weights beside the graph, and vocab.txt');
is($sql->("SELECT count(DISTINCT x.code) " . $beside->('listed') . " WHERE x.code ~ '^L\\d+\$' AND abs(x.prob - y.prob) < 1e-6"), '12', 'labels from a list');
is($sql->('SELECT count(*) || (max(odds) - min(odds) < 1e-4)::text FROM (SELECT ln(x.prob / (1 - x.prob)) - ln(y.prob) AS odds ' . $beside->('multi') . ' WHERE x.code = y.code) z'),
	'12true', 'labels that do not exclude each other have a sigmoid each');

# A database of another encoding.
$sql->("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('latin', 'CREATE EXTENSION fhir_bridge; CREATE SERVER morphology FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS ('
	  . LocalModel->options(LocalModel->place . '/tiny') . ')');
is($node->safe_psql('latin', q{SET client_encoding = 'UTF8'; SELECT string_agg(token, ' ' ORDER BY token_no) FROM morphology_tokens('é')}), '[CLS] e [SEP]', 'LATIN1');

# Hangul is taken apart where accents go: its pieces have no place in EUC_KR.
my $jamo = LocalModel->make('tiny', 'jamo');
my $tokenizer = decode_json(slurp_file("$jamo/tokenizer.json"));
$tokenizer->{model}{vocab}{$_->[0]} = delete $tokenizer->{model}{vocab}{$_->[1]} for [ "\x{1112}", 'lung' ], [ "##\x{1161}", 'breast' ], [ "##\x{11ab}", 'colon' ];
unlink("$jamo/tokenizer.json");
append_to_file("$jamo/tokenizer.json", encode_json($tokenizer));
$sql->("CREATE DATABASE korean ENCODING 'EUC_KR' LOCALE 'C' TEMPLATE template0");
my $started = $sql->('SELECT pg_postmaster_start_time()');
$node->safe_psql('korean', 'CREATE EXTENSION fhir_bridge; CREATE SERVER morphology FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($jamo) . ')');
like(LocalModel->fails($node, q{SELECT count(*) FROM morphology_tokens(convert_from('\xc7d1', 'EUC_KR'))}, '22P05', 'tokens without a place in the encoding', 'korean'),
	qr/characters that this database cannot hold/, 'are an error');
is($node->safe_psql('korean', q{SELECT count(*) FROM morphology_suggest(convert_from('\xc7d1', 'EUC_KR'))}), '10', 'which the answer is not');
is($sql->('SELECT pg_postmaster_start_time()'), $started, 'no session died of it');

# Words about a model, cut within a character, and of characters that the database lacks.
my $foreign = LocalModel->make('tiny', 'foreign');
my $config = decode_json(slurp_file("$foreign/config.json"));
$config->{problem_type} = "\x{764c}" x 40;
unlink("$foreign/config.json");
append_to_file("$foreign/config.json", encode_json($config));
$node->safe_psql($_, 'CREATE SERVER foreigners FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($foreign) . ')') for 'postgres', 'latin';
for my $case ([ 'postgres', "problem_type \"(?:\xe7\x99\x8c){21}\\?\", which" ], [ 'latin', 'problem_type "\?{22}", which' ])
{
	my $bytes = $node->safe_psql($case->[0], "SELECT encode(convert_to(message, 'UTF8'), 'hex') FROM morphology_test('foreigners') WHERE step = 'model'");
	like(pack('H*', $bytes), qr/$case->[1]/, "words in the database's encoding, $case->[0]");
}

# Rights.
$sql->('CREATE ROLE coder; CREATE ROLE other; GRANT fhir_bridge_user TO coder');
LocalModel->fails($node, "SET ROLE other; SELECT * FROM morphology_suggest('x')", '42501', 'without EXECUTE');
LocalModel->fails($node, "SET ROLE coder; SELECT * FROM morphology_suggest('x')", '42501', 'without USAGE');
$sql->('GRANT USAGE ON FOREIGN SERVER morphology TO coder');
is($sql->("SET ROLE coder; SELECT count(*) FROM morphology_suggest('x')"), '10', 'with both, and no user mapping');
LocalModel->fails($node, "SELECT * FROM morphology_suggest('x', 'nowhere')", '42704', 'no such server');
LocalModel->fails($node, "SELECT * FROM morphology_suggest('x', top => 0)", '22023', 'top 0');
LocalModel->fails($node, "SELECT * FROM aics_suggest('x', 'morphology')", '42809', 'the other kind of server');
LocalModel->fails($node, 'SELECT * FROM morphology_suggest(repeat(\'x\', 300000))', '54000', 'a note that is too large');

# Options.
my $create = 'CREATE SERVER wrong FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS';
LocalModel->fails($node, "$create (threads '1')", 'HV00J', 'no model_dir');
LocalModel->fails($node, "$create (model_dir 'relative')", 'HV024', 'a path that is not absolute');
LocalModel->fails($node, "$create (model_dir '/x', long_notes 'cut')", 'HV024', 'another word');
LocalModel->fails($node, "$create (model_dir '/x', max_tokens '2')", 'HV024', 'a number out of range');
like(LocalModel->fails($node, "$create (model_dir '/x', model 'y')", 'HV00D', 'another option'), qr/Valid options here are: model_dir, labels/, 'lists the valid ones');
LocalModel->fails($node, "CREATE USER MAPPING FOR coder SERVER morphology OPTIONS (password 'x')", 'HV00D', 'a user mapping has no options');
$sql->('GRANT USAGE ON FOREIGN DATA WRAPPER fhir_bridge_model TO coder; GRANT CREATE ON DATABASE postgres TO coder');
LocalModel->fails($node, "SET ROLE coder; $create (model_dir '/x')", '42501', 'paths are for superusers');

# What cannot be used says why, and takes nobody along.
for my $case (
	[ "model_dir '/nowhere', library '$ENV{MODEL_LIBRARY}'", qr{"/nowhere/config.json" does not exist} ],
	[ "model_dir '" . LocalModel->place . "/tiny', library '/nowhere.so'", qr{could not load the library of ONNX Runtime: /nowhere.so} ],
	[ LocalModel->options(LocalModel->place . '/tiny', "labels '/nowhere.csv'"), qr{could not read "/nowhere.csv"} ],
	[ LocalModel->options(LocalModel->place . '/tiny', "memory_limit '4'"), qr{memory_limit|bad_alloc|could not load} ])
{
	$sql->("DROP SERVER IF EXISTS wrong; $create ($case->[0])");
	like(LocalModel->fails($node, "SELECT * FROM morphology_suggest('Kowalska', 'wrong')", '55000', "a server that cannot be used, $case->[1]"), $case->[1], 'it says why');
}
unlike(slurp_file($node->logfile), qr/Kowalska(?!', 'wrong')/, 'without the note');
is($sql->("ALTER SERVER wrong OPTIONS (SET memory_limit '0'); SELECT count(*) FROM morphology_suggest('Kowalska', 'wrong')"), '10', 'another limit counts at once');
LocalModel->fails($node, "ALTER SERVER wrong OPTIONS (SET memory_limit '4'); SELECT * FROM morphology_suggest('Kowalska', 'wrong')", '55000', 'the lower one, too');

# Queue, cache, statistics.
my $job = $sql->("SELECT aics_submit(ARRAY['lung', NULL, 'skin melanoma', $note], 'morphology')");
is($sql->("SELECT aics_wait($job, '20 s')"), 't', 'queued notes are answered');
is($sql->("SELECT count(*) FROM aics_result($job, 3) r JOIN morphology_suggest_many(ARRAY['lung', NULL, 'skin melanoma', $note], top => 3) m
	ON (r.note_no, r.rank, r.icd) = (m.note_no, m.rank, m.code) AND abs(r.prob - m.prob) < 1e-6"), '9', 'as they are at once');
# a night of notes for the model, then one for a service: that one does not wait for them
$sql->("CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://localhost:1'); CREATE USER MAPPING FOR postgres SERVER aics OPTIONS (email 'a', password 'b')");
my $night = $sql->("SELECT aics_submit(array_fill(repeat('adenocarcinoma of the colon ', 60), ARRAY[3000]), 'morphology')");
my $other = $sql->("SELECT aics_submit('x'::text)");
LocalModel->until(sub { $sql->("SELECT attempts > 0 FROM aics_jobs WHERE id = $other") eq 't' }, 'the note for a service is tried');
cmp_ok($sql->("SELECT count(*) FROM aics_jobs WHERE id = $night AND state = 'pending'"), '>', 1000, 'a note for a service does not wait for those of the model');
cmp_ok($sql->("SELECT aics_cancel($night) + 0 * aics_cancel($other)"), '>', 1000, 'they are cancelled');
# a note that waits for a model is not sent to a service which has that name by now
my $mine = $sql->("SELECT aics_submit('Kowalska'::text, 'wrong')");
LocalModel->until(sub { $sql->("SELECT sqlstate FROM aics_jobs WHERE id = $mine") eq '55000' }, 'the note waits for a model that cannot be used');
$sql->("DROP SERVER wrong; CREATE SERVER wrong FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://localhost:1'); CREATE USER MAPPING FOR postgres SERVER wrong OPTIONS (email 'a', password 'b')");
$sql->("UPDATE aics_queue SET next_at = now() WHERE job = $mine; SELECT aics_wake()");
LocalModel->until(sub { $sql->("SELECT sqlstate FROM aics_jobs WHERE id = $mine") ne '55000' }, 'it is tried again');
is($sql->("SELECT state, sqlstate FROM aics_jobs WHERE id = $mine"), 'failed|42809', 'it is refused, and not sent');
$sql->("ALTER SERVER morphology OPTIONS (ADD cache_seconds '600')");
$sql->("SELECT * FROM morphology_suggest('breast', top => $_)") for 3, 3, 5;
is($stat->('cache_hits'), '1', 'the cache answers what was asked before');
is($sql->("SELECT count(*) FROM morphology_suggest('breast', top => 3)") . $sql->("SELECT count(*) FROM morphology_suggest('breast', top => 5)"), '35', 'with as many rows');
LocalModel->until(sub { $stat->('model_slots') eq '0' }, 'all slots are free');
is($stat->('model_programs_lost'), '0', 'no program was lost');
cmp_ok($stat->('model_calls'), '>', 20, 'calls are counted');
$node->stop;
done_testing();

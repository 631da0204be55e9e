# Exports to files: whole or not there, continued, watched, flat in memory, ended at 1 GB.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use File::Copy qw(copy);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
local $ENV{PGCLIENTENCODING} = 'UTF8';
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';
# rows in the order of their key as they are read, without a sort before
local $ENV{PGOPTIONS} = '-c enable_seqscan=off -c enable_sort=off -c enable_bitmapscan=off';

# A view that waits at its row 500 while somebody holds the advisory lock 1.
my $setup = q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (id_no text PRIMARY KEY, name text, updated_at timestamptz);
	INSERT INTO his.patient SELECT 'A' || 10000 + i, '病人 "' || i || E'" \\ \n', timestamptz '2024-01-01 00:00+00' + i * interval '1 minute'
		FROM generate_series(1, 2000) i;
	ANALYZE his.patient;
	CREATE FUNCTION his.gate(id text) RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN
		IF id = 'A10500' THEN
			PERFORM pg_advisory_xact_lock_shared(1);
		END IF;
		RETURN true;
	END $$;
	CREATE VIEW his.gated AS SELECT * FROM his.patient WHERE his.gate(id_no);
	SELECT fhir.fhir_map(r, '{"resourceType":"Patient","id":"{fhir_id(''patient'', id_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}]}')
		FROM unnest('{his.patient,his.gated}'::regclass[]) r;
};
utf8::encode($setup);
$node->safe_psql('postgres', $setup);

my $dir = $node->basedir;
my $script = "$ENV{REPO}/src/export/fhir_export";

# Runs the script; returns its exit code.
sub export
{
	my ($stdout, $stderr);
	IPC::Run::run([ $script, @_ ], '>', \$stdout, '2>', \$stderr);
	is($stdout, '', 'the script prints nothing');
	note $stderr if $stderr;
	return $? >> 8;
}

is(export('his.patient', "$dir/whole.ndjson"), 0, 'a whole export');
ok(!-e "$dir/whole.ndjson.partial", 'leaves nothing else');
my $whole = slurp_file("$dir/whole.ndjson");
is(scalar(() = $whole =~ /\n/g), 2000, 'a line for each row');
$node->safe_psql('postgres', "CREATE TABLE lines (n bigint GENERATED ALWAYS AS IDENTITY, line json)");
$node->safe_psql('postgres', qq{\\copy lines (line) FROM '$dir/whole.ndjson' (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')});
is($node->safe_psql('postgres', q{SELECT count(*), bool_and(line::text = fhir.fhir_json_from_row(p)::text) FROM lines, his.patient p WHERE id_no = 'A' || 10000 + n}),
	'2000|t', 'the lines are the rows\' resources, in the order of the key');
is(export('--unordered', '--since', '2024-01-02 09:00+00', 'his.patient', "$dir/changed.ndjson"), 0, 'what has changed');
is(scalar(() = slurp_file("$dir/changed.ndjson") =~ /\n/g), 21, 'changed rows alone');

# The two documented lines, from psql and from the server.
my $options = q{WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')};
$node->safe_psql('postgres', qq{\\copy (SELECT fhir.fhir_ndjson('his.patient', after => '')) TO '$dir/psql.ndjson' $options});
is(slurp_file("$dir/psql.ndjson"), $whole, 'the same by \copy');
$node->safe_psql('postgres', qq{COPY (SELECT fhir.fhir_ndjson('his.patient', after => '')) TO '$dir/server.ndjson' $options});
is(slurp_file("$dir/server.ndjson"), $whole, 'the same by COPY on the server');

# Half-way: watched, then cancelled.  Without Perl the lines come one by one, so
# that COPY's view counts them.
my $tools = "$dir/tools";
mkdir $tools;
for my $tool (qw(awk flock mv psql sh sync tail truncate wc))
{
	my ($path) = grep { -x } map { "$_/$tool" } split /:/, $ENV{PATH};
	symlink $path, "$tools/$tool" or die "$tool: $!";
}
my $holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(1)');
my ($out, $err) = ('', '');
my $running = IPC::Run::start([ 'env', "PATH=$tools", $script, 'his.gated', "$dir/cut.ndjson" ], '>', \$out, '2>', \$err);
my $progress = q{SELECT p.tuples_processed, t.total, round(100.0 * p.tuples_processed / nullif(t.total, 0))
	FROM pg_stat_progress_copy p,
		(SELECT sum(greatest(reltuples, 0))::bigint AS total FROM pg_class WHERE relkind <> 'p' AND
			(oid = 'his.patient'::regclass OR oid IN (SELECT relid FROM pg_partition_tree('his.patient')))) t};
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ~ 'fhir_ndjson'}),
	'the export is half-way');
is($node->safe_psql('postgres', $progress), '448|2000|22', 'its progress, beside the estimate of all rows');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_progress_copy});
$running->finish;
isnt($? >> 8, 0, 'the script says that it was cancelled');
ok(!-e "$dir/cut.ndjson", 'no file looks whole');
$holder->query_safe('SELECT pg_advisory_unlock(1)');
$holder->quit;

# Continued, also behind a line that was cut off.
append_to_file("$dir/cut.ndjson.partial", '{"resourceType":"Patient","id":"3');
is(export('--resume', 'his.gated', "$dir/cut.ndjson"), 0, 'continued');
is(slurp_file("$dir/cut.ndjson"), $whole, 'the file is as if it had not been cancelled');
is(export('--resume', 'his.patient', "$dir/new.ndjson"), 0, 'nothing to continue');
is(slurp_file("$dir/new.ndjson"), $whole, 'begins at the start');

# Ended from outside while it runs, and a second one beside it.
$holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(1)');
$running = IPC::Run::start([ $script, 'his.gated', "$dir/ended.ndjson" ], '>', \$out, '2>', \$err);
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ~ 'fhir_ndjson'}),
	'the export is half-way again');
isnt(export('--resume', 'his.patient', "$dir/ended.ndjson"), 0, 'a second one does not write into the same file');
isnt(export('his.patient', "$dir/ended.ndjson"), 0, 'nor does one that begins');
$running->signal('TERM');
$running->finish;
isnt($? >> 8, 0, 'the script has ended');
ok(!-e "$dir/ended.ndjson", 'no file looks whole');
$holder->query_safe('SELECT pg_advisory_unlock(1)');
$holder->quit;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE query ~ '^COPY' AND state = 'active'}), 'and the server\'s part with it');
is(export('--resume', 'his.gated', "$dir/ended.ndjson"), 0, 'continued');
is(slurp_file("$dir/ended.ndjson"), $whole, 'it is whole');

# The id of the last line is found wherever it stands, and nothing else of the line is sent.
$node->safe_psql('postgres', q{SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"{name}, \"id\":\"no\" }}{{ "}],
	"managingOrganization":{"reference":"#o"},"name":[{"text":"{name}"}],"id":"{fhir_id(''patient'', id_no)}"}', 'late')});
is(export('his.late', "$dir/late.ndjson"), 0, 'a mapping whose id comes late');
my $late = slurp_file("$dir/late.ndjson");
append_to_file("$dir/late.ndjson.partial", $late =~ /\A((?:.*\n){700})/);
my $logged = -s $node->logfile;
$node->safe_psql('postgres', q{ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()});
is(export('--resume', 'his.late', "$dir/late.ndjson"), 0, 'continued behind it');
is(slurp_file("$dir/late.ndjson"), $late, 'gives the same');
my $log = slurp_file($node->logfile, $logged);
like($log, qr/statement: COPY/, 'the statement is logged');
unlike($log, qr/resourceType|#o|\bA10700\b/, 'without anything of a patient');
$node->safe_psql('postgres', q{ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf(); SELECT fhir.fhir_unmap('his.late')});
append_to_file("$dir/bad.ndjson.partial", "[1, \"id\"]\n");
isnt(export('--resume', 'his.patient', "$dir/bad.ndjson"), 0, 'a file of something else is not continued');
append_to_file("$dir/escaped.ndjson.partial", qq({"resourceType":"Patient","id":"A1\\"0"}\n));
$node->safe_psql('postgres', q{SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","id":"{id_no}"}', 'bare', on_invalid => 'keep')});
isnt(export('--resume', 'his.bare', "$dir/escaped.ndjson"), 0, 'nor is one behind an id with an escape');
$node->safe_psql('postgres', q{SELECT fhir.fhir_unmap('his.bare')});

# The disk is full: a limit of 64 kB for a file stands for it.
($out, $err) = ('', '');
IPC::Run::run([ 'sh', '-c', qq{ulimit -f 64; trap '' XFSZ; exec "$script" his.patient "$dir/full.ndjson"} ], '>', \$out, '2>', \$err);
isnt($? >> 8, 0, 'no room: the script fails');
ok(!-e "$dir/full.ndjson", 'no file looks whole');
is(export('--resume', 'his.patient', "$dir/full.ndjson"), 0, 'continued when there is room');
is(slurp_file("$dir/full.ndjson"), $whole, 'with the same result');
SKIP:
{
	skip 'no /dev/full', 4 unless -c '/dev/full';
	my $to = qq{TO '/dev/full' $options};
	my $stderr;
	$node->psql('postgres', qq{COPY (SELECT fhir.fhir_ndjson('his.patient')) $to}, stderr => \$stderr);
	like($stderr, qr/could not write to COPY file: No space left on device/, 'COPY on the server says that there is no room');
	isnt($node->psql('postgres', qq{\\copy (SELECT fhir.fhir_ndjson('his.patient')) $to}, stderr => \$stderr), 0, 'so does \copy');
	like($stderr, qr/No space left on device/, 'with the reason');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT fhir.fhir_ndjson('his.patient') l) s}), '2000', 'the next export is whole');
}
isnt(export('his.nobody', "$dir/nobody.ndjson"), 0, 'no such mapping');
ok(!-e "$dir/nobody.ndjson", 'no file');
isnt(export('--resume', '--unordered', 'his.patient', "$dir/x"), 0, 'options that exclude each other');

# What is there and is no ordinary file is left as it is; a name is no option.
mkdir "$dir/$_" for 'folder', 'aside.partial';
symlink "$dir/nowhere", "$dir/$_" for 'link', 'planted.partial';
for my $name (qw(folder link planted aside))
{
	isnt(export('his.patient', "$dir/$name"), 0, "no export to a $name");
}
is_deeply([ grep { -e } glob("$dir/folder/* $dir/folder.partial $dir/nowhere*") ], [], 'nothing is written past them');
IPC::Run::run([ 'sh', '-c', qq{cd "$dir" && exec "$script" -- his.patient -n} ]);
is(slurp_file("$dir/-n"), $whole, 'a name that looks like an option');

# Faulty rows are left out, and told of in a table.
$node->safe_psql('postgres', q{
	CREATE TABLE his.refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
	CREATE VIEW his.dated WITH (security_invoker = true) AS SELECT *, CASE WHEN id_no LIKE '%7' THEN 'unknown' ELSE '1970' END AS born FROM his.patient;
	SELECT fhir.fhir_map('his.dated', '{"resourceType":"Patient","id":"{id_no}","birthDate":"{born}"}');
});
isnt(export('his.dated', "$dir/dated.ndjson"), 0, 'a faulty row stops an export');
is(export('--refused', 'his.refused', 'his.dated', "$dir/dated.ndjson"), 0, 'but not one with a table for it');
is(scalar(() = slurp_file("$dir/dated.ndjson") =~ /\n/g), 1800, 'which has the good rows');
is($node->safe_psql('postgres', 'SELECT path, count(*), count(DISTINCT key), min(key) FROM his.refused GROUP BY 1'),
	'Patient.birthDate|200|200|A10007', 'and the faults of the others');
isnt(export('--refused', 'his.refused', '--reject-limit', '199', 'his.dated', "$dir/limit.ndjson"), 0, 'too many of them');
ok(!-e "$dir/limit.ndjson", 'no file looks whole');
is($node->safe_psql('postgres', 'SELECT count(*) FROM his.refused'), '200', 'what had been written is undone');
isnt(export('--resume', '--refused', 'his.refused', 'his.dated', "$dir/limit.ndjson"), 0, 'no resuming with a table');

# REPEATABLE READ beside a replaced mapping: the rows of the snapshot, by the mapping of now.
my $patient = $node->background_psql('postgres');
my $seen = q{SELECT count(*), count(DISTINCT l::json ->> 'language'), json_array_length(fhir.get_data_fhir('his.patient')) FROM fhir.fhir_ndjson('his.patient') l};
$patient->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($patient->query_safe($seen), '2000|0|2000', 'the mapping at the start');
$node->safe_psql('postgres', q{
	INSERT INTO his.patient VALUES ('B1');
	SELECT fhir.fhir_map(relation, replace(template::text, '"name"', '"language":"zh-TW","name"')::json) FROM fhir.fhir_mapping WHERE name = 'patient'});
is($patient->query_safe($seen), '2000|1|2000', 'the new one, for the same rows');
$patient->query_safe('COMMIT');
is($patient->query_safe($seen), '2001|1|2001', 'and afterwards for all');
$patient->quit;

# Memory: the same after a thousand lines and after two hundred thousand.
$node->safe_psql('postgres', q{
	CREATE TABLE his.visit (id int);
	INSERT INTO his.visit SELECT generate_series(1, 200000);
	SELECT fhir.fhir_map('his.visit', '{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"id":"{id}","identifier":[{"value":"{repeat(''x'', 500)}"}]}')});
my $reader = $node->background_psql('postgres');
my $memory = 'SELECT sum(total_bytes) FROM pg_backend_memory_contexts';
$reader->query_safe(q{BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT fhir.fhir_ndjson('his.visit')});
$reader->query_safe($memory);
$reader->query_safe('MOVE 1000 FROM c');
my $early = $reader->query_safe($memory);
$reader->query_safe('MOVE 198000 FROM c');
my $late = $reader->query_safe($memory);
cmp_ok(abs($late - $early), '<', 65536, "memory is flat ($early, $late bytes)");
$reader->quit;

# The end of a value, and the way out.
SKIP:
{
	my ($free) = slurp_file('/proc/meminfo') =~ /^MemAvailable:\s+(\d+) kB/m;
	skip 'less than 6 GB of memory', 5 if ($free // 0) < 6 * 1024 * 1024;
	$node->safe_psql('postgres', q{
		CREATE VIEW his.big AS SELECT i AS id, repeat('x', 120000000) AS name FROM generate_series(1, 10) i;
		SELECT fhir.fhir_map('his.big', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"}]}')});
	my ($stdout, $stderr);
	$node->psql('postgres', q{SELECT length(fhir.get_data_fhir('his.big')::text)}, stderr => \$stderr);
	like($stderr, qr/do not fit one json value.*reached after 8 resources.*fhir_ndjson/s, 'an array ends at 1 GB');
	$node->psql('postgres', q{SELECT length(fhir.fhir_bundle(b)::text) FROM his.big b}, stderr => \$stderr);
	like($stderr, qr/too large for one json value.*reached after 8 entries.*GROUP BY/s, 'a Bundle ends at 1 GB');
	$node->psql('postgres', q{SELECT length(fhir.fhir_bundle(fhir.fhir_from_row(b), 'transaction')::text) FROM his.big b}, stderr => \$stderr);
	like($stderr, qr/too large for one json value/, 'also of jsonb');
	is($node->safe_psql('postgres', q{SELECT sum(length(l)) FROM (SELECT fhir.fhir_ndjson('his.big') l) s}), '1200000561', 'lines do not');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT fhir.fhir_bundle(b) FROM his.big b GROUP BY id % 2) s}), '2', 'nor do groups');
}

$node->stop;
done_testing();

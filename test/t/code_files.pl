# Files of large code maps: in subtransactions, and what happens to them from outside.  Values are right, whatever it is.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE FUNCTION entries(prefix text, n int = 25000) RETURNS TABLE (source text, code text, display text) LANGUAGE sql IMMUTABLE
		AS $$ SELECT 's' || i, prefix || i, CASE WHEN i % 2 = 0 THEN 'display ' || i END FROM generate_series(1, n) i
			-- lengths around those that take a byte
			UNION ALL SELECT repeat('s', i), prefix || repeat('c', i + 2), CASE WHEN i % 3 > 0 THEN repeat('d', i - 3) END FROM generate_series(240, 270) i $$;
	-- how many of the map's codes are wrong, by the values themselves; every code is asked for
	CREATE FUNCTION wrong(map text, prefix text, n int = 25000) RETURNS bigint LANGUAGE sql AS $$
		SELECT count(*) FROM entries(prefix, n) e WHERE fhir_code(map, source) IS DISTINCT FROM code OR fhir_coding(map, source) IS DISTINCT FROM
			jsonb_strip_nulls(jsonb_build_object('code', code, 'display', display)) $$;
	CREATE TABLE item (id int, code text);
	INSERT INTO item SELECT i, 's' || i FROM generate_series(1, 25000) i;
	SELECT fhir_code_map('large', 'SELECT * FROM entries(''A'')'), fhir_code_map('other', 'SELECT * FROM entries(''O'')');
	SELECT fhir_map('item', '{"resourceType":"Basic","id":"{id}","language":"{fhir_code(''large'', code)}","code":{"coding":["{fhir_coding(''large'', code)}"]}}');
});

sub files
{
	my ($map) = @_;
	my $version = $node->safe_psql('postgres', "SELECT version FROM fhir_code_map WHERE map = '$map'");
	my @files = glob($node->data_dir . "/base/pgsql_tmp/pgsql_tmp_fhir_code.*$version");
	return @files;
}

# One session of which the server must never lose sight.
my $session = $node->background_psql('postgres', on_error_stop => 0);
sub ask { return $session->query_safe($_[0]) }
my $pid = ask('SELECT pg_backend_pid()');
sub wrong { return ask("SELECT wrong('large', '$_[0]')") }

# Replaces the map by that of a prefix, and looks at all its values.
sub replace
{
	my ($prefix, $name) = @_;

	ask("SELECT fhir_code_map('large', 'SELECT * FROM entries(''$prefix'')')");
	is(wrong($prefix), '0', $name);
}

is(scalar(files('large')), 0, 'no file before it is asked for');
is(wrong('A'), '0', 'values by the index, then by the file');
is(scalar(files('large')), 1, 'which is there then');
is(wrong('A'), '0', 'all values by the file');

# All are gone through, those of long texts too: a fault counts the codes, and each of them is wrong.
my ($rc, $out, $err) = $node->psql('postgres', q{SELECT fhir_map('item', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''large'', code)}"}', name => 'wrong')});
like($err, qr/code map "large" gives "A1", .* and 25026 more: no code of/, 'the entries of the file, one by one');

# Subtransactions: what is taken back was never there, what is released stays.
ask('BEGIN');
ask('SAVEPOINT replaced');
replace('B', 'a map replaced in a subtransaction, and its file made there');
ask('SAVEPOINT nested');
replace('C', 'and again in one of that');
ask('ROLLBACK TO nested');
is(wrong('B'), '0', 'after ROLLBACK TO the inner: the outer one');
ask('ROLLBACK TO replaced');
is(wrong('A'), '0', 'after ROLLBACK TO the outer: the first');
is($node->safe_psql('postgres', q{SELECT wrong('large', 'A')}), '0', 'as in another session meanwhile');
ask('ROLLBACK');
is(wrong('A'), '0', 'and after the transaction');

ask('BEGIN');
ask('SAVEPOINT kept');
replace('D', 'a map replaced in a subtransaction that stays');
ask('RELEASE kept');
is(wrong('D'), '0', 'released: in the transaction');
is($node->safe_psql('postgres', q{SELECT wrong('large', 'A')}), '0', 'not yet in another session');
ask('COMMIT');
is(wrong('D'), '0', 'committed');
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'in another session');

# An error within a look-up ends a subtransaction, in PL/pgSQL's way: the map goes on to be found.
is(ask(q{
	CREATE FUNCTION code_or_none(source text) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN RETURN fhir_code('large', source); EXCEPTION WHEN invalid_parameter_value THEN RETURN 'none'; END $$;
	SELECT string_agg(code_or_none(s), ' ') FROM unnest(ARRAY['s1', 'x', 's25000', 's25001', 's2']) s}),
	'D1 none D25000 none D2', 'errors in subtransactions');
is(ask(q{
	CREATE PROCEDURE replace_and_fail() LANGUAGE plpgsql AS $$
	BEGIN PERFORM fhir_code_map('large', 'SELECT * FROM entries(''E'')'); ASSERT wrong('large', 'E') = 0; PERFORM 1 / 0;
	EXCEPTION WHEN division_by_zero THEN NULL; END $$;
	CALL replace_and_fail();
	SELECT wrong('large', 'D')}), '0', 'a block that replaced the map and failed');

# A mapping's rows, inlined and not, with a map replaced while a cursor reads.
my $rows = q{SELECT count(*) FROM item i WHERE fhir_from_row(i) #>> '{code,coding,0,code}' = 'D' || id AND fhir_from_row(i) ->> 'language' = 'D' || id};
is(ask("SET fhir_bridge.inline = $_; $rows"), '25000', "rows, inline = $_") for qw(off on);
ask('BEGIN');
ask(q{DECLARE c CURSOR FOR SELECT fhir_from_row(i) ->> 'language' FROM item i ORDER BY id});
is(ask('FETCH 2 FROM c'), "D1\nD2", 'a cursor before');
ask('SAVEPOINT s');
replace('F', 'replaced meanwhile');
ask('ROLLBACK TO s');
is(ask('FETCH 2 FROM c'), "D3\nD4", 'the cursor, after the replacement was taken back');
ask('COMMIT');

# The file from outside; that of what was taken back has replaced it.
is(wrong('D'), '0', 'the session that has it still mapped');
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'one that writes it again');
my ($file) = files('large');
unlink($file) or die "$file: $!";
is(wrong('D'), '0', 'removed while in use');
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'and written again by the next session');

for my $left (0, 4096, 300000)
{
	my $log = -s $node->logfile;

	ask(q{UPDATE fhir_code_map_entry SET code = code WHERE map = 'large' AND source = 's1'});
	is(wrong('D'), '0', 'a new version, its file made');
	is(wrong('D'), '0', 'and read');
	($file) = files('large');
	cmp_ok(-s $file, '>', $left, "the file is longer than $left bytes");
	truncate($file, $left) or die "$file: $!";
	is(wrong('D'), '0', "cut to $left bytes while in use: the values are right");
	ok($node->log_contains(qr/LOG: .*the file of code map "large" got lost while it was in use/, $log), 'and the log says so');
	is(wrong('D'), '0', 'they stay so');
	is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'and in a session that finds the stump');
	is(ask('SELECT pg_backend_pid()'), $pid, 'no session was lost');
}

# Files that are not what their name says.
($file) = files('large');
for my $case (['nothing', ''], ['noise', 'noise' x 100000], ['a head of zeros', "\0" x 1000000])
{
	my ($name, $content) = @$case;

	unlink($file);
	append_to_file($file, $content);
	is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', "$name in the file's place");
}
is($node->safe_psql('postgres', q{SELECT wrong('other', 'O')}), '0', 'another map');
my ($others) = files('other');
copy($others, $file) or die "$file: $!";
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', "the other map's file in its place");

# A folder that cannot be written.
my $folder = $node->data_dir . '/base/pgsql_tmp';
unlink(glob("$folder/*"));
rmdir($folder) or die "$folder: $!";
append_to_file($folder, 'a file');
my $log = -s $node->logfile;
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'where no file can be written');
ok($node->log_contains(qr/LOG: .*could not write "base\/pgsql_tmp\/pgsql_tmp_fhir_code/, $log), 'which the log says');
unlink($folder);
is($node->safe_psql('postgres', q{SELECT wrong('large', 'D')}), '0', 'where the folder is gone');
is(scalar(files('large')), 1, 'it is made');

is(ask('SELECT pg_backend_pid()'), $pid, 'the first session is still there');
$session->quit;
$node->stop;

done_testing();

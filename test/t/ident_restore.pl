# Ids outlive a dump, an encoding and a session; the secret does not get out.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

# Queries below are UTF-8; every database converts them to its own encoding.
$ENV{PGCLIENTENCODING} = 'UTF8';

my $key = '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Makes a database of the given encoding.
sub create_database
{
	my ($name, $encoding) = @_;
	$node->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	return;
}

# Runs a query whose text is UTF-8.
sub query
{
	my ($database, $sql) = @_;
	utf8::encode($sql);
	return $node->safe_psql($database, $sql);
}

# A hospital with ids in an index and in a materialized view.
create_database('source', 'UTF8');
query('source', q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (id_no text PRIMARY KEY, name text);
	INSERT INTO his.patient SELECT 'A' || 100000000 + i, '王小明' FROM generate_series(1, 500) i;
	CREATE INDEX patient_id ON his.patient (fhir.fhir_id('patient', id_no));
	CREATE MATERIALIZED VIEW his.stored AS
		SELECT id_no, fhir.fhir_id('patient', id_no) AS id FROM his.patient;
});
my $all_ids = q{SELECT md5(string_agg(fhir.fhir_id('patient', id_no, name)::text, ',' ORDER BY id_no)) FROM his.patient};
my $one_id = q{SELECT fhir.fhir_id('patient', 'A100000007')};
my $ids = query('source', $all_ids);
my $id = query('source', $one_id);

# Each extension makes a secret of its own.
create_database('other', 'UTF8');
query('other', 'CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir');
isnt(query('other', $one_id), $id, 'another database gives other ids');

# A restore brings the old secret back, whatever the format.
my $dump = $node->basedir . '/dump';
for my $format (qw(plain custom))
{
	my $target = "restored_$format";
	create_database($target, 'UTF8');
	$node->command_ok(
		[ 'pg_dump', '--format', $format, '--file', "$dump.$format", 'source' ], "$format dump");
	$node->command_ok($format eq 'plain'
		? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dump.$format", $target ]
		: [ 'pg_restore', '--exit-on-error', '--dbname', $target, "$dump.$format" ], "$format restore");
	is(query($target, $all_ids), $ids, "$format: every id is the same");
	is(query($target, 'SELECT count(*) FROM fhir.fhir_secret'), '1', "$format: one secret");
	is(query($target, qq{
		SET enable_seqscan = off;
		SELECT id_no FROM his.patient WHERE fhir.fhir_id('patient', id_no) = '$id'}),
		'A100000007', "$format: the index finds the row");
	is(query($target, q{
		SELECT count(*) FROM his.stored WHERE id = fhir.fhir_id('patient', id_no)}),
		'500', "$format: the materialized view fits");
	is(query($target, q{
		SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger
		WHERE tgrelid = 'fhir.fhir_secret'::regclass}),
		'A', "$format: triggers fire always");
}

# Ids in stored generated columns, of a table that is loaded before the secret,
# whose owner is no superuser; what he has hung on it runs as himself.
create_database('stored', 'UTF8');
query('stored', q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE ROLE keeper;
	CREATE SCHEMA clinic AUTHORIZATION keeper;
	GRANT USAGE ON SCHEMA fhir TO keeper;
	GRANT EXECUTE ON FUNCTION fhir.fhir_id TO keeper;
	SET ROLE keeper;
	CREATE TABLE clinic.patient (no int PRIMARY KEY, "Id No" text,
		id uuid GENERATED ALWAYS AS (fhir.fhir_id('patient', "Id No")) STORED,
		tag text GENERATED ALWAYS AS ('p' || fhir.fhir_id('tag', no)) STORED);
	INSERT INTO clinic.patient SELECT i, 'A' || i FROM generate_series(1, 500) i;
	CREATE TABLE clinic.seen (who text);
	CREATE FUNCTION clinic.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO clinic.seen VALUES (current_user); RETURN new; END $$;
	CREATE TRIGGER look BEFORE UPDATE ON clinic.patient FOR EACH ROW EXECUTE FUNCTION clinic.look();
});
my $stored = q{SELECT count(*), md5(string_agg(id || tag, ',' ORDER BY no)) FROM clinic.patient};
my $fits = q{SELECT count(*) FROM clinic.patient WHERE id = fhir.fhir_id('patient', "Id No") AND tag = 'p' || fhir.fhir_id('tag', no)};
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.stored", 'stored' ], 'dump with stored ids');
for my $jobs (1, 4)
{
	my $target = "stored_$jobs";
	create_database($target, 'UTF8');
	$node->command_ok([ 'pg_restore', "-j$jobs", '--exit-on-error', '-d', $target, "$dump.stored" ], "$jobs: restore");
	is(query($target, $stored), query('stored', $stored), "$jobs: stored ids are the same");
	is(query($target, $fits), '500', "$jobs: and fit the secret");
	is(query($target, 'SELECT proacl FROM pg_proc WHERE proname = \'fhir_id\''),
		query('stored', 'SELECT proacl FROM pg_proc WHERE proname = \'fhir_id\''), "$jobs: no right is left behind");
}
query('stored', q{
	REVOKE EXECUTE ON FUNCTION fhir.fhir_id FROM keeper;
	INSERT INTO fhir.fhir_secret (secret) SELECT sha256('other');
});
is(query('stored', $fits), '500', 'another secret: stored ids follow');
is(query('stored', 'SELECT count(*) FROM clinic.seen'), '0', 'and triggers stay silent');
my $rights = q{SELECT has_schema_privilege('keeper', 'fhir', 'USAGE'), has_function_privilege('keeper', 'fhir.fhir_id(text, "any")', 'EXECUTE')};
is(query('stored', $rights), 't|f', 'the owner keeps the rights that he had, and those alone');
query('stored', 'ALTER TABLE clinic.patient ENABLE ALWAYS TRIGGER look; REVOKE USAGE ON SCHEMA fhir FROM keeper');
my (undef, undef, $left) = $node->psql('stored', q{INSERT INTO fhir.fhir_secret (secret) SELECT sha256('third')});
is($left, '', 'a third secret, without a word');
is(query('stored', $fits), '500', 'stored ids follow');
is(query('stored', $rights), 'f|f', 'also where the owner has no right at all');
is(query('stored', 'SELECT DISTINCT who FROM clinic.seen'), 'keeper', 'what fires always runs as the owner');
query('stored', 'ALTER TABLE clinic.patient ADD CHECK (no < 400) NOT VALID');
(undef, undef, $left) = $node->psql('stored', q{INSERT INTO fhir.fhir_secret (secret) SELECT sha256('fourth')});
like($left, qr/WARNING:  table "patient" stores ids of another secret than the present one.*HINT:  As its owner: UPDATE ONLY clinic.patient SET "Id No" = patient."Id No";/s,
	'what cannot be computed is told');
unlike($left, qr/ERROR|A4\d\d/, 'and shows no row');

# As a logical replica applies it.
my $row = query('source', q{SELECT quote_literal(secret) FROM fhir.fhir_secret});
query('other', qq{
	SET session_replication_role = replica;
	INSERT INTO fhir.fhir_secret (secret) VALUES ($row)});
is(query('other', $one_id), $id, 'a replica takes the secret over');

# Another session: notices a commit, and nothing before it or of a rollback.
my $watcher = $node->background_psql('other');
my $setter = $node->background_psql('other');
is($watcher->query($one_id), $id, 'watcher has remembered the secret');
$setter->query_safe('BEGIN');
$setter->query_safe("SELECT fhir.fhir_id_key('$key')");
my $new_id = $setter->query($one_id);
isnt($new_id, $id, 'setter gives new ids at once');
is($watcher->query($one_id), $id, 'watcher gives old ids before the commit');
$setter->query_safe('ROLLBACK');
is($setter->query($one_id), $id, 'setter gives old ids after a rollback');
is($watcher->query($one_id), $id, 'watcher gives old ids after a rollback');

# A transaction with an old snapshot must not keep the old secret for good.
$watcher->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($watcher->query($one_id), $id, 'watcher has an old snapshot');
$setter->query_safe("SELECT fhir.fhir_id_key('$key')");
$watcher->query_safe('SELECT count(*) FROM pg_class');
is($watcher->query($one_id), $new_id, 'watcher gives new ids under an old snapshot');
$watcher->query_safe('COMMIT');
is($watcher->query($one_id), $new_id, 'watcher gives new ids afterwards');
$watcher->quit;
$setter->quit;

# The same characters give the same ids in every encoding.
my %texts = (LATIN1 => ['Zoë Müller'], EUC_TW => ['王小明'], SQL_ASCII => [ 'Zoë Müller', '王小明' ]);
for my $encoding (sort keys %texts)
{
	my $database = lc "in_$encoding";
	create_database($database, $encoding);
	query($database, "CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir; SELECT fhir.fhir_id_key('$key')");
	for my $text (@{ $texts{$encoding} })
	{
		my $sql = "SELECT fhir.md5_uuid('$text'), fhir.fhir_id('name', '$text'),"
		  . " fhir.fhir_id('$text', '$text'::varchar, '$text'::char(20), 1)";
		is(query($database, $sql), query('other', $sql), "$encoding gives the ids of UTF8");
	}
}
is(query('in_euc_tw', q{SELECT octet_length('王小明')}), '6', 'EUC_TW has other bytes');
is(query('in_euc_tw', q{SELECT fhir.roc_date('民國79年1月1日')}), '1990-01-01', 'EUC_TW date');
is(query('in_latin1', q{SELECT fhir.md5_uuid('ë')}), '5f614e01-843d-839f-91ef-173d73233e12', 'MD5 is of UTF-8');

# An ordinary role sees no secret, makes no ids and cannot dump them.
query('other', 'CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA fhir TO reader');
my %refused = (
	'SELECT secret FROM fhir.fhir_secret' => 'table fhir_secret',
	'COPY fhir.fhir_secret TO STDOUT' => 'table fhir_secret',
	"SELECT fhir.fhir_id('patient', 'A123456789')" => 'function fhir_id',
	"SELECT fhir.fhir_id_key('$key')" => 'function fhir_id_key');
for my $sql (sort keys %refused)
{
	my ($code, undef, $stderr) = $node->psql('other', $sql, extra_params => [ '-U', 'reader' ]);
	isnt($code, 0, "refused: $sql");
	like($stderr, qr/permission denied for $refused{$sql}/, "denied: $sql");
}
$node->command_fails([ 'pg_dump', '-U', 'reader', '--file', "$dump.reader", 'other' ], 'no dump by an ordinary role');

$node->stop;
done_testing();

# Hot standbys and logical replicas map, export and follow changes of mappings.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'max_standby_streaming_delay = 600s');
$standby->start;

my $tables = q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (id_no text PRIMARY KEY, sex text, updated_at timestamptz);
	CREATE TABLE his.refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
};
my $map = q{
	SELECT fhir.fhir_code_map('sex', '{"M":"male","F":"female"}');
	SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id_no)}","meta":{"lastUpdated":"{updated_at}"},"gender":"{fhir_code(''sex'', sex)}"}');
};
$primary->safe_psql('postgres', $tables . q{
	INSERT INTO his.patient SELECT 'A' || i, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END, timestamptz '2024-01-01' + i * interval '1 day' FROM generate_series(1, 500) i;
} . $map);

# Every way in which a set is read, as one sum.
my $sum = q{SELECT md5(concat((SELECT string_agg(j::text, '' ORDER BY j::text) FROM json_array_elements(fhir.get_data_fhir('his.patient')) j),
	(SELECT string_agg(l, '' ORDER BY l) FROM fhir.fhir_ndjson('his.patient', '2024-03-01') l),
	(SELECT string_agg(l, '') FROM fhir.fhir_ndjson('his.patient', after => (SELECT fhir.fhir_json_from_row(p) ->> 'id' FROM his.patient p WHERE id_no = 'A300')) l),
	(SELECT fhir.fhir_bundle(p, 'transaction' ORDER BY id_no) FROM his.patient p)))};

$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
is($standby->safe_psql('postgres', $sum), $primary->safe_psql('postgres', $sum), 'a hot standby gives the same');

# The script exports from a standby, and goes on there.
my $dir = PostgreSQL::Test::Utils::tempdir();
for my $node ($primary, $standby)
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, 'postgres');
	append_to_file("$dir/resumed.partial", slurp_file("$dir/primary") =~ /\A((?:.*\n){300})/) if $node == $standby;
	PostgreSQL::Test::Utils::system_or_bail("$ENV{REPO}/src/export/fhir_export", 'his.patient', "$dir/" . $node->name);
	PostgreSQL::Test::Utils::system_or_bail("$ENV{REPO}/src/export/fhir_export", '--resume', 'his.patient', "$dir/resumed") if $node == $standby;
}
is(slurp_file("$dir/standby"), slurp_file("$dir/primary"), 'an export from a standby');
is(slurp_file("$dir/resumed"), slurp_file("$dir/primary"), 'one that goes on there');

# A session on the standby sees a new mapping, a new code map and new rows.
my $session = $standby->background_psql('postgres');
$session->query_safe("PREPARE sum AS $sum");
my $before = $session->query_safe('EXECUTE sum');
$primary->safe_psql('postgres', q{SELECT fhir.fhir_code_map('sex', '{"M":"male","F":"other"}')});
$primary->wait_for_catchup($standby);
my $after = $session->query_safe('EXECUTE sum');
isnt($after, $before, 'a code map that was changed on the primary');
is($after, $primary->safe_psql('postgres', $sum), 'gives the same there and here');
$primary->safe_psql('postgres', q{SELECT fhir.fhir_map('his.patient', replace(template::text, '"gender"', '"active":true,"gender"')::json) FROM fhir.fhir_mapping});
$primary->safe_psql('postgres', q{INSERT INTO his.patient VALUES ('B1', 'M', '2025-12-31')});
$primary->wait_for_catchup($standby);
is($session->query_safe('EXECUTE sum'), $primary->safe_psql('postgres', $sum), 'so does a mapping');

# A cursor that was opened before goes on while the primary removes the rows.
$session->query_safe(q{BEGIN; DECLARE c CURSOR FOR SELECT fhir.fhir_ndjson('his.patient')});
$session->query_safe('MOVE 10 FROM c');
$primary->safe_psql('postgres', 'DELETE FROM his.patient WHERE id_no > $$A4$$; VACUUM his.patient');
like($session->query_safe('FETCH 1 FROM c'), qr/^\{"resourceType":"Patient"/, 'a cursor of the standby reads on');
$session->query_safe('COMMIT');
$session->quit;
my ($stdout, $stderr);
$standby->psql('postgres', q{SELECT fhir.fhir_resource_view('his.patient')}, stderr => \$stderr);
like($stderr, qr/cannot execute CREATE VIEW in a read-only transaction/, 'a view is made on the primary');
$standby->psql('postgres', $map, stderr => \$stderr);
like($stderr, qr/read-only transaction/, 'and mappings are');
$standby->psql('postgres', q{SELECT fhir.fhir_ndjson('his.patient', refused => 'his.refused')}, stderr => \$stderr, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
like($stderr, qr/25006/, 'a standby has no table for refused rows');
$standby->stop;

# A logical replica: the same secret, its own mapping, the primary's rows.
my $replica = PostgreSQL::Test::Cluster->new('replica');
$replica->init;
$replica->start;
my $secret = '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
$replica->safe_psql('postgres', $tables);
$_->safe_psql('postgres', "SET client_min_messages = error; SELECT fhir.fhir_id_key('$secret')") for ($primary, $replica);
$replica->safe_psql('postgres', $map);
$primary->safe_psql('postgres', $map);
$primary->safe_psql('postgres', 'CREATE PUBLICATION his FOR TABLE his.patient');
$replica->safe_psql('postgres', 'CREATE SUBSCRIPTION his CONNECTION \'' . $primary->connstr . ' dbname=postgres\' PUBLICATION his');
$replica->wait_for_subscription_sync($primary, 'his');
is($replica->safe_psql('postgres', $sum), $primary->safe_psql('postgres', $sum), 'a logical replica gives the same');

# The mapping table may be replicated, too: an old plan does not stay.
my $reader = $replica->background_psql('postgres');
my $active = q{SELECT count(*) FROM his.patient p WHERE fhir.fhir_from_row(p) @> '{"active":true}'};
is($reader->query_safe($active), '0', 'the old mapping');
$replica->safe_psql('postgres', 'TRUNCATE fhir.fhir_mapping');
$primary->safe_psql('postgres', 'CREATE PUBLICATION mappings FOR TABLE fhir.fhir_mapping');
$replica->safe_psql('postgres', 'CREATE SUBSCRIPTION mappings CONNECTION \'' . $primary->connstr . ' dbname=postgres\' PUBLICATION mappings');
$replica->wait_for_subscription_sync($primary, 'mappings');
$primary->safe_psql('postgres', q{SELECT fhir.fhir_map('his.patient', replace(template::text, '"gender"', '"active":true,"gender"')::json) FROM fhir.fhir_mapping});
$primary->wait_for_catchup('mappings');
is($reader->query_safe($active), $primary->safe_psql('postgres', 'SELECT count(*) FROM his.patient'), 'a replicated mapping is used at once');
$reader->quit;

$replica->stop;
$primary->stop;
done_testing();

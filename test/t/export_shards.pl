# More than one machine: a coordinator whose partitions are foreign tables over
# views with the resource as a column, on data clusters of their own.
use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{PGCLIENTENCODING} = 'UTF8';
my $secret = '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

# What every data cluster, and the one machine beside them, is given.
my $site = qq{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	SET client_min_messages = error;
	SELECT fhir.fhir_id_key('$secret');
	CREATE SCHEMA his;
	CREATE TABLE his.patient (chart_no int PRIMARY KEY, name text, sex text, updated_at timestamptz);
	CREATE INDEX ON his.patient (updated_at);
	SELECT fhir.fhir_code_map('sex', '{"M":"male","F":"female"}');
	SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","id":"{fhir_id(''patient'', chart_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}],"gender":"{fhir_code(''sex'', sex)}"}');
};
my $rows = q{INSERT INTO his.patient SELECT i, '病人 ' || i, CASE i %% 2 WHEN 0 THEN 'M' ELSE 'F' END, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour'
	FROM generate_series(1, 3000) i WHERE %s; ANALYZE his.patient};
utf8::encode($rows);

sub start
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
	$node->start;
	return $node;
}

my $one = start('one');
$one->safe_psql('postgres', $site . sprintf($rows, 'true'));
my @shards = map { start("shard$_") } (0, 1, 2);
for my $i (0 .. 2)
{
	# hash partitioning puts a row where the coordinator looks for it
	$shards[$i]->safe_psql('postgres', $site . q{
		CREATE TABLE his.place (chart_no int) PARTITION BY HASH (chart_no)} . qq{;
		CREATE TABLE his.here PARTITION OF his.place FOR VALUES WITH (MODULUS 3, REMAINDER $i);} .
		sprintf($rows, qq{satisfies_hash_partition('his.place'::regclass, 3, $i, i)}));
	is($shards[$i]->safe_psql('postgres', q{SELECT fhir.fhir_resource_view('his.patient')}),
		'his.patient_resource', "data cluster $i: one call makes the view");
}

# The coordinator needs no mapping, and not the extension either.  It takes the
# resources as text: as json it would parse each once more.
my $coordinator = start('coordinator');
$coordinator->safe_psql('postgres', q{
	CREATE EXTENSION postgres_fdw;
	CREATE SCHEMA his;
	CREATE TABLE his.patient (chart_no int, name text, sex text, updated_at timestamptz, resource text) PARTITION BY HASH (chart_no)});
for my $i (0 .. 2)
{
	my ($host, $port) = ($shards[$i]->host, $shards[$i]->port);
	$coordinator->safe_psql('postgres', qq{
		CREATE SERVER shard$i FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname 'postgres', async_capable 'true', fetch_size '1000');
		CREATE USER MAPPING FOR CURRENT_USER SERVER shard$i;
		CREATE FOREIGN TABLE his.patient_$i PARTITION OF his.patient FOR VALUES WITH (MODULUS 3, REMAINDER $i)
			SERVER shard$i OPTIONS (table_name 'patient_resource')});
}
$coordinator->safe_psql('postgres', 'ANALYZE his.patient');

# The same resources, byte for byte, as on one machine.
my $all = q{SELECT md5(string_agg(r, E'\n' ORDER BY r COLLATE "C")), count(*) FROM (%s) s (r)};
is($coordinator->safe_psql('postgres', sprintf($all, 'SELECT resource FROM his.patient')),
	$one->safe_psql('postgres', sprintf($all, q{SELECT fhir.fhir_ndjson('his.patient')})), 'the same resources as on one machine');
my ($parts, $whole) = ('', '');
for my $case ([ \$parts, $coordinator, 'SELECT resource FROM his.patient ORDER BY chart_no' ],
	[ \$whole, $one, q{SELECT fhir.fhir_ndjson('his.patient', after => '')} ])
{
	my ($to, $node, $query) = @$case;
	my $file = $node->basedir . '/export.ndjson';
	$node->safe_psql('postgres', qq{COPY ($query) TO '$file' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')});
	$$to = slurp_file($file);
}
ok($parts eq $whole, 'and the same file');

# The plan: one asynchronous scan of each data cluster, which makes the resources.
my $plan = $coordinator->safe_psql('postgres', 'EXPLAIN (VERBOSE, COSTS OFF) SELECT resource FROM his.patient');
note $plan;
is(scalar(() = $plan =~ /Async Foreign Scan/g), 3, 'asynchronous scans of the data clusters');
is(scalar(() = $plan =~ /Remote SQL: SELECT resource FROM/g), 3, 'that fetch the resource alone');
unlike($plan, qr/fhir_/, 'nothing is mapped on the coordinator');

# Conditions go to where the rows and their indexes are.
$plan = $coordinator->safe_psql('postgres', q{EXPLAIN (VERBOSE, COSTS OFF) SELECT resource FROM his.patient WHERE updated_at >= '2024-05-01 00:00+00'});
is(scalar(() = $plan =~ /Remote SQL: .* WHERE \(\(updated_at >= /g), 3, 'a condition is sent');
like($shards[0]->safe_psql('postgres', q{EXPLAIN SELECT resource FROM his.patient_resource WHERE updated_at >= '2024-05-01 00:00+00'}),
	qr/Index.* on patient_updated_at_idx|Index Scan using patient_updated_at_idx/, 'and an index serves it there');
is($coordinator->safe_psql('postgres', sprintf($all, q{SELECT resource FROM his.patient WHERE updated_at >= '2024-05-01 00:00+00'})),
	$one->safe_psql('postgres', sprintf($all, q{SELECT fhir.fhir_ndjson('his.patient', '2024-05-01 00:00+00')})), 'with the same result');
$plan = $coordinator->safe_psql('postgres', 'EXPLAIN (COSTS OFF) SELECT resource FROM his.patient WHERE chart_no = 7');
is(scalar(() = $plan =~ /Foreign Scan/g), 1, 'a key asks one data cluster');
is($coordinator->safe_psql('postgres', 'SELECT resource FROM his.patient WHERE chart_no = 7'),
	$one->safe_psql('postgres', 'SELECT fhir.fhir_json_from_row(p) FROM his.patient p WHERE chart_no = 7'), 'and gives its resource');

# The other way: a mapping on the coordinator, over foreign rows; as for DB2, Oracle or SQL Server.
$coordinator->safe_psql('postgres', qq{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	SET client_min_messages = error;
	SELECT fhir.fhir_id_key('$secret');
	SELECT fhir.fhir_code_map('sex', '{"M":"male","F":"female"}');
	SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","id":"{fhir_id(''patient'', chart_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}],"gender":"{fhir_code(''sex'', sex)}"}')});
is($coordinator->safe_psql('postgres', sprintf($all, q{SELECT fhir.fhir_ndjson('his.patient')})),
	$one->safe_psql('postgres', sprintf($all, q{SELECT fhir.fhir_ndjson('his.patient')})), 'foreign rows are mapped like others');
is($coordinator->safe_psql('postgres', q{SELECT md5(string_agg(l, '')) FROM (SELECT fhir.fhir_ndjson('his.patient', '2024-04-01 00:00+00', fhir.fhir_id('patient', 2500)::text)) s (l)}),
	$one->safe_psql('postgres', q{SELECT md5(string_agg(l, '')) FROM (SELECT fhir.fhir_ndjson('his.patient', '2024-04-01 00:00+00', fhir.fhir_id('patient', 2500)::text)) s (l)}),
	'also in order, in parts');

# A view shows its reader what he may select, on the data cluster too.
$shards[1]->safe_psql('postgres', q{CREATE ROLE reader; GRANT USAGE ON SCHEMA his TO reader; GRANT SELECT ON his.patient_resource TO reader});
my ($stdout, $stderr);
$shards[1]->psql('postgres', 'SET ROLE reader; SELECT resource FROM his.patient_resource', stderr => \$stderr);
like($stderr, qr/permission denied for table patient/, 'a reader of the view needs the table');

# A data cluster that is down is an error, not a part of an answer.
$shards[2]->stop;
$coordinator->psql('postgres', 'SELECT count(resource) FROM his.patient', stdout => \$stdout, stderr => \$stderr);
is($stdout, '', 'no partial answer');
like($stderr, qr/could not connect to server "shard2"/, 'but an error');
$_->stop for ($one, $coordinator, @shards[0, 1]);
done_testing();

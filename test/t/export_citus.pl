# More than one machine, by Citus: a coordinator and two workers, set up as the
# README says, beside one machine.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
plan(skip_all => 'there is no Citus for this server') if !-e "$sharedir/extension/citus.control";

$ENV{PGCLIENTENCODING} = 'UTF8';
my $secret = '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
my $patient = '{"resourceType":"Patient","id":"{fhir_id(\'patient\', chart_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}],"gender":"{fhir_code(\'sex\', sex)}"}';
my $bare = '{"resourceType":"Patient","id":"{fhir_id(\'patient\', chart_no)}"}';
my $full = '{"resourceType":"Patient","id":"{fhir_id(\'patient\', chart_no)}","name":[{"text":"{name}"}],"identifier":[{"$each":"icds AS d","value":"{d}"}]}';

sub start
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
	$node->append_conf('postgresql.conf', $_) for @settings;
	$node->start;
	return $node;
}

# Sockets' folders serve Citus as names of hosts.
sub start_citus
{
	my ($name) = @_;
	my $node = start($name, q{shared_preload_libraries = 'citus'}, 'wal_level = logical', 'citus.enable_statistics_collection = off');
	$node->append_conf('postgresql.conf', sprintf(q{citus.local_hostname = '%s'}, $node->host));
	$node->reload;
	$node->safe_psql('postgres', 'CREATE EXTENSION citus');
	return $node;
}

# The lines that a query gives.
sub query
{
	my ($node, $sql) = @_;
	utf8::encode($sql);
	return $node->safe_psql('postgres', "SET search_path = public, fhir; $sql");
}

# The error that a query raises.
sub fails
{
	my ($node, $sql) = @_;
	my ($stdout, $stderr);
	is($node->psql('postgres', "SET search_path = public, fhir; $sql", stdout => \$stdout, stderr => \$stderr), 3, 'an error');
	return $stderr;
}

my $one = start('one');
my ($coordinator, @workers) = map { start_citus($_) } ('coordinator', 'worker1', 'worker2');
$coordinator->safe_psql('postgres', sprintf(q{SELECT citus_set_coordinator_host('%s', %d)}, $coordinator->host, $coordinator->port));
$coordinator->safe_psql('postgres', sprintf(q{SELECT citus_add_node('%s', %d)}, $_->host, $_->port)) for @workers;

# Runs a statement on one machine, and on the coordinator.
sub on_both
{
	my ($sql) = @_;
	query($_, $sql) for ($one, $coordinator);
	return;
}

# Runs a call on one machine, and on all nodes.
sub on_all_nodes
{
	my ($call) = @_;
	query($one, "SET client_min_messages = error; SELECT $call");
	is(query($coordinator, "SELECT bool_and(success), count(*) FROM run_command_on_all_nodes(\$all\$SELECT $call\$all\$)"), 't|3',
		'on all nodes: ' . ($call =~ /^(\w+\.\w+)/)[0]);
	return;
}

# As the README has it.
on_both(q{CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir});
is(query($coordinator, q{SELECT count(*), min(result) FROM run_command_on_all_nodes($$SELECT extname FROM pg_extension WHERE extname = 'fhir_bridge'$$)}),
	'3|fhir_bridge', 'Citus creates the extension on its workers');
on_both(q{
	CREATE SCHEMA his;
	CREATE TABLE his.patient (chart_no int PRIMARY KEY, name text, sex text, updated_at timestamptz);
	CREATE TABLE his.diagnosis (chart_no int, no int, icd text, PRIMARY KEY (chart_no, no));
	CREATE TABLE his.ward (no int PRIMARY KEY, name text)});
query($coordinator, q{
	SELECT create_distributed_table('his.patient', 'chart_no', shard_count => 8), create_distributed_table('his.diagnosis', 'chart_no', colocate_with => 'his.patient'),
		create_reference_table('his.ward')});
on_both(q{
	INSERT INTO his.patient SELECT i, '病人 ' || i, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' FROM generate_series(1, 3000) i;
	INSERT INTO his.diagnosis SELECT i, j, 'A0' || j FROM generate_series(1, 3000) i, generate_series(1, 3) j WHERE i % 4 > 0;
	INSERT INTO his.ward VALUES (1, 'one'), (2, 'two');
	CREATE VIEW his.patient_full AS SELECT p.*, ARRAY(SELECT d.icd FROM his.diagnosis d WHERE d.chart_no = p.chart_no ORDER BY d.no) AS icds FROM his.patient p});
on_all_nodes("fhir.fhir_id_key('$secret')");
on_all_nodes(q{fhir.fhir_code_map('sex', '{"M":"male","F":"female"}')});
on_all_nodes("fhir.fhir_map('his.patient', \$t\$$patient\$t\$)");
on_all_nodes("fhir.fhir_map('his.patient_full', \$t\$$full\$t\$)");
on_all_nodes(q{fhir.fhir_map('his.ward', '{"resourceType":"Location","id":"{no}","name":"{name}"}')});

# The work is done on the shards, and there the call is a part of the query.
my $plan = query($coordinator, q{EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(p.*, 'his.patient') FROM his.patient p});
note $plan;
like($plan, qr/Task Count: 8/, 'a query for each shard');
like($plan, qr/Query: SELECT fhir\.fhir_json_from_row\(p\.\*, 'his\.patient'::text\) AS \w+ FROM his\.patient_\d+ p/, 'which maps its rows');
like($plan, qr/Seq Scan on his\.patient_\d+ p\s+Output: fhir\.fhir_bridge_write_json\(/, 'and takes the mapping in');

# The same, byte for byte, as one machine gives.
for my $case (
	[ q{SELECT fhir_json_from_row(p.*, 'his.patient') FROM his.patient p ORDER BY chart_no}, 'json' ],
	[ q{SELECT fhir_from_row(p.*, 'his.patient') FROM his.patient p ORDER BY chart_no}, 'jsonb' ],
	[ q{SELECT fhir_json_from_row(p.*, 'his.patient') FROM his.patient p WHERE chart_no = 7}, 'one row, by its key' ],
	[ q{SELECT fhir_json_from_row(p.*, 'his.patient_full') FROM his.patient_full p ORDER BY chart_no}, 'a view that gathers children' ],
	[ q{SELECT fhir_json_from_row(p.*, 'his.ward') FROM his.ward p ORDER BY no}, 'a reference table' ],
	[ q{SELECT line FROM (SELECT fhir_ndjson('his.patient')) s (line) ORDER BY line COLLATE "C"}, 'fhir_ndjson' ],
	[ q{SELECT fhir_ndjson('his.patient', '2024-04-01 00:00+00', fhir_id('patient', 2500)::text)}, 'fhir_ndjson, changed rows, behind an id' ],
	[ q{SELECT line FROM (SELECT fhir_ndjson('his.patient_full')) s (line) ORDER BY line COLLATE "C"}, 'fhir_ndjson of the view' ],
	[ q{SELECT j FROM json_array_elements_text(get_data_fhir('his.patient')) j ORDER BY j COLLATE "C"}, 'get_data_fhir' ],
	[ q{SELECT fhir_bundle(fhir_json_from_row(p.*, 'his.patient'), 'transaction' ORDER BY chart_no) FROM his.patient p}, 'fhir_bundle' ],
	[ q{SELECT r.severity, count(r.*) FROM his.patient p, fhir_row_faults(p.*, 'his.patient') r GROUP BY 1}, 'fhir_row_faults' ],
	[ q{PREPARE r AS SELECT fhir_json_from_row(p.*, 'his.patient') FROM his.patient p WHERE chart_no = $1;} .
		join('', map { "EXECUTE r($_);" } 1 .. 12), 'a prepared statement' ])
{
	my ($sql, $name) = @$case;
	my ($here, $there) = (query($one, $sql), query($coordinator, $sql));
	ok($here eq $there && $here =~ /resourceType|^$/, $name) or diag(substr($there, 0, 300));
}
on_all_nodes("fhir.fhir_map('his.patient', \$t\$$bare\$t\$, 'bare')");
my $lines = q{SELECT md5(string_agg(l, '' ORDER BY l COLLATE "C")), count(*) FROM (SELECT fhir_ndjson('his.bare')) s (l)};
is(query($coordinator, $lines), query($one, $lines), 'a mapping that does not need all columns');
on_all_nodes(q{fhir.fhir_unmap('his.bare')});

# Resources kept where their rows are: nothing passes the coordinator.
on_both('CREATE TABLE his.kept (chart_no int, resource jsonb)');
query($coordinator, q{SELECT create_distributed_table('his.kept', 'chart_no', colocate_with => 'his.patient')});
my $keep = q{INSERT INTO his.kept SELECT chart_no, fhir_from_row(p.*, 'his.patient') FROM his.patient p};
unlike(query($coordinator, "EXPLAIN $keep"), qr/INSERT\/SELECT method: pull to coordinator/, 'INSERT ... SELECT runs on the shards');
on_both($keep);
my $kept = q{SELECT chart_no, resource FROM his.kept ORDER BY chart_no};
ok(query($coordinator, $kept) eq query($one, $kept), 'with the same result');

# Another mapping, and a reader without any other right.
on_all_nodes("fhir.fhir_map('his.patient', \$t\$" . $patient =~ s/"meta"/"active":true,"meta"/r . '$t$)');
$coordinator->safe_psql('postgres', q{CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA his, fhir TO reader; GRANT SELECT ON his.patient TO reader});
my $active = q{SELECT count(*) FROM his.patient p WHERE fhir_from_row(p.*, 'his.patient') @> '{"active":true}'};
is($coordinator->safe_psql('postgres', "SET search_path = fhir; $active", extra_params => [ '-U', 'reader' ]), '3000', 'a reader sees a replaced mapping');
my ($stdout, $stderr);
$coordinator->psql('postgres', q{SELECT fhir.fhir_from_row(p.*, 'his.patient_full') FROM his.patient_full p}, stderr => \$stderr, extra_params => [ '-U', 'reader' ]);
like($stderr, qr/permission denied for view patient_full/, 'and what he may');
$coordinator->psql('postgres', q{SELECT fhir.fhir_id('patient', 1)}, stderr => \$stderr, extra_params => [ '-U', 'reader' ]);
like($stderr, qr/permission denied for function fhir_id/, 'but makes no ids');

# A node that comes later has the extension, and needs the three calls.
my $late = start_citus('late');
query($coordinator, sprintf(q{SELECT citus_add_node('%s', %d)}, $late->host, $late->port));
query($coordinator, q{SELECT replicate_reference_tables('block_writes')});
query($coordinator, sprintf(q{SELECT citus_move_shard_placement((SELECT min(shardid) FROM pg_dist_shard WHERE logicalrelid = 'his.patient'::regclass),
	'%s', %d, '%s', %d, 'block_writes')}, (map { ($_->host, $_->port) } $workers[0]), $late->host, $late->port));
like(fails($coordinator, q{SELECT fhir_from_row(p.*, 'his.patient') FROM his.patient p}), qr/mapping "his.patient" does not exist/, 'without them: no partial answer');
is(query($coordinator, "SELECT bool_and(success) FROM run_command_on_all_nodes(\$all\$SELECT $_\$all\$)"), 't', 'they may be repeated')
	for ("fhir.fhir_id_key('$secret')", q{fhir.fhir_code_map('sex', '{"M":"male","F":"female"}')}, "fhir.fhir_map('his.patient', \$t\$$patient\$t\$)");
is(query($coordinator, q{SELECT md5(string_agg(resource::text, '' ORDER BY chart_no)) FROM (SELECT chart_no, fhir_from_row(p.*, 'his.patient') FROM his.patient p) s (chart_no, resource)}),
	query($one, q{SELECT md5(string_agg(resource::text, '' ORDER BY chart_no)) FROM his.kept}), 'the same resources from three workers');

# What cannot be had is refused, rather than answered without the children.
my $child = q{fhir_map('his.patient', '{"resourceType":"Patient","id":"{chart_no}","identifier":[{"$each":"(SELECT d.icd FROM his.diagnosis d WHERE d.chart_no = this.chart_no) AS d","value":"{d.icd}"}]}', 'child')};
like(fails($coordinator, "SELECT $child"), qr/cannot read a table of Citus.*Map a view/s, 'a sub-select on a distributed table');
query($coordinator, q{
	CREATE TABLE his.later (chart_no int, icd text);
	INSERT INTO his.later VALUES (1, 'A01');
	CREATE TABLE his.here (chart_no int);
	INSERT INTO his.here VALUES (1);
	SELECT fhir_map('his.here', '{"resourceType":"Patient","id":"{chart_no}","identifier":[{"$each":"(SELECT d.icd FROM his.later d WHERE d.chart_no = this.chart_no) AS d","value":"{d.icd}"}]}')});
my $session = $coordinator->background_psql('postgres', on_error_stop => 0);
my $here = q{SELECT fhir.fhir_json_from_row(h.*) FROM his.here h};
is($session->query_safe($here), '{"resourceType":"Patient","id":"1","identifier":[{"value":"A01"}]}', 'tables that are not Citus\'s are as ever');
query($coordinator, q{SELECT create_distributed_table('his.later', 'chart_no')});
$session->query($here);
like($session->{stderr}, qr/cannot read a table of Citus/, 'one that is distributed later');
$session->quit;
like(fails($coordinator, 'SELECT fhir_from_row(p.*) FROM his.patient p'), qr/relation "his.patient_\d+" has no mapping.*give the name of that table's mapping/s, 'a shard\'s row is of no mapped relation');
$workers[1]->stop;
like(fails($coordinator, q{SELECT fhir_from_row(p.*, 'his.patient') FROM his.patient p}), qr/connection to the remote node|could not connect|Connection refused/, 'a worker that is down is an error');
$_->stop for ($one, $coordinator, $workers[0], $late);
done_testing();

# Mappings and code maps outlive every way in which a database is dumped and restored.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');

# A hospital whose resources need the mapping, the code maps and the secret.
$node->safe_psql('source', q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE SCHEMA his;
	CREATE SCHEMA "Ward 5";
	CREATE TYPE his.sex AS ENUM ('M', 'F');
	CREATE TABLE his.patient (id int PRIMARY KEY, sex his.sex, ward text, born date);
	INSERT INTO his.patient SELECT i, (ARRAY['M', 'F'])[1 + i % 2]::his.sex, 'W' || i % 200, date '1950-01-01' + i FROM generate_series(1, 3000) i;
	CREATE VIEW his.seen WITH (security_invoker = true) AS SELECT id, sex FROM his.patient WHERE id <= 100;
	CREATE TABLE "Ward 5"."Bed" (id int PRIMARY KEY, patient int REFERENCES his.patient);
	INSERT INTO "Ward 5"."Bed" SELECT i, i FROM generate_series(1, 50) i;
	SELECT fhir.fhir_code_map('sex', '{"M": "male", "F": "female"}');
	SELECT fhir.fhir_code_map('ward', (SELECT jsonb_object_agg('W' || i, jsonb_build_object('code', 'ward-' || i, 'display', 'ward ' || i)) FROM generate_series(0, 199) i), 'urn:oid:1.2.3', 'text');
	SELECT fhir.fhir_map('his.patient', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id)}","gender":"{fhir_code(''sex'', sex)}","birthDate":"{born}","maritalStatus":"{fhir_concept(''ward'', ward)}"}');
	SELECT fhir.fhir_map('his.seen', '{"resourceType":"Patient","id":"{fhir_id(''seen'', id)}","gender":"{fhir_code(''sex'', sex)}"}');
	SELECT fhir.fhir_map('"Ward 5"."Bed"', '{"resourceType":"Location","id":"{id}","description":"{(SELECT p.ward FROM his.patient p WHERE p.id = this.patient)}"}');
	CREATE MATERIALIZED VIEW his.kept AS SELECT id, fhir.fhir_from_row(p) AS resource FROM his.patient p;
});
my %facts = (
	'maps' => q{SELECT count(*), count(DISTINCT map) FROM fhir.fhir_code_map},
	'entries' => q{SELECT count(*), md5(string_agg(map || source || code || coalesce(display, ''), ',' ORDER BY map, source)) FROM fhir.fhir_code_map_entry},
	'mappings' => q{SELECT count(*), string_agg(relation::text, ',' ORDER BY relation::text) FROM fhir.fhir_mapping},
	'resources' => q{SELECT count(*), md5(string_agg(fhir.fhir_json_from_row(p)::text, ',' ORDER BY id)) FROM his.patient p},
	'resources of a view' => q{SELECT count(*), md5(string_agg(fhir.fhir_json_from_row(s)::text, ',' ORDER BY id)) FROM his.seen s},
	'kept resources' => q{SELECT count(*), md5(string_agg(resource::text, ',' ORDER BY id)) FROM his.kept},
	'resources with a sub-select' => q{SELECT count(*), md5(string_agg(fhir.fhir_json_from_row(b)::text, ',' ORDER BY id)) FROM "Ward 5"."Bed" b},
);
my %before = map { $_ => $node->safe_psql('source', $facts{$_}) } keys %facts;
is($before{entries} =~ s/\|.*//sr, '202', 'the code maps are filled');

# Is everything in a database as it was in the source?
sub is_whole
{
	my ($database, $how) = @_;
	for my $fact (sort keys %facts)
	{
		is($node->safe_psql($database, $facts{$fact}), $before{$fact}, "$how: $fact");
	}
	return;
}

# A new database of this name.
sub create
{
	my ($name) = @_;
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $name");
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0");
	return;
}

my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'source' ], 'dump');
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$dump.folder", 'source' ], 'dump by two workers');
for my $run (1 .. 3)
{
	create('target');
	$node->command_ok([ 'pg_restore', '-j4', '--exit-on-error', '-d', 'target', $run == 2 ? "$dump.folder" : $dump ], "run $run: four workers restore");
	is_whole('target', "run $run");
}

# Over what is there: twice.
$node->command_ok([ 'pg_restore', '-j4', '--clean', '--if-exists', '--exit-on-error', '-d', 'target', $dump ], 'clean, four workers');
is_whole('target', 'clean');
$node->command_ok([ 'pg_restore', '--clean', '--if-exists', '--single-transaction', '-d', 'target', $dump ], 'clean, in one transaction');
is_whole('target', 'clean in one transaction');

# Definitions first, then the rows alone.
create('target');
$node->command_ok([ 'pg_restore', '--section=pre-data', '--exit-on-error', '-d', 'target', $dump ], 'definitions');
$node->command_ok([ 'pg_restore', '-j4', '--data-only', '--exit-on-error', '-d', 'target', $dump ], 'rows alone');
$node->command_ok([ 'pg_restore', '-j4', '--section=post-data', '--exit-on-error', '-d', 'target', $dump ], 'the rest');
$node->safe_psql('target', 'REFRESH MATERIALIZED VIEW his.kept');
is_whole('target', 'data only');

# Some schemas, with the extension and what it is told.
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.some", '-n', 'his', '-n', '"Ward 5"', '-n', 'fhir', '-e', 'fhir_bridge', 'source' ], 'dump of schemas');
create('target');
$node->command_ok([ 'pg_restore', '-j4', '--exit-on-error', '-d', 'target', "$dump.some" ], 'schemas are restored');
is_whole('target', 'schemas');

# One schema at a time, in either order: a mapping that comes before its relation
# waits for it.  (A materialized view of resources cannot: it is left out here.)
$node->safe_psql('source', q{SELECT fhir.fhir_publish('his.patient')});
for my $schema (qw(fhir his), '"Ward 5"')
{
	$node->command_ok([ 'pg_dump', $schema eq 'fhir' ? ('-Fp', '--data-only') : '-Fc', '-f', "$dump." . substr($schema, 0, 2), '-n', $schema, '-T', 'his.kept', 'source' ],
		"dump of schema $schema alone");
}
for my $order ([qw(fh hi)], [qw(hi fh)])
{
	create('target');
	$node->safe_psql('target', 'CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir');
	for my $part (@$order)
	{
		if ($part eq 'fh')
		{
			my ($code, undef, $stderr) = $node->psql('target', slurp_file("$dump.fh"));
			my $warnings = () = $stderr =~ /WARNING:  relation "(?:his\.\w+|Ward 5\.Bed)" does not exist: its mapping waits for it/g;
			is($warnings, $order->[0] eq 'fh' ? 3 : 1, "@$order: who waits is told");
			unlike($stderr, qr/ERROR/, "@$order: the extension's tables are loaded");
		}
		else
		{
			$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'target', "$dump.hi" ], "@$order: the hospital's schema");
		}
	}
	is($node->safe_psql('target', q{SELECT string_agg(relation || ' ' || name || ' ' || published, ', ' ORDER BY relation::text) FROM fhir.fhir_mapping}),
		'"Ward 5"."Bed" Bed false, his.patient patient true, his.seen seen false', "@$order: all mappings are there");
	is($node->safe_psql('target', $facts{$_}), $before{$_}, "@$order: $_") for 'resources', 'resources of a view';
	is($node->safe_psql('target', 'SELECT mapping, diagnostics FROM fhir.fhir_map_check()'), 'Bed|relation "Ward 5"."Bed" does not exist', "@$order: one waits");
	$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.again", 'target' ], "@$order: dump while one waits");
	create('target');
	$node->command_ok([ 'pg_restore', '-d', 'target', "$dump.again" ], "@$order: which is restored");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'target', "$dump.\"W" ], "@$order: the last schema");
	is($node->safe_psql('target', $facts{$_}), $before{$_}, "@$order: then $_") for 'resources with a sub-select', 'mappings';
	is($node->safe_psql('target', 'SELECT count(*) FROM fhir.fhir_map_check()'), '0', "@$order: none waits");
}

# A code map whose maker is no role of the restoring cluster: the extension's owner has it.
create('target');
$node->safe_psql('postgres', 'CREATE ROLE "Map maker"; CREATE ROLE stranger');
$node->safe_psql('target', q{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	GRANT USAGE ON SCHEMA fhir TO PUBLIC;
	GRANT EXECUTE ON FUNCTION fhir.fhir_code_map TO PUBLIC;
	SET ROLE "Map maker";
	SELECT fhir.fhir_code_map('made', '{"a": "b", "c": "d"}');
	RESET ROLE;
	SELECT fhir.fhir_code_map('ours', '{"a": "b"}');
});
my $owners = q{SELECT string_agg(map || ' ' || owner, ', ' ORDER BY map) FROM fhir.fhir_code_map};
is($node->safe_psql('target', $owners), 'made "Map maker", ours ' . $node->safe_psql('target', 'SELECT quote_ident(current_user)'), 'owners of code maps');
$node->command_ok([ 'pg_dump', '-f', "$dump.owned", 'target' ], 'dump with a maker');
$node->safe_psql('postgres', 'DROP ROLE "Map maker"');
is($node->safe_psql('target', $owners) =~ s/, .*//r, 'made -', 'a maker who is gone');
create('target');
my ($code, undef, $told) = $node->psql('target', slurp_file("$dump.owned"));
like($told, qr/WARNING:  role "Map maker" does not exist: its code map belongs to the extension's owner/, 'a missing maker is told');
unlike($told, qr/ERROR/, 'and nothing else');
is($node->safe_psql('target', $owners) =~ s/, .*//r, 'made -', 'his map is there');
is($node->safe_psql('target', 'SELECT count(*) FROM fhir.fhir_code_map_entry'), '3', 'with its entries');
(undef, undef, $told) = $node->psql('target', q{SET ROLE stranger; SELECT fhir.fhir_code_map('made', '{"a": "x"}')});
like($told, qr/must be owner of code map "made"/, 'no stranger takes it');
is($node->safe_psql('target', q{SELECT fhir.fhir_code_map('made', '{"a": "x"}')}), 'made', 'but the owner of the extension may');
$node->command_ok([ 'pg_dump', '-f', "$dump.owned", 'target' ], 'dump without a maker');
create('target');
(undef, undef, $told) = $node->psql('target', slurp_file("$dump.owned"));
is($told, '', 'is restored without a word');

$node->stop;
done_testing();

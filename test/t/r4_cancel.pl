# What takes long can be cancelled: each check of a large document, and a large template.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE TABLE document (name text, resource jsonb, text json);
	ALTER TABLE document ALTER resource SET STORAGE EXTERNAL, ALTER text SET STORAGE EXTERNAL;
	-- each code of the Observation beside each of its components (obs-7); entries that must all differ (bdl-7); references to what is contained
	INSERT INTO document (name, resource)
	SELECT 'codes', jsonb_build_object('resourceType', 'Observation', 'status', 'final', 'valueString', 'v',
		'code', jsonb_build_object('coding', jsonb_agg(jsonb_build_object('system', 'urn:x:a', 'code', 'c' || i))),
		'component', jsonb_agg(jsonb_build_object('code', jsonb_build_object('coding', jsonb_build_array(
			jsonb_build_object('system', 'urn:x:a', 'code', 'd' || i))), 'valueString', 'x')))
	FROM generate_series(1, 200000) i;
	INSERT INTO document (name, resource)
	SELECT 'entries', jsonb_build_object('resourceType', 'Bundle', 'type', 'collection', 'entry', jsonb_agg(jsonb_build_object(
		'fullUrl', 'http://a.example/Basic/' || i, 'resource', jsonb_build_object('resourceType', 'Basic', 'id', i::text,
			'code', jsonb_build_object('text', 'x')))))
	FROM generate_series(1, 200000) i;
	INSERT INTO document (name, resource)
	SELECT 'contained', jsonb_build_object('resourceType', 'List', 'status', 'current', 'mode', 'working',
		'contained', jsonb_agg(jsonb_build_object('resourceType', 'Basic', 'id', 'b' || i, 'code', jsonb_build_object('text', 'x'))),
		'entry', jsonb_agg(jsonb_build_object('item', jsonb_build_object('reference', '#b' || i))))
	FROM generate_series(1, 200000) i;
	UPDATE document SET text = resource::text::json;
	CREATE TABLE wide (id text);
	CREATE TABLE template AS SELECT json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_agg(json_build_object('text', '{id}' || i))) AS t
		FROM generate_series(1, 30000) i;
	VACUUM ANALYZE document;
});

# How long a statement takes, in seconds by the server's clock; with a limit in milliseconds it must end as cancelled.
sub seconds
{
	my ($sql, $limit) = @_;
	my $timeout = int($limit // 0);
	my ($code, undef, $stderr) = $node->psql('postgres', qq{
		SET statement_timeout = $timeout;
		DO \$do\$ BEGIN
			EXECUTE \$q\$$sql\$q\$;
			RAISE NOTICE 'took % s', extract(epoch FROM clock_timestamp() - statement_timestamp());
		EXCEPTION WHEN query_canceled THEN
			RAISE NOTICE 'cancelled after % s', extract(epoch FROM clock_timestamp() - statement_timestamp());
		END \$do\$});
	my ($how, $took) = $stderr =~ /(took|cancelled after) ([0-9.]+) s/ or die "no time: $stderr";
	is($how, 'cancelled after', 'it is cancelled') if defined $limit;
	return $took;
}

my %statements = (
	(map { my $name = $_; map { ("fhir_is_valid($_) of $name" => "SELECT fhir_is_valid($_) FROM document WHERE name = '$name'") } ('resource', 'text') }
		('codes', 'entries', 'contained')),
	'fhir_validate of codes' => q{SELECT count(*) FROM document, fhir_validate(resource) WHERE name = 'codes'},
	'fhir_map_try of many placeholders' => q{SELECT count(*) FROM template, fhir_map_try('wide', t, 1)},
);
for my $what (sort keys %statements)
{
	seconds($statements{$what});
	my $whole = seconds($statements{$what});
	my $limit = $whole * 1000 / 10;
	my $cancelled = seconds($statements{$what}, $limit > 1 ? $limit : 1);
	cmp_ok($cancelled, '<', $whole * 0.6, sprintf('%s: %.2f s, cancelled after %.2f s', $what, $whole, $cancelled));
}
$node->stop;

done_testing();

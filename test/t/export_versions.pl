# Whole sets beside what newer servers can do; each part is skipped below its server.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
my $major = $node->safe_psql('postgres', q{SELECT current_setting('server_version_num')::int / 10000});
$node->safe_psql('postgres', 'CREATE EXTENSION fhir_bridge');

# The ids of a relation's lines, behind one of them.
sub ids
{
	my ($relation, $after) = @_;
	return $node->safe_psql('postgres', "SELECT string_agg(l, ' ') FROM (SELECT fhir_ndjson('$relation', after => '$after')::json ->> 'id') s (l)");
}

my $template = q{'{"resourceType":"Basic","id":"{coalesce(k, ''none'')}","code":{"text":"x"}}'};

SKIP:
{
	skip 'constraints that say nothing of some rows came with 18', 4 if $major < 18;
	$node->safe_psql('postgres', qq{
		CREATE TABLE old_rows (k text);
		INSERT INTO old_rows VALUES ('b'), (NULL), ('a');
		ALTER TABLE old_rows ADD CONSTRAINT k_is_there NOT NULL k NOT VALID;
		SELECT fhir_map('old_rows', $template);
		CREATE TABLE heirs (k text, CONSTRAINT k_is_here NOT NULL k NO INHERIT);
		CREATE TABLE heir () INHERITS (heirs);
		INSERT INTO heirs VALUES ('a');
		INSERT INTO heir VALUES (NULL), ('b');
		SELECT fhir_map('heirs', $template);
	});
	for my $relation ('old_rows', 'heirs')
	{
		is(ids($relation, ''), 'a b none', "$relation: rows without a key come last");
		is(ids($relation, 'a'), 'b none', "$relation: and are not left out behind the first");
	}
}

$node->stop;
done_testing();

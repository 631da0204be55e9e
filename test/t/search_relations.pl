# One answer whatever holds the rows: a table, views, partitions, a materialized view, tables of another server, shards on two.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	SELECT fhir_code_map('rel_sex', '{"M": "male", "F": "female"}', unmapped => 'omit');
	CREATE SCHEMA plain;
	CREATE TABLE plain.person (id_no text NOT NULL, name text, sex text, birth date, seen timestamptz, ward char(3));
	INSERT INTO plain.person SELECT 'K' || i, CASE WHEN i % 11 > 0 THEN (ARRAY['Ann', 'Änne', 'bob', 'Zoë'])[1 + i % 4] || ' ' || i END, (ARRAY['M', 'F ', ' M', 'X', NULL])[1 + i % 5],
		CASE WHEN i % 7 > 0 THEN '1950-01-01'::date + i * 50 END, '2020-01-01Z'::timestamptz + i % 9 * interval '7 days', 'w' || i % 3 FROM generate_series(1, 120) i;
	CREATE TABLE plain.lab (no int NOT NULL, id_no text, item text, value numeric, taken timestamp NOT NULL);
	INSERT INTO plain.lab SELECT i, 'K' || 1 + i * 7 % 130, 'i' || i % 5, CASE WHEN i % 13 > 0 THEN i % 17 + 0.5 END, '2020-01-01'::timestamp + i * interval '5 hours' FROM generate_series(1, 400) i;

	CREATE SCHEMA views;
	CREATE VIEW views.person AS SELECT * FROM plain.person;
	CREATE VIEW views.lab AS SELECT l.no, l.id_no, l.item, l.value, l.taken, p.ward FROM plain.lab l LEFT JOIN plain.person p USING (id_no);
	CREATE SCHEMA barrier;
	CREATE VIEW barrier.person WITH (security_barrier, security_invoker) AS SELECT * FROM views.person WHERE id_no <> '';
	CREATE VIEW barrier.lab WITH (security_barrier) AS SELECT * FROM plain.lab WHERE no > 0;
	CREATE SCHEMA grouped;
	CREATE VIEW grouped.person AS SELECT DISTINCT * FROM plain.person;
	CREATE VIEW grouped.lab AS SELECT no, min(id_no) AS id_no, min(item) AS item, min(value) AS value, min(taken) AS taken FROM plain.lab GROUP BY no UNION ALL SELECT * FROM plain.lab WHERE false;
	CREATE SCHEMA parts;
	CREATE TABLE parts.person (LIKE plain.person) PARTITION BY LIST (ward);
	CREATE TABLE parts.person_0 PARTITION OF parts.person FOR VALUES IN ('w0');
	CREATE TABLE parts.person_rest PARTITION OF parts.person DEFAULT;
	-- a partition whose columns stand in another order
	CREATE TABLE parts.lab (LIKE plain.lab) PARTITION BY RANGE (taken);
	CREATE TABLE parts.lab_old (taken timestamp NOT NULL, dropped int, value numeric, item text, id_no text, no int NOT NULL);
	ALTER TABLE parts.lab_old DROP dropped;
	ALTER TABLE parts.lab ATTACH PARTITION parts.lab_old FOR VALUES FROM (MINVALUE) TO ('2020-02-01');
	CREATE TABLE parts.lab_new PARTITION OF parts.lab FOR VALUES FROM ('2020-02-01') TO (MAXVALUE) PARTITION BY HASH (no);
	CREATE TABLE parts.lab_new_0 PARTITION OF parts.lab_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE parts.lab_new_1 PARTITION OF parts.lab_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO parts.person SELECT * FROM plain.person;
	INSERT INTO parts.lab SELECT * FROM plain.lab;
	CREATE SCHEMA heirs;
	CREATE TABLE heirs.person (LIKE plain.person);
	CREATE TABLE heirs.person_more (extra int) INHERITS (heirs.person);
	CREATE TABLE heirs.lab (LIKE plain.lab);
	INSERT INTO heirs.person SELECT * FROM plain.person WHERE ward = 'w0';
	INSERT INTO heirs.person_more SELECT *, 1 FROM plain.person WHERE ward <> 'w0';
	INSERT INTO heirs.lab SELECT * FROM plain.lab;
	CREATE SCHEMA kept;
	CREATE MATERIALIZED VIEW kept.person AS SELECT * FROM plain.person;
	CREATE MATERIALIZED VIEW kept.lab AS SELECT * FROM plain.lab;
	CREATE INDEX ON kept.person (fhir_index_id('person', id_no));
});

my @shards;
my @schemas = qw(plain views barrier grouped parts heirs kept);
if (-e "$sharedir/extension/postgres_fdw.control")
{
	my ($host, $port) = ($node->host, $node->port);
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
		CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (password_required 'false');
		CREATE SCHEMA afar;
		IMPORT FOREIGN SCHEMA plain FROM SERVER other INTO afar;
		CREATE SCHEMA halves;
		CREATE TABLE halves.person (LIKE plain.person) PARTITION BY LIST (ward);
		CREATE TABLE halves.person_0 PARTITION OF halves.person FOR VALUES IN ('w0');
		INSERT INTO halves.person_0 SELECT * FROM plain.person WHERE ward = 'w0';
		CREATE VIEW plain.rest AS SELECT * FROM plain.person WHERE ward <> 'w0';
		CREATE FOREIGN TABLE halves.person_rest PARTITION OF halves.person FOR VALUES IN ('w1', 'w2') SERVER other OPTIONS (schema_name 'plain', table_name 'rest');
		CREATE VIEW halves.lab AS SELECT * FROM afar.lab;
	});
	# rows by the hash of a key on two servers, as distributed tables have them
	$node->safe_psql('postgres', q{
		CREATE SCHEMA shards;
		CREATE TABLE shards.person (LIKE plain.person) PARTITION BY HASH (id_no);
		CREATE TABLE shards.lab (LIKE plain.lab) PARTITION BY HASH (id_no);
	});
	foreach my $n (0, 1)
	{
		my $shard = PostgreSQL::Test::Cluster->new("shard$n");
		my ($host, $port) = ($shard->host, $shard->port);
		$shard->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
		$shard->start;
		$shard->safe_psql('postgres', q{
			CREATE TABLE person (id_no text NOT NULL, name text, sex text, birth date, seen timestamptz, ward char(3));
			CREATE TABLE lab (no int NOT NULL, id_no text, item text, value numeric, taken timestamp NOT NULL);
		});
		$node->safe_psql('postgres', qq{
			CREATE SERVER shard$n FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
			CREATE USER MAPPING FOR PUBLIC SERVER shard$n OPTIONS (password_required 'false');
			CREATE FOREIGN TABLE shards.person_$n PARTITION OF shards.person FOR VALUES WITH (MODULUS 2, REMAINDER $n) SERVER shard$n OPTIONS (schema_name 'public', table_name 'person');
			CREATE FOREIGN TABLE shards.lab_$n PARTITION OF shards.lab FOR VALUES WITH (MODULUS 2, REMAINDER $n) SERVER shard$n OPTIONS (schema_name 'public', table_name 'lab');
		});
		push @shards, $shard;
	}
	$node->safe_psql('postgres', q{INSERT INTO shards.person SELECT * FROM plain.person; INSERT INTO shards.lab SELECT * FROM plain.lab});
	push @schemas, qw(afar halves shards);
}

my @queries = (
	(map { "Patient?$_" } '_count=1000', 'identifier=K5', 'name=a', 'name:contains=o', 'name:exact=Zo%C3%AB 3', 'name:missing=true', 'gender=male', 'gender:not=female', 'gender:missing=true',
		'birthdate=1955', 'birthdate=ge1956-03&_sort=-birthdate', 'birthdate=ne1960', '_lastUpdated=2020-01-08', '_sort=_lastUpdated,-name&_count=20', '_id=PERSON', '_sort=name&_count=7&_total=accurate',
		'_has:Observation:subject:code=i3', '_has:Observation:patient:value-quantity=gt15', 'identifier=K1,K2,K3&_revinclude=Observation:subject'),
	(map { "Observation?$_" } 'code=i1&_count=1000', 'date=2020-02-01', 'date=ge2020-01-31&code=urn:i|i2&_sort=date', 'value-quantity=gt10.2', 'value-quantity:missing=true', 'subject=Patient/PERSON',
		'patient=PERSON&code=i2&_sort=-date&_count=20&_total=none', 'subject:Patient.name=ann&_include=Observation:subject&_count=5', 'patient.birthdate=lt1960', 'subject.gender=male&_sort=-value-quantity,date',
		'subject=Patient/00000000-0000-8000-8000-000000000000', '_sort=date&_count=150'));

# All pages of all queries, each as one text.
$node->safe_psql('postgres', q{
	CREATE FUNCTION pages(type text, query text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE b json; next text := query; found text := ''; turns int := 0;
	BEGIN
		WHILE next IS NOT NULL AND turns < 60 LOOP
			b := fhir_search(type, next, NULL, 'strict');
			found := concat(found, b ->> 'total', (SELECT string_agg(e -> 'resource' ->> 'id', ' ' ORDER BY CASE WHEN e #>> '{search,mode}' = 'match' THEN n ELSE 1000 END, e -> 'resource' ->> 'id')
				FROM json_array_elements(b -> 'entry') WITH ORDINALITY x (e, n)), '|');
			next := (SELECT split_part(l ->> 'url', '?', 2) FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next');
			turns := turns + 1;
		END LOOP;
		RETURN found;
	END $$;
});
my $person = $node->safe_psql('postgres', q{SELECT fhir_id('person', 'K30')});

sub answers
{
	my ($schema) = @_;
	$node->safe_psql('postgres', qq{
		SELECT fhir_map('$schema.person', '{"resourceType": "Patient", "id": "{fhir_id(''person'', id_no)}", "meta": {"lastUpdated": "{seen}"}, "identifier": [{"system": "urn:x", "value": "{id_no}"}],
			"name": [{"text": "{name}"}], "gender": "{fhir_code(''rel_sex'', sex)}", "birthDate": "{birth}"}', on_invalid => 'omit');
		SELECT fhir_map('$schema.lab', '{"resourceType": "Observation", "id": "{fhir_id(''lab'', no)}", "status": "final", "code": {"coding": [{"system": "urn:i", "code": "{item}"}]},
			"subject": {"reference": "Patient/{fhir_id(''person'', id_no)}"}, "effectiveDateTime": "{taken}", "valueQuantity": {"value": "{value}"}}', timezone => 'Asia/Taipei', on_invalid => 'omit');
		SELECT fhir_publish('$schema.person'), fhir_publish('$schema.lab');
	});
	my @sql;
	foreach my $query (@queries)
	{
		my ($type, $text) = split(/\?/, $query, 2);
		$text =~ s/PERSON/$person/;
		$text =~ s/ /%20/g;
		push @sql, "SELECT pages('$type', '$text')";
	}
	my @found = split(/\n/, $node->safe_psql('postgres', join(";\n", @sql) . ";\nSELECT fhir_read('Patient', '$person')::text"));
	$node->safe_psql('postgres', "SELECT fhir_unpublish('$schema.person'), fhir_unpublish('$schema.lab')");
	return @found;
}

my @expected;
foreach my $schema (@schemas)
{
	my @found = answers($schema);
	if ($schema eq 'plain')
	{
		@expected = @found;
		is(join(', ', map { $queries[$_] // 'fhir_read' } grep { $expected[$_] !~ /[0-9a-f-]{36}/ } 0 .. $#expected), 'Observation?subject=Patient/00000000-0000-8000-8000-000000000000',
			'plain tables: something is found but for a reference to nobody');
		next;
	}
	my @different = grep { $found[$_] ne $expected[$_] } 0 .. $#expected;
	is(join(', ', map { $queries[$_] // 'fhir_read' } @different), '', "$schema: the same answers");
}

SKIP:
{
	skip 'there is no postgres_fdw', 5 if !grep { $_ eq 'afar' } @schemas;
	$node->safe_psql('postgres', q{SELECT fhir_publish('afar.person'), fhir_publish('afar.lab'); ANALYZE});
	my $statement = $node->safe_psql('postgres', qq{SELECT statement FROM fhir_search_sql('Observation', 'subject=Patient/$person&code=i1&date=ge2020-02')});
	my $plan = $node->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS off) $statement");
	like($plan, qr/Remote SQL: .*WHERE.*id_no = /, 'the key is compared by the other server');
	like($plan, qr/Remote SQL: .*WHERE(?=.*taken >= ).*item = /, 'so are the code and the date');

	$node->safe_psql('postgres', q{SELECT fhir_unpublish('afar.person'), fhir_unpublish('afar.lab'), fhir_publish('shards.person'), fhir_publish('shards.lab')});
	foreach my $shard (@shards)
	{
		cmp_ok($shard->safe_psql('postgres', 'SELECT count(*) FROM lab'), '>', 50, $shard->name . ' has its share of the rows');
	}
	$statement = $node->safe_psql('postgres', qq{SELECT statement FROM fhir_search_sql('Observation', 'subject=Patient/$person&code=i1')});
	my @asked = $node->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS off) $statement") =~ /Remote SQL: .*WHERE.*id_no = /g;
	is(scalar(@asked), 1, 'the shard that has the key is asked alone');
}

done_testing();

# Mappings beside what newer servers can do; each part is skipped below its server.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
my $major = $node->safe_psql('postgres', q{SELECT current_setting('server_version_num')::int / 10000});

# Two mappings of the same table: "plain", and "deep" with sub-selects; their names are what a row shows.
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE TABLE t (id int PRIMARY KEY, name text);
	CREATE TABLE child (parent int, note text);
	INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 4) i;
	INSERT INTO child SELECT i % 4, 'note ' || i FROM generate_series(1, 8) i;
	SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"}]}', 'plain');
	SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"},
		{"$each":"(SELECT note FROM child WHERE parent = id ORDER BY note) AS d","text":"{d}"}]}', 'deep');
});

# A statement gives the same rows with inlining as without; %s is the mapping.  Gives them for "plain", in a fixed order.
sub same
{
	my ($statement, $told, $prefix) = @_;
	my %got;
	for my $mapping ('plain', 'deep')
	{
		for my $inline ('on', 'off')
		{
			(my $sql = $statement) =~ s/%s/'public.$mapping'/g;
			my $rows = $node->safe_psql('postgres', "BEGIN; SET LOCAL fhir_bridge.inline = $inline; $sql; ROLLBACK");
			$got{"$mapping $inline"} = join("\n", sort split(/\n/, $rows, -1));
		}
		is($got{"$mapping on"}, $got{"$mapping off"}, "$told: $mapping");
	}
	(my $plain = $got{'plain on'}) =~ s/\{"resourceType":"Patient","id":"(\d+)","name":\[\{"text":"([^"]*)"\}\]\}/$1 $2/g;
	return $plain;
}

SKIP:
{
	skip 'MERGE returns rows since 17', 4 if $major < 17;
	my $merge = q{MERGE INTO t USING (VALUES (1, 'one'), (9, 'nine')) v (i, n) ON v.i = t.id
		WHEN MATCHED THEN UPDATE SET name = v.n WHEN NOT MATCHED THEN INSERT VALUES (i, n)
		WHEN NOT MATCHED BY SOURCE AND t.id = 4 THEN DELETE};
	is(same("$merge RETURNING merge_action(), fhir_json_from_row(t, %s)", 'MERGE'),
		"DELETE|4 name 4\nINSERT|9 nine\nUPDATE|1 one", 'MERGE returns what it has written');
	is(same("WITH m AS ($merge RETURNING t.*) SELECT fhir_json_from_row(m, %s) FROM m", 'MERGE in WITH'),
		"1 one\n4 name 4\n9 nine", 'and so it does in WITH');
}

SKIP:
{
	skip 'input is tried since 16', 1 if $major < 16;
	my (undef, undef, $stderr) = $node->psql('postgres',
		q{SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"{pg_input_is_valid(name, ''int4'')}"}}', 'input')});
	like($stderr, qr/a mapping cannot call pg_catalog.pg_input_is_valid/, 'a function that reads a type which it is told as text is refused');
}

SKIP:
{
	skip 'JSON_TABLE came with 17', 9 if $major < 17;
	$node->safe_psql('postgres', q{
		CREATE TABLE j (id int, d jsonb);
		INSERT INTO j VALUES (1, '{"n": "x", "a": [{"p": 1}, {"p": 2}]}'), (2, '{}');
		SELECT fhir_map('j', '{"resourceType":"Basic","id":"{id}","code":{"text":"{json_value(d, ''$.n'' DEFAULT ''none'' ON EMPTY)}"},"extension":[
			{"$each":"(SELECT p FROM json_table(d, ''$.a[*]'' COLUMNS (p int PATH ''$.p''))) AS e","url":"u","valueInteger":"{e.p}"}]}');
	});
	for my $inline ('on', 'off')
	{
		is( $node->safe_psql('postgres', "SET fhir_bridge.inline = $inline; SELECT fhir_json_from_row(j) FROM j ORDER BY id"),
			qq[{"resourceType":"Basic","id":"1","code":{"text":"x"},"extension":[{"url":"u","valueInteger":1},{"url":"u","valueInteger":2}]}\n]
			  . '{"resourceType":"Basic","id":"2","code":{"text":"none"}}',
			"SQL/JSON, inline $inline");
	}
	for my $what ("DEFAULT random()::text ON EMPTY", "PASSING random() AS r")
	{
		my ($code, undef, $stderr) = $node->psql('postgres',
			qq[SELECT fhir_map('j', '{"resourceType":"Basic","id":"{id}","code":{"text":"{json_value(d, ''\$.n'' $what)}"}}')]);
		like($stderr, qr/placeholder cannot call a volatile function/, "a volatile function in SQL/JSON is refused: $what");
	}
	my $times = '? (@.timestamp_tz() < $.u.timestamp())';
	for my $what ("json_exists(d, '\$.t $times')", "json_value(d, '\$.t $times')", 'json_value(d, (d->>0)::jsonpath)',
		"(SELECT p FROM json_table(d, '\$.a[*] $times' COLUMNS (p int PATH '\$.p')))",
		"(SELECT p FROM json_table(d, '\$' COLUMNS (NESTED PATH '\$.a[*] $times' COLUMNS (p int PATH '\$.p'))))")
	{
		my ($code, undef, $stderr) = $node->psql('postgres',
			qq[SELECT fhir_map('j', json_build_object('resourceType','Basic','id','{id}','code',json_build_object('text',\$t\${$what}\$t\$)))]);
		like($stderr, qr/cannot hold a JSON path over times here/, "a path that compares in the session's zone is refused: $what");
	}
}

SKIP:
{
	skip 'RETURNING old and new came with 18', 14 if $major < 18;
	my $both = 'fhir_json_from_row(old, %s), fhir_json_from_row(new, %s)';
	is(same("UPDATE t SET name = 'other' WHERE id < 3 RETURNING $both", 'UPDATE'),
		"1 name 1|1 other\n2 name 2|2 other", 'UPDATE returns the old row and the new');
	is(same("DELETE FROM t WHERE id = 1 RETURNING $both", 'DELETE'), '1 name 1|', 'DELETE has no new row');
	is(same("INSERT INTO t VALUES (1, 'again'), (9, 'nine') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING $both", 'INSERT'),
		"1 name 1|1 again\n|9 nine", 'INSERT has an old row where there was one');
	is( same("UPDATE t SET name = 'other' WHERE id = 1 RETURNING WITH (OLD AS before, NEW AS after)
			fhir_json_from_row(before, %s), fhir_json_from_row(after, %s), fhir_json_from_row(t, %s)", 'other names'),
		'1 name 1|1 other|1 other', 'old and new may have other names');
	my $explained = $node->safe_psql('postgres',
		q{EXPLAIN (VERBOSE, COSTS OFF) UPDATE t SET name = 'x' RETURNING fhir_json_from_row(old, 'plain'), fhir_json_from_row(t, 'plain')});
	like($explained, qr/fhir_json_from_row\(old/, 'a call with old stays as it is');
	like($explained, qr/fhir_bridge_write_json\(/, 'one with the table is inlined');
}

SKIP:
{
	skip 'virtual columns came with 18', 12 if $major < 18;
	$node->safe_psql('postgres', q{
		ALTER TABLE t RENAME name TO stored;
		ALTER TABLE t ADD name text GENERATED ALWAYS AS (upper(stored)) VIRTUAL;
		ALTER TABLE child RENAME note TO stored;
		ALTER TABLE child ADD note text GENERATED ALWAYS AS (upper(stored)) VIRTUAL;
	});
	$node->safe_psql('postgres', q{
		SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"}]}', 'plain');
		SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{lower(name)}"},
			{"$each":"(SELECT note FROM child WHERE parent = id ORDER BY note) AS d","text":"{d}"}]}', 'deep');
	});
	is(same('SELECT fhir_json_from_row(t, %s) FROM t WHERE id < 3 ORDER BY id', 'virtual columns'), "1 NAME 1\n2 NAME 2", 'a virtual column is computed');
	is(same('SELECT fhir_json_from_row(t, %s) FROM generate_series(4, 5) n LEFT JOIN t ON t.id = n ORDER BY n', 'of an outer join'),
		"\n4 NAME 4", 'and not where there is no row');
	is(same("UPDATE t SET stored = 'other' WHERE id = 1 RETURNING fhir_json_from_row(old, %s), fhir_json_from_row(t, %s)", 'returned'),
		'1 NAME 1|1 OTHER', 'and where rows are returned');
	is(same("SELECT fhir_ndjson(%s, after => '3')", 'exported'), '4 NAME 4', 'and where they are exported');
}

# Since 18 the columns of the grouping step have an entry of their own among a query's, and a table may no longer be joined with itself.
$node->safe_psql('postgres', q{
	CREATE ROLE owner; CREATE ROLE reader;
	CREATE TABLE grouped (id int PRIMARY KEY, name text);
	CREATE TABLE grouped_child (parent int, note text);
	INSERT INTO grouped VALUES (1, 'one');
	INSERT INTO grouped_child VALUES (1, 'a'), (1, 'a'), (1, 'b');
	ALTER TABLE grouped OWNER TO owner; ALTER TABLE grouped_child OWNER TO owner;
	GRANT SELECT ON grouped, grouped_child TO reader;
	ALTER TABLE grouped ENABLE ROW LEVEL SECURITY;
	CREATE POLICY p ON grouped USING (true);
	GRANT EXECUTE ON FUNCTION fhir_id(text, VARIADIC "any") TO owner;
	SET ROLE owner;
	SELECT fhir_map('grouped', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id)}","name":[{"text":
		"{(SELECT concat(to_jsonb(c)->>''note'', count(*)) FROM grouped_child c WHERE c.parent = this.id GROUP BY c ORDER BY 1 LIMIT 1)}"}]}');
});
for my $row ('FROM grouped t GROUP BY t.*', 'FROM grouped t GROUP BY t.id', 'FROM grouped t JOIN grouped u ON u.id = t.id', 'FROM grouped t GROUP BY ROLLUP (t.*) HAVING t IS NOT NULL')
{
	for my $inline ('on', 'off')
	{
		is($node->safe_psql('postgres', "SET ROLE reader; SET fhir_bridge.inline = $inline; SELECT fhir_json_from_row(t)->>'name' $row"),
			'[{"text":"a2"}]', "grouped rows, inline $inline: $row");
	}
}

SKIP:
{
	skip 'keys by periods came with 18', 2 if $major < 18;
	$node->safe_psql('postgres', q{
		CREATE EXTENSION btree_gist;
		CREATE TABLE patient (no int, during daterange, sex text, birth_date date, PRIMARY KEY (no, during WITHOUT OVERLAPS));
		CREATE TABLE visit (id int PRIMARY KEY, no int, during daterange, at timestamptz, FOREIGN KEY (no, PERIOD during) REFERENCES patient (no, PERIOD during));
	});
	my $draft = q{SELECT fhir_map_draft('visit', 'Encounter')};
	unlike($node->safe_psql('postgres', $draft), qr{Patient/}, 'a draft makes no reference of a key by periods');
	$node->safe_psql('postgres', q{
		ALTER TABLE visit DROP CONSTRAINT visit_no_during_fkey;
		ALTER TABLE patient DROP CONSTRAINT patient_pkey, ADD PRIMARY KEY (no);
		ALTER TABLE visit ADD FOREIGN KEY (no) REFERENCES patient (no);
	});
	like($node->safe_psql('postgres', $draft), qr{Patient/}, 'as it does of one by values');
}

$node->stop;
done_testing();

# What a search leaves behind: texts in pg_stat_statements, messages in the log.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
my $statements = -e "$sharedir/extension/pg_stat_statements.control";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
# a statement's own text is its client's; what is looked for is what we say of it
$node->append_conf('postgresql.conf', "log_min_messages = debug1\nlog_statement = none\nlog_min_error_statement = panic\nlog_error_verbosity = verbose\n"
	  . ($statements ? "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\n" : ''));
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	SELECT fhir_code_map('log_sex', '{"M": "male", "F": "female"}', unmapped => 'default:unknown');
	CREATE TABLE patient (id_no text PRIMARY KEY, name text, sex text, birth date, code text);
	INSERT INTO patient SELECT 'K' || i, 'Name ' || i, (ARRAY['M', 'F', 'X'])[1 + i % 3], '1950-01-01'::date + i * 30, 'c' || i % 4 FROM generate_series(1, 300) i;
	INSERT INTO patient VALUES ('Zyxw', 'Zyxw', 'Zyxw', NULL, 'Zyxw');
	CREATE TABLE lab (no int PRIMARY KEY, id_no text, item text, value numeric, taken timestamptz, note text);
	INSERT INTO lab SELECT i, 'K' || 1 + i % 300, 'i' || i % 5, i % 17, '2020-01-01Z'::timestamptz + i * interval '1 hour', i FROM generate_series(1, 600) i;
	CREATE INDEX ON patient (fhir_index_id('patient', id_no));
	SELECT fhir_map('patient', '{"resourceType": "Patient", "id": "{fhir_id(''patient'', id_no)}", "identifier": [{"system": "urn:x", "value": "{id_no}"}],
		"name": [{"text": "{name}"}], "gender": "{fhir_code(''log_sex'', sex)}", "birthDate": "{birth}"}');
	SELECT fhir_map('lab', '{"resourceType": "Observation", "id": "{fhir_id(''lab'', no)}", "status": "final", "code": {"coding": [{"system": "urn:i", "code": "{item}"}]},
		"subject": {"reference": "Patient/{fhir_id(''patient'', id_no)}"}, "effectiveDateTime": "{taken}", "valueQuantity": {"value": "{value}"}, "valueInteger": "{CASE WHEN no < 0 THEN note::int END}"}');
	SELECT fhir_publish('patient'), fhir_publish('lab');
	CREATE ROLE stranger;
	GRANT SELECT (id_no) ON patient TO stranger;
});

# Searches of each form, whose values follow from a number.  Lists are of one, or of several.
sub searches
{
	my ($n) = @_;
	my $list = join(',', map { "v$_-$n" } 1 .. 2 + $n % 3);
	my $day = sprintf('%04d-%02d-%02d', 1990 + $n % 30, 1 + $n % 12, 1 + $n % 28);
	my @patients = ("identifier=K$n", "identifier=$list", "identifier=urn:x|K$n", "identifier:not=K$n", "name=Name $n", "name:exact=Name $n", "name:contains=e $n", "name=$list",
		"birthdate=$day", "birthdate=ge$day&birthdate=lt2030", "birthdate=" . substr($day, 0, 7), "gender=male", "gender:not=female", 'gender=male,female', "_sort=birthdate&_count=" . (1 + $n % 9),
		"_sort=-name&_count=3&name=N", "_has:Observation:subject:code=i$n", "_has:Observation:patient:date=ap$day", "birthdate:missing=true", "_id=$n", "_total=accurate&_count=0");
	my @labs = ("code=i$n", "code=urn:i|i$n", "code=$list", "value-quantity=gt$n", "value-quantity=${n}.5||mg", "date=$day", "date=sa${day}T10:00:00Z", "subject.identifier=K$n",
		"patient.name=Name $n&code=i1", "patient=$n", "subject=Patient/00000000-0000-8000-8000-" . sprintf('%012d', $n), "code-value-quantity=i1\$le$n", "_include=Observation:subject&_count=2&code=i$n",
		"_sort=-date&_count=5", "code:missing=false&_count=1");
	return ((map { [ 'Patient', $_ ] } @patients), (map { [ 'Observation', $_ ] } @labs));
}

# Runs the searches of some numbers, with their second pages.
sub run_searches
{
	my @sql;
	foreach my $n (@_)
	{
		foreach my $search (searches($n))
		{
			my ($type, $query) = map { my $text = $_; $text =~ s/ /%20/g; "\$q\$$text\$q\$" } @$search;
			push @sql, "SELECT fhir_search('Patient', '', NULL, 'lenient') IS NOT NULL" if !@sql;
			push @sql, "SELECT count(fhir_search($type, split_part(l ->> 'url', '?', 2))) FROM json_array_elements(fhir_search($type, $query) -> 'link') l WHERE l ->> 'relation' = 'next'";
			push @sql, "SELECT fhir_search($type, $query, 'http://x', 'lenient') IS NOT NULL";
		}
		push @sql, "SELECT count(fhir_read('Patient', fhir_id('patient', 'K$n')::text)) AS reads";
	}
	$node->safe_psql('postgres', join(";\n", @sql));
}

SKIP:
{
	skip 'there is no pg_stat_statements', 3 if !$statements;
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()');
	# all forms of what may differ in values: their sums over the first numbers are all texts that there are
	run_searches(1 .. 24);
	my $texts = q{SELECT count(DISTINCT query) FROM pg_stat_statements WHERE NOT toplevel};
	my $entries = q{SELECT count(*) FROM pg_stat_statements WHERE NOT toplevel};
	my ($first, $first_entries) = map { $node->safe_psql('postgres', $_) } $texts, $entries;
	run_searches(25 .. 72);
	my ($later, $later_entries) = map { $node->safe_psql('postgres', $_) } $texts, $entries;
	cmp_ok($first, '>', 3, "pg_stat_statements sees the statements of searches: $first texts, $first_entries entries");
	is("$later texts, $later_entries entries", "$first texts, $first_entries entries", 'values of other searches make no new texts');
	is($node->safe_psql('postgres', q{SELECT query FROM pg_stat_statements WHERE NOT toplevel AND query ~ '(K|Name |\yi|v)\d|(19|20)\d\d-|00000000' LIMIT 2}), '', 'no value stands in them');
}

# Each error: its SQLSTATE, the code of its issue, and no value in the log.
my @errors = (
	[ 'ZF400', 'value', "fhir_search('Patient', 'birthdate=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', 'birthdate:missing=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', 'identifier=Zyxw%7CZyxw%7CZyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Observation', 'value-quantity=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Observation', 'value-quantity=1%7CZyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Observation', 'code-value-quantity=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', '_count=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', '_total=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', '_summary=Zyxw')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', '_include:Zyxw=Patient:link')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', 'name=Zyxw,')" ],
	[ 'ZF400', 'value', "fhir_search('Patient', 'name=Zyxw', NULL, 'Zyxw')" ],
	[ 'ZF400', 'invalid', "fhir_search('Patient', 'name=%Zyxw')" ],
	[ 'ZF400', 'invalid', "fhir_search('Patient', '_page=Zyxw&name=Zyxw')" ],
	[ 'ZF400', 'invalid', "fhir_search('Patient', '_has:Zyxw=Zyxw')" ],
	[ 'ZF400', 'invalid', "fhir_search('Patient', 'name.family=Zyxw')" ],
	[ 'ZF400', 'not-supported', "fhir_search('Patient', 'name:below=Zyxw')" ],
	[ 'ZF400', 'not-supported', "fhir_search('Patient', 'unknown=Zyxw', NULL, 'strict')" ],
	[ 'ZF400', 'not-supported', "fhir_search('Patient', 'phone=Zyxw', NULL, 'strict')" ],
	[ 'ZF400', 'not-supported', "fhir_search('Patient', 'name=', NULL, 'strict')" ],
	[ 'ZF400', 'too-costly', "fhir_search('Patient', 'name=Zyxw' || repeat(',Zyxw', 1000))" ],
	[ 'ZF400', 'too-costly', "fhir_search('Patient', repeat('name=Zyxw&', 101))" ],
	[ 'ZF404', 'not-supported', "fhir_search('Group', 'identifier=Zyxw')" ],
	[ 'ZF404', 'not-supported', "fhir_read('Group', 'Zyxw')" ],
	[ 'ZF403', 'forbidden', "fhir_search('Patient', 'name=Zyxw')", 'stranger' ],
	[ 'ZF403', 'forbidden', "fhir_read('Patient', (SELECT id FROM made))", 'stranger' ],
	[ 'ZF500', 'processing', "fhir_read('Observation', (SELECT faulty FROM made))" ],
);
$node->safe_psql('postgres', q{
	INSERT INTO lab VALUES (-1, 'K1', 'i1', NULL, NULL, 'Zyxw');
	CREATE TABLE made AS SELECT fhir_id('patient', 'Zyxw')::text AS id, fhir_id('lab', -1)::text AS faulty;
	GRANT SELECT ON made TO stranger;
});
foreach my $case (@errors)
{
	my ($state, $code, $call, $role) = @$case;
	my $from = -s $node->logfile;
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', ($role ? "SET ROLE $role;" : '') . "\\set VERBOSITY verbose\nSELECT $call;", stdout => \$stdout, stderr => \$stderr);
	my ($seen) = $stderr =~ /ERROR:  (\w{5}): /;
	my ($issue) = $stderr =~ /^DETAIL:  .*"issue":\[\{"severity":"error","code":"([a-z-]+)"/m;
	my $log = slurp_file($node->logfile, $from);
	is(join(' ', $seen // 'none', $issue // 'none', $log =~ /Zyxw/ && $call !~ /_has:Zyxw|_include:Zyxw/ ? 'a value in the log' : 'clean', $log =~ /relation|column/ ? 'a table' : ''),
		"$state $code clean ", $call);
}

# A database of another encoding: what it lacks is refused, what it has is found.
$node->safe_psql('postgres', "CREATE DATABASE western TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
$node->safe_psql('western', q{
	CREATE EXTENSION fhir_bridge;
	CREATE TABLE patient (no int, name text);
	INSERT INTO patient VALUES (1, U&'\00C4nne'), (2, 'Anna');
	SELECT fhir_map('patient', '{"resourceType": "Patient", "id": "{fhir_id(''p'', no)}", "name": [{"text": "{name}"}]}');
	SELECT fhir_publish('patient');
});
my $western = -s $node->logfile;
is($node->safe_psql('western', q{SELECT q, fhir_search('Patient', q) ->> 'total', fhir_search('Patient', q) -> 'link' -> 0 ->> 'url' FROM unnest('{name=%C3%84nn,name:exact=%C3%84nne,name=ann,name:exact=anna}'::text[]) q}),
	"name=%C3%84nn|1|Patient?name=%C3%84nn\nname:exact=%C3%84nne|1|Patient?name:exact=%C3%84nne\nname=ann|1|Patient?name=ann\nname:exact=anna|0|Patient?name:exact=anna", 'a database in LATIN1 is searched, accents as they are');
my ($lacking, $refused) = ('', '');
$node->psql('western', "\\set VERBOSITY verbose\nSELECT fhir_search('Patient', 'name=%E7%8E%8B')", stdout => \$lacking, stderr => \$refused);
like($refused, qr/ERROR:  ZF400: the query has a character that the database's encoding lacks/, 'a character that its encoding lacks is refused');
unlike(slurp_file($node->logfile, $western), qr/e7/i, 'and not shown in the log');

# What is found, and the rows that are left out, leave nothing there, either.
my $from = -s $node->logfile;
is($node->safe_psql('postgres', q{SELECT fhir_search('Observation', 'code=i1&_sort=-date') ->> 'total', fhir_search('Patient', 'name=zyxw') ->> 'total',
	fhir_search('Patient', 'foo=Zyxw') ->> 'total'}), '121|1|301', 'a search with a faulty row, which its total counts, one for a name, a lenient one');
unlike(slurp_file($node->logfile, $from), qr/zyxw/i, 'leave no value in the log');

done_testing();

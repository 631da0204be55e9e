# Drafts in databases of other encodings: the dictionary is UTF-8, names are not.
use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Queries below are UTF-8; every database converts them to its own encoding.
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;

# Runs a query whose text is UTF-8.
sub query
{
	my ($database, $sql) = @_;
	utf8::encode($sql);
	return $node->safe_psql($database, $sql);
}

my %places;
for my $encoding ('UTF8', 'EUC_TW', 'SQL_ASCII')
{
	my $database = lc "in_$encoding";
	query('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	query($database, q{
		CREATE EXTENSION fhir_bridge;
		CREATE TABLE "病歷檔" ("病歷號" text PRIMARY KEY, "姓名" text, "性別" char(1), "生日" char(7), "血型" text);
		INSERT INTO "病歷檔" VALUES ('1', '王小明', 'M', '0790101', 'O');
		SELECT fhir_map('"病歷檔"', fhir_map_draft('"病歷檔"'))});
	$places{$encoding} = query($database, q{SELECT column_name, path, reason FROM fhir_map_draft_columns('"病歷檔"')});
	my $expected = '王小明|male|1990-01-01|https://hospital.example/fhir/病歷號';
	utf8::encode($expected);
	is(query($database, q{SELECT r #>> '{name,0,text}', r ->> 'gender', r ->> 'birthDate', r #>> '{identifier,0,system}'
		FROM "病歷檔" p, LATERAL fhir_from_row(p) r}), $expected, "$encoding: the row is mapped");
}
like($places{UTF8}, qr/\|Patient\.birthDate\|date of birth: "/, 'Chinese names are read');
is($places{$_}, $places{UTF8}, "$_: read as in UTF-8") for ('EUC_TW', 'SQL_ASCII');

# Words that the database cannot hold are not written.
query('postgres', "CREATE DATABASE in_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
query('in_latin1', q{
	CREATE EXTENSION fhir_bridge;
	CREATE TABLE patient (chart_no text PRIMARY KEY, sex text, "größe" numeric);
	INSERT INTO patient VALUES ('1', 'F', 170);
	SELECT fhir_map('patient', fhir_map_draft('patient'))});
is(query('in_latin1', q{SELECT fhir_from_row(v) ->> 'gender' FROM patient v}), 'female', 'LATIN1: the row is mapped');

$node->stop;
done_testing();

# One row, one mapping, one resource: the same bytes under other settings and roles.
use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $repo = dirname(dirname(dirname(__FILE__)));
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;

# Sessions: what a role, a database, a driver or a reporting tool may have set.
my $locale = $node->safe_psql('postgres', q{SELECT collname FROM pg_collation WHERE collname ~ '^(de|fr|zh|en)_.*utf-?8$' ORDER BY 1 LIMIT 1});
my @sessions = (
	[ 'as it is', 'postgres' ],
	[ 'Taipei', 'postgres', "SET TimeZone = 'Asia/Taipei'" ],
	[ 'New York', 'postgres', "SET TimeZone = 'America/New_York'" ],
	[ 'offset', 'postgres', "SET TimeZone = '+05:30'" ],
	[ 'German', 'postgres', "SET DateStyle = 'German, DMY'; SET IntervalStyle = 'sql_standard'" ],
	[ 'SQL', 'postgres', "SET DateStyle = 'SQL, MDY'; SET IntervalStyle = 'iso_8601'" ],
	[ 'old strings', 'postgres', 'SET standard_conforming_strings = off; SET backslash_quote = on; SET escape_string_warning = off' ],
	[ 'nulls', 'postgres', 'SET transform_null_equals = on; SET array_nulls = off' ],
	[ 'digits', 'postgres', "SET extra_float_digits = -10; SET bytea_output = 'escape'; SET quote_all_identifiers = on" ],
	[ 'xml', 'postgres', "SET xmlbinary = 'hex'; SET xmloption = 'document'; SET default_text_search_config = 'english'" ],
	[ 'zones', 'postgres', "SET timezone_abbreviations = 'Australia'; SET search_path = ''" ],
	[ 'language', 'postgres', "SET lc_time = '$locale'; SET lc_numeric = '$locale'; SET lc_monetary = '$locale'" ],
	[ 'reader', 'reader', "SET TimeZone = 'Pacific/Auckland'; SET DateStyle = 'Postgres, DMY'" ],
	[ 'another reader', 'other_reader', "SET search_path = pg_catalog; SET TimeZone = 'America/Sao_Paulo'" ],
	[ 'rows secured', 'reader', 'SET row_security = off' ],
);
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; CREATE ROLE other_reader LOGIN');

# The answer of a query in one session.
sub answer
{
	my ($database, $session, $sql) = @_;
	my (undef, $role, $settings) = @$session;
	my ($stdout, $stderr) = ('', '');
	my $rc = $node->psql($database, ($settings ? "$settings;" : '') . $sql,
		stdout => \$stdout, stderr => \$stderr, extra_params => [ '-U', $role ]);
	return $rc == 0 ? $stdout : "failed: $stderr";
}

# Every session gives what the first gives, inlined or not.
sub same_everywhere
{
	my ($database, $name, $sql) = @_;
	my $expected = answer($database, $sessions[0], "SET fhir_bridge.inline = on; $sql");
	my @other;
	for my $session (@sessions)
	{
		for my $inline ('on', 'off')
		{
			my $found = answer($database, $session, "SET fhir_bridge.inline = $inline; $sql");
			push @other, "$session->[0], inline $inline: $found" if $found ne $expected;
		}
	}
	is(join("\n", @other), '', "$name: the same in every session");
	return $expected;
}

# The mappings of a sample of the demonstration: the packs', and the hospital's.
for my $sample ([ 'test/packs/sample', 10 ], [ 'test/demo/hospital.sql', 7 ])
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'postgres',
		ID_SECRET => '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
	my ($path, $least) = @$sample;
	my $made = PostgreSQL::Test::Utils::tempdir;
	ok(run_log([ "$repo/test/demo/steps", "$made/out", "$repo/$path" ], '>', "$made/log", '2>&1'), "$path is loaded")
		or diag(slurp_file("$made/log"));
	$node->safe_psql('demo', q{
		SELECT format('GRANT USAGE ON SCHEMA %I TO reader, other_reader; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO reader, other_reader', nspname)
		FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') \gexec});
	# every mapping has rows enough with 300 of each table
	$node->safe_psql('demo', q{
		SET session_replication_role = replica;
		SELECT format('DELETE FROM %1$s WHERE ctid NOT IN (SELECT ctid FROM %1$s LIMIT 300)', oid::regclass)
		FROM pg_class WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('his', 'synthea')) \gexec});
	my @mappings = split /\n/, $node->safe_psql('demo', q{SELECT format('%s.%I', relnamespace::regnamespace, name) || ' ' || relation
		FROM fhir_mapping JOIN pg_class c ON c.oid = relation ORDER BY 1});
	cmp_ok(scalar(@mappings), '>=', $least, "$path has its mappings");
	my $all = join ' UNION ALL ', map {
		my ($name, $relation) = split / /, $_, 2;
		$name =~ s/'/''/g;
		qq{SELECT '$name', count(j) > 0, md5(string_agg(j::text || b::text, E'\\n' ORDER BY j::text COLLATE "C"))
			FROM (SELECT public.fhir_json_from_row(t, '$name'), public.fhir_from_row(t, '$name') FROM $relation t OFFSET 0) s (j, b)}
	} @mappings;
	my $rows = same_everywhere('demo', $path, $all);
	is(scalar(grep { /\|t\|[0-9a-f]{32}$/ } split /\n/, $rows), scalar(@mappings), "$path: every mapping has resources");
}

# Expressions that would follow the session, and what they give instead.
$node->safe_psql('postgres', q{
	CREATE EXTENSION fhir_bridge;
	CREATE SCHEMA s;
	GRANT USAGE ON SCHEMA s TO reader, other_reader;
	CREATE TYPE s.mood AS ENUM ('good', 'bad');
	CREATE TABLE s.t (id int PRIMARY KEY, at timestamptz, ts timestamp, d date, f float8, r real, b bytea, iv interval, tm time, x text, "user" text,
		j jsonb, m s.mood, a int[], dr daterange, p point, paid money, class regclass);
	INSERT INTO s.t VALUES (1, '2024-03-01 20:30+00', '2024-03-01 20:30', '2024-03-01', 0.1::float8 + 0.2, 0.1, '\xdeadbeef', '1 day 02:03', '08:30', '2024-03-01 20:30',
		'a column', '{"at": "2024-03-01T20:30:00+00:00", "d": "2024-03-01"}', 'good', '{1,NULL}', '[2024-03-01,2024-03-03)', '(0.3,1)', 1.5, 's.t');
	GRANT SELECT ON s.t TO reader, other_reader;
	CREATE FUNCTION s.resources(mapping text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		result text;
	BEGIN
		EXECUTE format('SELECT public.fhir_json_from_row(t, %1$L)::text || '' '' || public.fhir_from_row(t, %1$L)::text FROM s.t t', mapping) INTO result;
		RETURN result;
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLERRM;
	END $$;
});
my %given = (
	q{at::date} => '2024-03-02',
	q{at::text} => '2024-03-02 04:30:00+08',
	q{at::time} => '04:30:00',
	q{at::timestamp} => '2024-03-02T04:30:00+08:00',
	q{at::timestamp::text} => '2024-03-02 04:30:00',
	q{ts::timestamptz} => '2024-03-01T20:30:00+08:00',
	q{d::timestamptz} => '2024-03-01T00:00:00+08:00',
	q{ts::text} => '2024-03-01 20:30:00',
	q{d::text} => '2024-03-01',
	q{d || ''} => '2024-03-01',
	q{'at ' || at} => 'at 2024-03-02 04:30:00+08',
	q{f::text} => '0.30000000000000004',
	q{r::text} => '0.1',
	q{p::text} => '(0.3,1)',
	q{b::text} => '\xdeadbeef',
	q{iv::text} => '1 day 02:03:00',
	q{dr::text} => '[2024-03-01,2024-03-03)',
	q{a::text} => '{1,NULL}',
	q{('{1,null}'::text::int[])[2] IS NULL} => 'true',
	q{ARRAY[at]::text} => '{"2024-03-02 04:30:00+08"}',
	q{ROW(at, f)::text} => '("2024-03-02 04:30:00+08",0.30000000000000004)',
	q{x::date} => '2024-03-01',
	q{x::timestamp} => '2024-03-01T20:30:00+08:00',
	q{x::timestamptz} => '2024-03-01T20:30:00+08:00',
	q{('2024-03-01 20:30 EST' || '')::timestamptz} => '2024-03-02T09:30:00+08:00',
	q{concat(at, d, f)} => '2024-03-02 04:30:00+082024-03-010.30000000000000004',
	q{concat_ws('/', d, iv)} => '2024-03-01/1 day 02:03:00',
	q{format('%s %I %L', at, m, d)} => q{2024-03-02 04:30:00+08 good '2024-03-01'},
	q{array_to_string(ARRAY[d], ',')} => '2024-03-01',
	q{quote_literal(d)} => q{'2024-03-01'},
	q{quote_ident('a')} => 'a',
	q{to_char(at, 'YYYY-MM-DD HH24:MI TMMonth TZ')} => '2024-03-02 04:30 March CST',
	q{to_char(d, 'YYYYMMDD')} => '20240301',
	q{to_char(iv, 'HH24')} => '02',
	q{to_char(f * 10000, 'FM999G990D99')} => '3,000.',
	q{to_number('1234.5', '9999D9')} => '1234.5',
	q{to_date('01/03/2024', 'DD/MM/YYYY')} => '2024-03-01',
	q{to_timestamp(x, 'YYYY-MM-DD HH24:MI')} => '2024-03-01T20:30:00+08:00',
	q{date_trunc('day', at)} => '2024-03-02T00:00:00+08:00',
	q{date_trunc('month', d)} => '2024-03-01T00:00:00+08:00',
	q{extract(hour from at)} => '4',
	q{date_part('day', at)} => '2',
	q{at + interval '1 day'} => '2024-03-03T04:30:00+08:00',
	q{at < d} => 'false',
	q{ts < at} => 'true',
	q{(at, at) OVERLAPS (d::timestamptz, interval '1 day')} => 'false',
	q{make_timestamptz(2024, 3, 1, 20, 30, 0)} => '2024-03-01T20:30:00+08:00',
	q{age(at, at - interval '1 day')::text} => '1 day',
	q{d < '2024-04-03'} => 'true',
	q{regexp_replace('x\D', '\\\\D', 'y')} => 'xy',
	q{(x = NULL) IS NULL} => 'true',
	q{to_jsonb(at)} => '2024-03-02T04:30:00+08:00',
	q{jsonb_build_object('k', f) ->> 'k'} => '0.30000000000000004',
	q{json_build_array(at) ->> 0} => '2024-03-02T04:30:00+08:00',
	q{row_to_json(ROW(f)) ->> 'f1'} => '0.30000000000000004',
	q{jsonb_path_query_first_tz(j, '$.d.datetime() < "2024-03-02".datetime()')::text} => 'true',
	q{xmlelement(name e, x)::text} => '<e>2024-03-01 20:30</e>',
	q{xmlelement(name e, encode(b, 'hex'))::text} => '<e>deadbeef</e>',
	q{('<a/>'::text::xml)::text} => '<a/>',
	q{'<a/><b/>'::text::xml IS DOCUMENT} => 'false',
	q{textin(float8out(f))} => '0.30000000000000004',
	q{m::text} => 'good',
	q{'good'::text::s.mood} => 'good',
	q{current_date > d} => 'true',
	q{current_date = (now() AT TIME ZONE 'Asia/Taipei')::date} => 'true',
	q{localtimestamp = now() AT TIME ZONE 'Asia/Taipei'} => 'true',
	q{localtime(0) = (now() AT TIME ZONE 'Asia/Taipei')::time(0)} => 'true',
	q{current_timestamp = now()} => 'true',
	q{current_catalog} => 'postgres',
	q{this."user"} => 'a column',
	q{(at AT TIME ZONE 'EST')::text} => '2024-03-01 15:30:00',
	q{(at AT TIME ZONE lower('ASIA/TAIPEI'))::text} => '2024-03-02 04:30:00',
	q{(at AT TIME ZONE interval '2 hours')::text} => '2024-03-01 22:30:00',
	q{timezone('UTC', at)::text} => '2024-03-01 20:30:00',
	q{to_tsvector('simple', x)::text} => q{'-01':3 '-03':2 '20':4 '2024':1 '30':5},
	q{(SELECT string_agg(t.at::text, ',') FROM s.t t WHERE t.at::date = this.at::date)} => '2024-03-02 04:30:00+08',
	q{(SELECT jsonb_agg(to_jsonb(t.at)) FROM s.t t)->>0} => '2024-03-02T04:30:00+08:00',
	q{(SELECT jsonb_agg(t.at) FROM s.t t)->>0} => '2024-03-02T04:30:00+08:00',
	q{(SELECT json_agg(t.f) FROM s.t t)->>0} => '0.30000000000000004',
	q{(SELECT jsonb_object_agg('k', t.at ORDER BY t.id) FROM s.t t)->>'k'} => '2024-03-02T04:30:00+08:00',
	q{(SELECT jsonb_agg(o) FROM (SELECT t.at, t.d FROM s.t t) o)#>>'{0,at}'} => '2024-03-02T04:30:00+08:00',
	q{(SELECT jsonb_agg(t.at) OVER () FROM s.t t LIMIT 1)->>0} => '2024-03-02T04:30:00+08:00',
	q{(SELECT max(o.at)::date FROM s.t o GROUP BY o.at::date HAVING o.at::date > '2024-03-01')} => '2024-03-02',
	q{(SELECT y::date FROM jsonb_to_record(this.j) AS q(d text), unnest(ARRAY[q.d]) y)} => '2024-03-01',
);
my @expressions = sort keys %given;
my $number = 0;
for my $expression (@expressions)
{
	my $text = $expression;
	$text =~ s/([\\"])/\\$1/g;
	my ($stdout, $stderr) = ('', '');
	my $rc = $node->psql('postgres', qq{SELECT fhir_map('s.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"~{$text}"}}\$m\$, 'e$number', 'Asia/Taipei')},
		stdout => \$stdout, stderr => \$stderr);
	if ($rc != 0 && $stderr =~ /cannot become|around a single plain/)
	{
		$rc = $node->psql('postgres', qq{SELECT fhir_map('s.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"{$text}"}}\$m\$, 'e$number', 'Asia/Taipei')},
			stdout => \$stdout, stderr => \$stderr);
	}
	is($rc, 0, "$expression is accepted") or diag($stderr);
	$number++;
}
my $rows = same_everywhere('postgres', 'the expressions', "SELECT i, s.resources('s.e' || i) FROM generate_series(0, $#expressions) i");
my %row = map { /^(\d+)\|(\{.*?\}\}) / ? ($1, $2) : () } split /\n/, $rows;
for my $i (0 .. $#expressions)
{
	my $text = $node->safe_psql('postgres', q{SELECT '} . (($row{$i} // '{}') =~ s/'/''/gr) . q{'::json #>> '{code,text}'});
	is($text =~ s/^~//r, $given{ $expressions[$i] }, $expressions[$i]) or diag(grep { /^$i\|/ } split /\n/, $rows);
}

# What follows the session and cannot be pinned is refused, with a way out.
for my $case (
	[ 'user', qr/"user" is a word of SQL.*this\."user"/s ],
	[ 'current_user', qr/cannot hold current_user/ ],
	[ 'session_user', qr/cannot hold session_user/ ],
	[ 'current_role', qr/cannot hold current_role/ ],
	[ 'current_schema', qr/cannot hold current_schema/ ],
	[ 'current_time', qr/cannot hold current_time.*localtime/s ],
	[ q{current_setting('TimeZone')}, qr/cannot hold function current_setting/ ],
	[ 'paid::text', qr/cannot hold a cast from money to text/ ],
	[ 'paid::numeric', qr/cannot hold function numeric/ ],
	[ 'class::text', qr/cannot hold a cast from regclass to text/ ],
	[ q{concat('x', class)}, qr/cannot hold function concat/ ],
	[ q{has_table_privilege('s.t', 'SELECT')}, qr/cannot hold function has_table_privilege/ ],
	[ 'version()', qr/cannot hold function version/ ],
	[ 'to_tsvector(x)::text', qr/cannot hold function to_tsvector.*text search configuration/s ],
	[ 'at = ANY (ARRAY[d])', qr/Cast both sides to one type/ ],
	[ 'NULLIF(at, d)', qr/Cast both sides to one type/ ],
	[ '(at, 1) < (d, 2)', qr/Cast both sides to one type/ ],
	[ 'at IS DISTINCT FROM d', qr/Cast both sides to one type/ ],
	[ 'xmlelement(name e, at)::text', qr/to_char\(value, format\)/ ],
	[ '(SELECT jsonb_object_agg(t.at, 1) FROM s.t t)', qr/cannot hold function jsonb_object_agg/ ],
	[ '(SELECT jsonb_agg(DISTINCT t.at) FROM s.t t)', qr/Sort by the value's text/ ],
	[ '(SELECT jsonb_agg(t) FROM s.t t)', qr/cannot hold function jsonb_agg/ ],
	[ '(SELECT y FROM jsonb_to_record(this.j) AS q(d date), LATERAL (SELECT q.d::text) z(y))', qr/Read it as text, and cast that/ ],
	[ q{(SELECT count(*) FROM generate_series(this.at, this.at, interval '1 day'))}, qr/cannot hold function generate_series/ ],
	[ q{'03/01/2000'::date}, qr/year, month, day/ ],
	[ q{d < '03/01/2000'}, qr/year, month, day/ ])
{
	my ($expression, $reason) = @$case;
	my ($stdout, $stderr) = ('', '');
	my $rc = $node->psql('postgres', qq{SELECT fhir_map('s.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"{$expression}"}}\$m\$, 'refused', 'Asia/Taipei')},
		stdout => \$stdout, stderr => \$stderr);
	isnt($rc, 0, "$expression is refused");
	like($stderr, $reason, '... and the reason is told');
}

# A local time is an instant only where the mapping says in which zone.
for my $expression ('ts::timestamptz', 'd::timestamptz', 'at < d', 'x::timestamptz')
{
	my (undef, undef, $stderr) = $node->psql('postgres', qq{SELECT fhir_map('s.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"{$expression}"}}\$m\$, 'refused')});
	like($stderr, qr/reads a local time as an instant.*timezone => /s, "$expression needs the mapping's zone");
}

# A type's own operator is not replaced by that of text without a word.
$node->safe_psql('postgres', q{
	CREATE SCHEMA own;
	CREATE TYPE own.status AS ENUM ('Final', 'Draft');
	CREATE CAST (own.status AS text) WITH INOUT AS IMPLICIT;
	CREATE FUNCTION own.same(own.status, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT pg_catalog.lower(pg_catalog.textin(pg_catalog.enum_out($1))) = pg_catalog.lower($2)';
	CREATE OPERATOR own.= (FUNCTION = own.same, LEFTARG = own.status, RIGHTARG = text);
	CREATE FUNCTION own.replace(own.status, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $3';
	CREATE TABLE own.t (id int, st own.status);
	INSERT INTO own.t VALUES (1, 'Final');
});
for my $case (
	[ q{st = 'FINAL'::text}, qr/type own\.status has an operator = of its own.*OPERATOR\(own\.=\)/s ],
	[ q{CASE st WHEN 'FINAL'::text THEN 1 END}, qr/operator = of its own/ ],
	[ q{st IN ('FINAL'::text, 'x'::text)}, qr/operator = of its own/ ],
	[ q{st IS DISTINCT FROM 'FINAL'::text}, qr/operator = of its own/ ],
	[ q{st = ANY (ARRAY['FINAL'::text, 'x'])}, qr/operator = of its own/ ],
	[ q{nullif(st, 'FINAL'::text)}, qr/operator = of its own/ ],
	[ q{(st, id) = ('FINAL'::text, 1)}, qr/operator = of its own/ ],
	[ q{(SELECT count(*) FROM own.t c WHERE c.st = 'final'::text)}, qr/operator = of its own/ ],
	[ q{replace(st, 'F', 'x')}, qr/function replace of its own.*own\.replace/s ])
{
	my ($expression, $reason) = @$case;
	my (undef, undef, $stderr) = $node->psql('postgres', qq{SELECT fhir_map('own.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"{$expression}"}}\$m\$)});
	like($stderr, $reason, "$expression is refused");
}
for my $case ([ q{st OPERATOR(own.=) 'FINAL'::text}, 'true' ], [ q{st::text = 'FINAL'}, 'false' ], [ q{own.replace(st, 'F', 'x')}, 'x' ], [ q{upper(st)}, 'FINAL' ])
{
	my ($expression, $value) = @$case;
	is($node->safe_psql('postgres', qq{SELECT fhir_map('own.t', \$m\${"resourceType":"Basic","id":"{id}","code":{"text":"{$expression}"}}\$m\$);
		SELECT fhir_from_row(t) #>> '{code,text}' FROM own.t}), "own.t\n$value", "$expression is $value");
}

# The session is left as it was, also after an error.
is($node->safe_psql('postgres', q{
	SET TimeZone = 'America/New_York'; SET DateStyle = 'German';
	SELECT fhir_map('s.t', '{"resourceType":"Basic","id":"{id}","code":{"text":"{x::date}"}}', 'fails', 'Asia/Taipei');
	UPDATE s.t SET x = '31/12/2024';
	DO $$ BEGIN PERFORM fhir_from_row(t, 's.fails') FROM s.t; EXCEPTION WHEN datetime_field_overflow THEN NULL; END $$;
	SELECT timestamptz '2024-03-01 20:30+00', current_setting('TimeZone')}),
	"s.fails\n01.03.2024 15:30:00 EST|America/New_York", "an error leaves the session's settings alone");

$node->stop;
done_testing();

# Pooled connections: pgbouncer in transaction mode, where each transaction of
# a client may run in another session of the server.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use Aics;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($program) = grep { -x $_ } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan(skip_all => 'there is no pgbouncer') if !$program;
my ($major, $minor) = `$program --version` =~ /PgBouncer (\d+)\.(\d+)/;
my $keeps_statements = $major > 1 || $minor >= 21;

my $mock = Aics->start;
my $node = $mock->cluster('main');
$node->safe_psql('postgres', q{
	CREATE SCHEMA his;
	CREATE TABLE his.patient (chart_no int PRIMARY KEY, name text, sex text, updated_at timestamptz);
	INSERT INTO his.patient SELECT i, E'n"\\ ' || i, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' FROM generate_series(1, 1000) i;
	CREATE TABLE his.allergy (chart_no int, code text);
	INSERT INTO his.allergy SELECT i, 'c' || i FROM generate_series(1, 1000, 3) i;
	CREATE INDEX ON his.allergy (chart_no);
	ANALYZE his.patient, his.allergy;
	CREATE ROLE reader;
	GRANT USAGE ON SCHEMA his TO reader;
	GRANT SELECT ON his.patient, his.allergy TO reader;
	CREATE POLICY mine ON his.allergy TO reader USING (chart_no <= 10);
	ALTER TABLE his.allergy ENABLE ROW LEVEL SECURITY});

# Two sessions of the server for all clients.
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $port = PostgreSQL::Test::Cluster::get_free_port();
append_to_file("$folder/pgbouncer.ini", sprintf(<<'INI', $node->host, $node->port, $node->safe_psql('postgres', 'SELECT current_user'), $port, $folder, $folder, $folder));
[databases]
postgres = host=%s port=%d user=%s pool_size=2
[pgbouncer]
listen_port = %d
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
logfile = %s/log
pidfile = %s/pid
INI
append_to_file("$folder/pgbouncer.ini", "max_prepared_statements = 100\n") if $keeps_statements;
my ($out, $err) = ('', '');
my $pgbouncer = IPC::Run::start([ $program, '-q', "$folder/pgbouncer.ini" ], '>', \$out, '2>', \$err);
END { local $?; $pgbouncer->kill_kill if $pgbouncer }
$mock->until(sub { -S "$folder/.s.PGSQL.$port" }, 'pgbouncer listens');

# The node as clients of the pool see it.
my $pool = bless { %$node, _host => $folder, _port => $port }, ref $node;
my ($client, @holders) = map { $pool->background_psql('postgres', on_error_stop => 0) } (1 .. 3);

# A holder keeps one session for itself, so that the client gets the other.
# This changes which one.
sub elsewhere
{
	$holders[1]->query_safe('BEGIN');
	$holders[0]->query_safe('COMMIT');
	@holders = reverse @holders;
	return;
}
$holders[0]->query_safe('BEGIN');

# What the client is told in each of the two sessions.
sub both
{
	my ($sql) = @_;
	my @answers;
	for (1, 2)
	{
		push @answers, $client->query_safe($sql);
		elsewhere();
	}
	return @answers;
}

my @pids = both('SELECT pg_backend_pid()');
isnt($pids[0], $pids[1], 'the client is in one session, then in the other');

# Registered in one session, used in the other.
my $template = q{{"resourceType":"Patient","id":"{fhir_id('patient', chart_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}],"gender":"{fhir_code('sex', sex)}"}};
my $children = q{{"resourceType":"Patient","id":"{fhir_id('patient', chart_no)}","identifier":[{"$each":"(SELECT a.code FROM his.allergy a WHERE a.chart_no = this.chart_no) AS a","value":"{a.code}"}]}};
$client->query_safe(q{SELECT fhir_code_map('sex', '{"M":"male","F":"female"}')});
elsewhere();
$client->query_safe("SELECT fhir_map('his.patient', \$t\$$template\$t\$)");
elsewhere();
$client->query_safe("SELECT fhir_map('his.patient', \$t\$$children\$t\$, 'children')");

# Every way in which resources are read, as one sum.
my $sum = q{SELECT md5(concat((SELECT string_agg(fhir_json_from_row(p, 'his.patient')::text, '' ORDER BY chart_no) FROM his.patient p),
	(SELECT string_agg(fhir_from_row(p, 'his.children')::text, '' ORDER BY chart_no) FROM his.patient p),
	(SELECT string_agg(j::text, '' ORDER BY j::text) FROM json_array_elements(get_data_fhir('his.patient')) j),
	(SELECT string_agg(l, '') FROM fhir_ndjson('his.patient', '2024-01-05 00:00+00', fhir_id('patient', 500)::text) l),
	(SELECT fhir_bundle(fhir_json_from_row(p, 'his.patient'), 'transaction' ORDER BY chart_no) FROM his.patient p),
	(SELECT string_agg(f::text, '') FROM his.patient p, fhir_validate(fhir_json_from_row(p, 'his.patient')) f),
	(SELECT string_agg(c::text, '') FROM fhir_map_check('his.patient') c), (SELECT string_agg(e::text, '') FROM fhir_map_explain('his.patient') e)))};
my $expected = $node->safe_psql('postgres', $sum);
is($_, $expected, 'all read functions give what they give without a pool') for both($sum);
$client->query_safe(q{SELECT fhir_code_map('sex', '{"M":"male","F":"other"}')});
elsewhere();
$client->query_safe("SELECT fhir_map('his.patient', \$t\$" . $template =~ s/"meta"/"active":true,"meta"/r . '$t$)');
my $changed = $node->safe_psql('postgres', $sum);
isnt($changed, $expected, 'a code map and a mapping are replaced');
is($_, $changed, 'which every session sees') for both($sum);

# The planner takes mappings in; a setting is the transaction's.
my $explain = q{EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(p, 'his.patient') FROM his.patient p};
like($_, qr/fhir_bridge_write_json/, 'mappings are taken into queries') for both($explain);
$client->query_safe('BEGIN; SET LOCAL fhir_bridge.inline = off');
unlike($client->query_safe($explain), qr/fhir_bridge_write_json/, 'not with SET LOCAL fhir_bridge.inline = off');
$client->query_safe('COMMIT');
like($_, qr/fhir_bridge_write_json/, 'which ends with its transaction') for both($explain);

# Another role, for a transaction: its policies, also in plans kept in it.
my $codes = q{SELECT count(*) FROM his.patient p WHERE fhir_from_row(p, 'his.children') ? 'identifier'};
for (1, 2)
{
	is($client->query_safe($codes), '334', 'the owner sees all children');
	$client->query_safe('BEGIN; SET LOCAL ROLE reader');
	is($client->query_safe($codes), '4', 'a reader those of the policy');
	$client->query_safe('COMMIT');
	elsewhere();
}
$client->query_safe("BEGIN; PREPARE codes AS $codes");
is($client->query_safe('EXECUTE codes'), '334', 'a statement prepared in a transaction');
$client->query_safe('SET LOCAL ROLE reader');
is($client->query_safe('EXECUTE codes'), '4', 'is planned anew for the reader');
$client->query_safe('DEALLOCATE codes; COMMIT');

# Exports: the two ways that the README has.
my $copy = q{\copy (SELECT fhir_ndjson('his.patient', after => '')) TO '%s' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02', ENCODING 'UTF8')};
$node->safe_psql('postgres', sprintf($copy, "$folder/direct"));
$pool->safe_psql('postgres', sprintf($copy, "$folder/pooled"));
ok(slurp_file("$folder/direct") eq slurp_file("$folder/pooled"), 'an export by \copy');
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($folder, $port, 'postgres');
	PostgreSQL::Test::Utils::system_or_bail("$ENV{REPO}/src/export/fhir_export", 'his.patient', "$folder/script");
}
ok(slurp_file("$folder/direct") eq slurp_file("$folder/script"), 'an export by fhir_export');
$client->query_safe(q{BEGIN; DECLARE c CURSOR FOR SELECT fhir_ndjson('his.patient')});
$client->query_safe('FETCH 10 FROM c');
$holders[0]->query_safe('COMMIT');
is($pool->safe_psql('postgres', $sum), $changed, 'other clients read in the other session');
$holders[0]->query_safe('BEGIN');
is(scalar(split /\n/, $client->query_safe('FETCH ALL FROM c')), 990, 'a cursor goes on beside other clients');
$client->query_safe('COMMIT');

# Suggestions, and a job whose steps are in different sessions.
$client->query_safe(q{SELECT aics_set_credentials('aics', 'coder@hospital.example', 'right')});
elsewhere();
is($client->query_safe(q{SELECT icd FROM aics_suggest('left chronic otitis media status post', top => 1)}), 'H66.90', 'aics_suggest');
elsewhere();
is($client->query_safe(q{SELECT icd FROM aics_suggest('id 7', top => 1)}), 'T7', 'in each session');
my $job = $client->query_safe(q{SELECT aics_submit(ARRAY['id 1', 'id 2'])});
elsewhere();
is($client->query_safe("SELECT aics_wait($job, '30 s')"), 't', 'a job is awaited in another session than it was submitted in');
elsewhere();
is($client->query_safe("SELECT string_agg(icd, ' ' ORDER BY note_no) FROM aics_result($job, 1)"), 'T1 T2', 'and read');
$_->quit for ($client, @holders);

# Many clients with bind parameters, on two sessions; a wrong answer divides by zero.
my $script = 'SELECT 1 / (fhir_json_from_row(p.*, :name) ->> \'id\' = fhir_id(\'patient\', chart_no)::text)::int FROM his.patient p WHERE chart_no = :chart_no';
append_to_file("$folder/pgbench.sql", "\\set chart_no random(1, 1000)\n$script;\n");
for my $protocol ('extended', 'prepared')
{
SKIP:
	{
		skip 'pgbouncer keeps no prepared statements before 1.21', 1 if $protocol eq 'prepared' && !$keeps_statements;
		$pool->command_ok([ 'pgbench', '-n', '-M', $protocol, '-c', 8, '-j', 2, '-t', 100, '-D', 'name=his.patient',
				'-h', $folder, '-p', $port, '-f', "$folder/pgbench.sql", 'postgres' ], "$protocol statements of eight clients");
	}
}
$node->stop;
done_testing();

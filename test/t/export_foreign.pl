# Rows of a server that is no PostgreSQL: MariaDB, through mysql_fdw.
use strict;
use warnings;
use utf8;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
plan(skip_all => 'there is no mysql_fdw for this server') if !-e "$sharedir/extension/mysql_fdw.control";
my ($mariadb) = grep { -x $_ } map { "$_/mariadbd" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan(skip_all => 'there is no MariaDB') if !$mariadb || system('command -v mariadb-install-db mariadb >/dev/null') != 0;

# A throw-away MariaDB with a hospital's table, in its own types.
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $data = PostgreSQL::Test::Utils::tempdir();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($out, $err) = ('', '');
IPC::Run::run([ 'mariadb-install-db', '--no-defaults', "--datadir=$data", '--auth-root-authentication-method=normal', '--skip-test-db' ],
	'>', \$out, '2>', \$err) or BAIL_OUT("mariadb-install-db failed: $err");
my $server = IPC::Run::start([ $mariadb, '--no-defaults', "--datadir=$data", "--socket=$folder/s", "--port=$port", '--bind-address=127.0.0.1',
		'--skip-name-resolve', '--character-set-server=utf8mb4', '--default-time-zone=+00:00' ], '>', \$out, '2>', \$err);
END { local $?; $server->kill_kill if $server }

sub mariadb
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	utf8::encode($sql);
	IPC::Run::run([ 'mariadb', '--no-defaults', '-u', 'root', '-N', '--default-character-set=utf8mb4', "--socket=$folder/s", 'mysql' ], '<', \$sql, '>', \$stdout, '2>', \$stderr)
	  or die "MariaDB: $stderr";
	return $stdout;
}
for (1 .. 600)
{
	last if eval { mariadb('SELECT 1') };
	$server->pumpable or BAIL_OUT("MariaDB did not start: $err");
	usleep(50_000);
}
mariadb(q{
	CREATE DATABASE his;
	USE his;
	CREATE TABLE patient (id_no char(10) PRIMARY KEY, name varchar(40), sex char(1), birth_date date, weight decimal(5,2), height double,
		alive tinyint(1), updated_at datetime(3), photo blob, KEY (updated_at));
	INSERT INTO patient VALUES ('A123456789', '陳小明', 'M', '1979-01-01', 70.50, 1.75, 1, '2024-03-01 08:30:00.250', x'ffd8'),
		('B2', '林"\\\\', 'F', NULL, NULL, NULL, 0, '2024-03-02 08:30:00', NULL), ('C3', '  ', NULL, '2000-02-29', 3.00, 0.1, NULL, NULL, '');
	INSERT INTO patient (id_no, name, updated_at) SELECT CONCAT('D', seq), CONCAT('n', seq), '2024-01-01' + INTERVAL seq MINUTE FROM seq_1_to_500;
	CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'right';
	GRANT SELECT ON his.* TO reader@'127.0.0.1';
});

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';
my $query = sub { return $node->safe_psql('postgres', "SET search_path = public, fhir; $_[0]") };

# As the README has it.
$query->(qq{
	CREATE SCHEMA fhir;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	CREATE EXTENSION mysql_fdw;
	CREATE SERVER old FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '$port', character_set 'utf8mb4');
	CREATE USER MAPPING FOR CURRENT_USER SERVER old OPTIONS (username 'reader', password 'right');
	CREATE SCHEMA his;
	IMPORT FOREIGN SCHEMA his LIMIT TO (patient) FROM SERVER old INTO his;
	CREATE TABLE his.copy AS SELECT * FROM his.patient;
	ALTER TABLE his.copy ADD PRIMARY KEY (id_no)});
my $template = q{{"resourceType":"Patient","id":"{md5_uuid(id_no)}","meta":{"lastUpdated":"{updated_at}"},"identifier":[{"value":"{id_no}"}],"active":"{alive <> 0}",
	"name":[{"text":"{name}"}],"gender":"{CASE sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' END}","birthDate":"{birth_date}",
	"photo":[{"data":"{photo}"}],"extension":[{"url":"http://hospital.example/weight","valueDecimal":"{weight}"},{"url":"http://hospital.example/height","valueDecimal":"{height}"}]}};
$query->(qq{SELECT fhir_map(r, \$t\$$template\$t\$, timezone => 'Asia/Taipei') FROM unnest('{his.patient,his.copy}'::regclass[]) r});

my $first = $query->(q{SELECT fhir_json_from_row(p.*) FROM his.patient p WHERE id_no = 'A123456789'});
utf8::decode($first);
is($first, '{"resourceType":"Patient","id":"31c0cf5e-4489-2f8a-6b29-7ec58a85ba30","meta":{"lastUpdated":"2024-03-01T08:30:00.25+08:00"},' .
		'"identifier":[{"value":"A123456789"}],"active":true,"name":[{"text":"陳小明"}],"gender":"male","birthDate":"1979-01-01","photo":[{"data":"/9g="}],' .
		'"extension":[{"url":"http://hospital.example/weight","valueDecimal":70.50},{"url":"http://hospital.example/height","valueDecimal":1.75}]}', 'a row of another server is a row');
for my $case ([ q{SELECT fhir_json_from_row(p.*) FROM %s p ORDER BY id_no COLLATE "C"}, 'json' ], [ q{SELECT fhir_from_row(p.*) FROM %s p ORDER BY id_no COLLATE "C"}, 'jsonb' ],
	[ q{SELECT l FROM (SELECT fhir_ndjson('%s')) s (l) ORDER BY l COLLATE "C"}, 'fhir_ndjson' ], [ q{SELECT fhir_ndjson('%s', after => '')}, 'fhir_ndjson in order' ],
	[ q{SELECT fhir_ndjson('%s', '2024-01-01 07:00+08', md5_uuid('D45')::text)}, 'changed rows, behind an id' ],
	[ q{SELECT fhir_bundle(p.* ORDER BY id_no COLLATE "C") FROM %s p}, 'fhir_bundle' ])
{
	my ($sql, $name) = @$case;
	my ($far, $near) = map { $query->(sprintf($sql, $_)) } ('his.patient', 'his.copy');
	ok($far eq $near && $far ne '', "$name is that of the same rows here") or diag(substr($far, 0, 200), "\n", substr($near, 0, 200));
}
is($query->(q{SELECT bool_and(replace(md5_uuid(p.id_no)::text, '-', '') = m.md5), count(*) FROM his.patient p JOIN unnest(string_to_array($m$} .
			mariadb('SELECT CONCAT(RTRIM(id_no), " ", MD5(id_no)) FROM his.patient') =~ s/\n$//r . q{$m$, E'\n')) l ON true, LATERAL (SELECT split_part(l, ' ', 1), split_part(l, ' ', 2)) m (id_no, md5) WHERE m.id_no = p.id_no}),
	't|503', 'md5_uuid has the digits of the other server\'s MD5');

# What is asked of the other server.
my $plan = $query->(q{EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(p.*) FROM his.patient p WHERE updated_at >= '2024-03-01'});
note $plan;
like($plan, qr/Output: fhir_bridge_write_json/, 'the mapping is a part of the query');
like($plan, qr/Remote query: .*WHERE .*updated_at/, 'conditions are sent');
$query->(q{SELECT fhir_map('his.patient', '{"resourceType":"Patient","id":"{md5_uuid(id_no)}"}', 'bare')});
like($query->(q{EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(p.*, 'his.bare') FROM his.patient p}),
	qr/Remote query: SELECT `id_no` FROM `his`.`patient`/, 'only the columns that the mapping needs are fetched');

# Rows that change under a mapping, and values that no column of ours has.
mariadb(q{SET sql_mode = ''; INSERT INTO his.patient (id_no, name, birth_date) VALUES ('E5', 'zero', '0000-00-00')});
my ($stdout, $stderr);
$node->psql('postgres', q{SELECT fhir.fhir_json_from_row(p.*) FROM his.patient p WHERE id_no = 'E5'}, stderr => \$stderr, stdout => \$stdout);
is($stdout, '', 'a date that is none gives no resource');
like($stderr, qr/ERROR/, 'but an error');
mariadb('ALTER TABLE his.patient DROP COLUMN photo');
$node->psql('postgres', q{SELECT fhir.fhir_json_from_row(p.*) FROM his.patient p}, stderr => \$stderr, stdout => \$stdout);
like($stderr, qr/photo/, 'a column that the other server no longer has is an error');
is($stdout, '', 'and no resource');
$server->kill_kill;
$node->psql('postgres', q{SELECT fhir.fhir_json_from_row(p.*) FROM his.patient p}, stderr => \$stderr, stdout => \$stdout);
like($stderr, qr/ERROR/, 'so is a server that is down');
is($stdout, '', 'again without a resource');
$node->stop;
done_testing();

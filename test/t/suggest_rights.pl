# Who may call, with whose credentials, and whom the server will not talk to.
use strict;
use warnings;
use utf8;

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{PGCLIENTENCODING} = 'UTF8';

my $mock = Aics->start;
my $node = $mock->cluster('main');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $port = $mock->port;

# Mappings: the role's own, that of PUBLIC, that of a definer; a file.
$sql->(q{
	CREATE ROLE anybody LOGIN; GRANT fhir_bridge_user TO anybody; GRANT USAGE ON FOREIGN SERVER aics TO anybody});
my @anybody = (params => [ '-U', 'anybody' ]);
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '42704', 'no mapping', @anybody);
$sql->(q{CREATE FUNCTION as_definer(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT icd FROM aics_suggest($1, top => 1)'});
my $as = sub { return $node->safe_psql('postgres', $_[0], extra_params => [ '-U', 'anybody' ]) };
is($as->(q{SELECT as_definer('id 1')}), 'T1', 'a SECURITY DEFINER function uses its owner\'s mapping');
$sql->(q{CREATE USER MAPPING FOR PUBLIC SERVER aics OPTIONS (email 'all', password 'right')});
is($as->(q{SELECT icd FROM aics_suggest('id 2', top => 1)}), 'T2', 'the mapping of PUBLIC serves who has none');
my $file = $mock->folder . '/password';
append_to_file($file, "right\n");
chmod 0600, $file;
$sql->(qq{CREATE USER MAPPING FOR anybody SERVER aics OPTIONS (email 'file', password_file '$file')});
is($as->(q{SELECT icd FROM aics_suggest('id 3', top => 1)}), 'T3', 'a password file');
chmod 0644, $file;
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '42501', 'one that is open to all', @anybody);
$as->(q{SELECT aics_set_credentials('aics', 'mine', 'wrong')});
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '28P01', 'another role\'s session is out of reach', @anybody);
is($sql->(q{SELECT icd FROM aics_suggest('id 4', top => 1)}), 'T4', 'and is not harmed');
is($node->safe_psql('postgres', q{SET ROLE anybody; SELECT count(*) FROM aics_jobs}), '0', 'SET ROLE sees its own rows');

# Addresses: without the setting nothing private is called, by whatever name.
$mock->set($node, 'fhir_bridge.aics_allow_private_addresses', 'off');
$mock->reset;
my $connections = $mock->counts->{connections};
my @ends = qw(0.255.255.255 10.255.255.255 100.64.0.0 100.127.255.255 127.255.255.255 169.254.0.0 169.254.255.255 172.16.0.0 172.31.255.255
  192.0.0.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 224.0.0.0 255.255.255.255 [::] [64:ff9b::a00:1] [1fff::1] [2001::1] [2002::1]
  [4000::1] [fd00::1] [fe80::1] [ff02::1]);
for my $host ('127.0.0.1', 'localhost', '127.1', '2130706433', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1', @ends)
{
	$sql->(qq{DROP SERVER IF EXISTS s CASCADE; CREATE SERVER s FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://$host:$port');
		SELECT aics_set_credentials('s', 'a', 'right')});
	$mock->fails($node, q{SELECT * FROM aics_suggest('x', 's')}, '42501', "refused: $host");
}
is($mock->counts->{connections}, $connections + 1, 'and no connection was made but our own question');
$mock->set($node, 'fhir_bridge.aics_allow_private_addresses', undef);
$sql->('SELECT pg_reload_conf()');

# Databases of other encodings.
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $database = lc "in_$encoding";
	$sql->("CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	$node->safe_psql($database, qq{CREATE EXTENSION fhir_bridge;
		CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
		SELECT aics_set_credentials('aics', 'a', 'right')});
	my $query = "SELECT icd FROM aics_suggest('id Zoë', top => 1)";
	my $expected = 'TZoë';
	utf8::encode($_) for ($query, $expected);
	local $ENV{PGCLIENTENCODING} = $encoding eq 'LATIN1' ? 'UTF8' : 'SQL_ASCII';
	is($node->safe_psql($database, $query), $expected, "$encoding: a round trip");
}
$ENV{PGCLIENTENCODING} = 'SQL_ASCII';
$mock->fails($node, q{SELECT * FROM aics_suggest(E'id \xe9')}, '22021', 'SQL_ASCII: what is no UTF-8', database => 'in_sql_ascii');
is($node->safe_psql('in_sql_ascii', q{SELECT chinese_name FROM aics_search('primary')}),
	do { my $x = '本態性(原發性)高血壓'; utf8::encode($x); $x }, 'SQL_ASCII: an answer with escapes');
is($node->safe_psql('in_sql_ascii', q{SELECT icd FROM aics_suggest('{"mock": {"body": "[[{\"icd\": \"\\\\ud83e\\\\ude7a\", \"prob\": 1}]]"}}', top => 1)}),
	"\xf0\x9f\xa9\xba", 'SQL_ASCII: an answer with a pair of escapes');
# In the queue, what cannot be sent takes no note along that would go out with it.
my $job = $node->safe_psql('in_sql_ascii', q{ALTER SERVER aics OPTIONS (ADD notes_per_request '8');
	SELECT aics_submit((SELECT array_agg('id ' || i || CASE i WHEN 3 THEN E'\xe9' ELSE '' END) FROM generate_series(1, 8) i))});
is($node->safe_psql('in_sql_ascii', "SELECT aics_wait($job, '30 s')"), 't', 'SQL_ASCII: a note of several that is no UTF-8');
is($node->safe_psql('in_sql_ascii', "SELECT state, count(*), min(note_no), min(sqlstate) FROM aics_jobs WHERE id = $job GROUP BY 1 ORDER BY 1"),
	"done|7|1|\nfailed|1|3|22021", 'fails alone');
is($node->safe_psql('in_sql_ascii', "SELECT count(*) FROM aics_result($job, 1) WHERE icd = 'T' || note_no"), '7', 'the others have their own codes');
$ENV{PGCLIENTENCODING} = 'UTF8';
$job = $node->safe_psql('in_latin1', q{ALTER SERVER aics OPTIONS (ADD notes_per_request '8');
	SELECT aics_submit((SELECT array_agg('id ' || i || CASE i WHEN 3 THEN ' {"mock": {"body": "[[{\"icd\": \"\\u9ad8\", \"prob\": 1}]]"}}' ELSE '' END) FROM generate_series(1, 8) i))});
is($node->safe_psql('in_latin1', "SELECT aics_wait($job, '30 s')"), 't', 'LATIN1: a note of several whose answer it cannot hold');
is($node->safe_psql('in_latin1', "SELECT state, count(*), min(note_no), min(sqlstate) FROM aics_jobs WHERE id = $job GROUP BY 1 ORDER BY 1"),
	"done|7|1|\nfailed|1|3|22P05", 'fails alone, too');
unlike($mock->fails($node, qq{SELECT * FROM aics_suggest('{"mock": {"body": "[[{\\"icd\\": \\"\x{9ad8}\\", \\"prob\\": 1}]]"}}')} =~ s/\x{9ad8}/\\u9ad8/r,
	'22P05', 'LATIN1: an answer that it cannot hold', database => 'in_latin1'), qr/0x|9ad8/, 'whose bytes are not shown');
$mock->fails($node, q{SELECT * FROM aics_search('hypertension')}, '22P05', 'LATIN1: an escape of what it cannot hold', database => 'in_latin1');

# A standby answers, and queues nothing; after promotion it does both.
$node->append_conf('postgresql.conf', "wal_level = replica\nmax_wal_senders = 4");
$node->append_conf('pg_hba.conf', 'local replication all trust');
$node->restart;
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', q{SELECT icd FROM aics_suggest('id 5', top => 1)}), 'T5', 'a standby answers');
$mock->fails($standby, q{SELECT aics_submit('x')}, '25006', 'but queues nothing');
$standby->promote;
is($standby->safe_psql('postgres', q{SELECT icd FROM aics_suggest('id 6', top => 1)}), 'T6', 'promoted, it answers');
my $job = $standby->safe_psql('postgres', q{SELECT aics_submit('id 7')});
is($standby->safe_psql('postgres', "SELECT aics_wait($job, '30 s')"), 't', 'and queues');

$standby->stop;
$node->stop;
done_testing();

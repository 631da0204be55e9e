# base.pl
#		The module as a server meets it: preloaded, dumped and restored.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('base');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fhir_bridge'");
$node->start;

# a preloaded library runs its start-up code without a database
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'),
	'fhir_bridge', 'the server starts with the module preloaded');

my $version = slurp_file("$ENV{REPO}/fhir_bridge.control");
($version) = $version =~ /^default_version\s*=\s*'([^']+)'/m;
$node->safe_psql('postgres', 'CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir');
is( $node->safe_psql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'fhir_bridge'"),
	$version,
	'the version is the control file\'s');

# the module needs libcrypto and nothing heavier; newer libcryptos bring
# compression libraries of their own
my ($pid) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
my ($library) = slurp_file("/proc/$pid/maps") =~ m{(/\S+/fhir_bridge\.so)$}m;
my @needed = `ldd $library` =~ /^\s*(?:\S*\/)?([^\s.]+)\.so/mg;
ok(grep({ $_ eq 'libc' } @needed), 'ldd lists the libraries');
is(join(' ', grep { !/^(?:libcrypto|libc|libm|libz|libzstd|libdl|libpthread|ld-linux.*|linux-vdso)$/ } @needed),
	'', 'the library is linked to libcrypto and the C library alone');

# make install has brought the script that exports, too, beside the server's programs
chomp(my ($bindir, $libdir) = map { `$ENV{PG_CONFIG} $_` } qw(--bindir --pkglibdir));
my ($root) = $library =~ m{^(.*)\Q$libdir\E/};
$node->command_fails_like([ "$root$bindir/fhir_export" ], qr/usage: fhir_export /, 'make install installs fhir_export');

# what a dump holds can be restored where the extension is not yet
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restore');
is( $node->safe_psql(
		'restored',
		q{SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' WHERE pronamespace = 'fhir'::regnamespace}),
	$node->safe_psql(
		'postgres',
		q{SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' WHERE pronamespace = 'fhir'::regnamespace}),
	'the restored database has the same functions');

$node->stop;
done_testing();

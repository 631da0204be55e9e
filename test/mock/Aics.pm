# Aics.pm
#		The mock service as a TAP test uses it, and a cluster that may call it.
#
#	my $mock = Aics->start;					# Aics->start('--tls') for TLS too
#	my $mock = Aics->start('--world');		# clusters in a world of our own, see world.c
#	my $node = $mock->cluster('name');		# started, with extension and server
#	$node->safe_psql('postgres', ...);
#	$mock->counts->{logins}
#
# The mock ends with this process, which holds its standard input.

package Aics;

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sessions;
use Test::More;
use Time::HiRes qw(usleep);

# Starts the mock and waits until it listens; without python3 and openssl the
# whole test is skipped.
sub start
{
	my ($class, @options) = @_;
	for my $program ('python3', 'openssl')
	{
		plan(skip_all => "there is no $program") if system("command -v $program >/dev/null") != 0;
	}
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my $world = grep { $_ eq '--world' } @options;
	make_world($folder) if $world;
	if (grep { $_ eq '--tls' } @options)
	{
		PostgreSQL::Test::Utils::system_or_bail("$ENV{REPO}/test/mock/certificates", $folder);
	}
	open(my $input, '|-', 'python3', "$ENV{REPO}/test/mock/aics.py", $folder, @options)
	  or die "cannot start the mock: $!";
	my $self = bless { folder => $folder, input => $input, world => $world }, $class;
	$self->until(sub { -e "$folder/port" }, 'the mock listens');
	return $self;
}

# Makes the library that stands between a cluster and the world, see world.c.
sub make_world
{
	my ($folder) = @_;
	my $compiler = qx($ENV{PG_CONFIG} --cc);
	chomp $compiler;
	PostgreSQL::Test::Utils::system_or_bail(split(' ', $compiler), '-O2', '-shared', '-fPIC', '-o', "$folder/world.so",
		"$ENV{REPO}/test/mock/world.c", '-ldl');
	PostgreSQL::Test::Utils::append_to_file("$folder/clock", "\0" x 8);
	PostgreSQL::Test::Utils::append_to_file("$folder/connects", '');
	return;
}

# Says how a name is answered from now on: milliseconds, then the answers.
sub host
{
	my ($self, $name, $ms, @answers) = @_;
	PostgreSQL::Test::Utils::append_to_file("$self->{folder}/hosts", "$name $ms @answers\n");
	return;
}

# Sets the calendar of the clusters off by so many seconds.
sub clock
{
	my ($self, $seconds) = @_;
	open(my $clock, '+<', "$self->{folder}/clock") or die "no clock: $!";
	syswrite $clock, pack('q', $seconds);
	close $clock;
	return;
}

# Whom the clusters have tried to connect to: "address port" each.
sub connects
{
	my ($self) = @_;
	return split /\n/, PostgreSQL::Test::Utils::slurp_file("$self->{folder}/connects");
}

# A copy of the installed extension, for a test that changes it: its folder for
# libraries, that for scripts, and the settings by which a cluster finds them.
# Nothing when this server has no such settings.
sub install
{
	my ($self) = @_;
	my ($lib, $share) = map { my $x = qx($ENV{PG_CONFIG} $_); chomp $x; $x } ('--pkglibdir', '--sharedir');
	my $settings = PostgreSQL::Test::Utils::slurp_file($ENV{TEMP_CONFIG});
	my ($installed) = $settings =~ /dynamic_library_path = '([^':]*)\Q$lib\E:/ or return;
	my $copy = "$self->{folder}/install";
	PostgreSQL::Test::Utils::system_or_bail('cp', '-R', $installed, $copy);
	$settings =~ s/\Q$installed\E/$copy/g;
	return ("$copy$lib", "$copy$share/extension", split /\n/, $settings);
}

# Builds the library fhir_bridge as another version and puts it in the place of
# the present one, as a package's upgrade does.
sub upgrade_library
{
	my ($self, $lib, $version) = @_;
	my ($compiler, $include, $flags) = map { my $x = qx($ENV{PG_CONFIG} $_); chomp $x; $x } ('--cc', '--includedir-server', '--cppflags');
	my $object = "$self->{folder}/shared.o";
	# of the sources that there are: a folder that is built again and again has objects of others, too
	my @objects = map { s/\.c$/.o/r } grep { !m{/src/(?:suggest/shared/shared\.c$|suggest/engine/|model/|gateway/)} }
	  glob "$ENV{REPO}/src/*.c $ENV{REPO}/src/*/*.c $ENV{REPO}/src/*/*/*.c";
	PostgreSQL::Test::Utils::system_or_bail(split(' ', $compiler), split(' ', $flags), '-O2', '-fPIC', "-I$include", "-I$ENV{REPO}/src",
		"-DFHIR_BRIDGE_VERSION=\"$version\"", '-c', '-o', $object, "$ENV{REPO}/src/suggest/shared/shared.c");
	PostgreSQL::Test::Utils::system_or_bail(split(' ', $compiler), '-shared', '-o', "$lib/new.so", @objects, $object, '-lcrypto', '-Wl,-Bsymbolic');
	rename "$lib/new.so", "$lib/fhir_bridge.so" or die "cannot replace the library: $!";
	return;
}

# Starts a cluster, in our world if there is one.
sub start_node
{
	my ($self, $node) = @_;
	local @ENV{ 'LD_PRELOAD', 'FHIR_BRIDGE_WORLD' } = ("$self->{folder}/world.so", $self->{folder}) if $self->{world};
	$node->start;
	return;
}

# Waits until the condition is true; fails the test after half a minute or so.
sub until
{
	my ($self, $condition, $what) = @_;
	for (1 .. 30 * 20)
	{
		my $result = $condition->();
		return $result if $result;
		usleep(50_000);
	}
	die "timed out: $what";
}

# A query's answer; empty while the cluster is down.  (A psql that has no
# connection is gone before it has been given the query, which is an exception.)
sub try
{
	my ($self, $node, $sql) = @_;
	my ($code, $output) = eval { $node->psql('postgres', $sql, timeout => 30) };
	return defined $code && $code == 0 ? $output : '';
}

# Waits until a query gives the expected answer.
sub until_sql
{
	my ($self, $node, $sql, $expected, $what) = @_;
	$self->until(sub { $node->safe_psql('postgres', $sql) eq $expected }, $what);
	pass($what);
	return;
}

sub folder { return $_[0]->{folder}; }

# The port of one of the listeners.
sub port
{
	my ($self, $name) = @_;
	my $file = "$self->{folder}/port" . ($name ? "-$name" : '');
	return PostgreSQL::Test::Utils::slurp_file($file);
}

# Asks the mock itself.
sub ask
{
	my ($self, $method, $path) = @_;
	my $answer = HTTP::Tiny->new(timeout => 10)->request($method, 'http://127.0.0.1:' . $self->port . "/mock/$path");
	die "the mock does not answer: $answer->{content}" unless $answer->{success};
	return decode_json($answer->{content});
}

# What has been asked of it since the last reset; 0 for what has not.
sub counts
{
	my ($self) = @_;
	my $counts = $self->ask('GET', 'counts');
	$counts->{$_} //= 0 for qw(logins requests notes connections unauthorized most_open injected proxied);
	return $counts;
}

# Forgets the counts and all sessions.
sub reset { $_[0]->ask('POST', 'reset'); return; }

# Ends all sessions.
sub expire { $_[0]->ask('POST', 'expire'); return; }

# A cluster that may call the mock, with a server and credentials of postgres.
sub cluster
{
	my ($self, $name, @lines) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
	$node->append_conf('postgresql.conf', join("\n",
		'max_connections = 100',
		'fhir_bridge.aics_allow_http = on',
		'fhir_bridge.aics_allow_private_addresses = on',
		@lines, ''));
	$self->start_node($node);
	my $port = $self->port;
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION fhir_bridge;
		CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:$port');
		CREATE USER MAPPING FOR postgres SERVER aics OPTIONS (email 'coder\@hospital.example', password 'right')});
	return $node;
}

# Sets a setting in the configuration file, or takes it out (undef), and waits
# until a new session sees it.
sub set
{
	my ($self, $node, $name, $value) = @_;
	my $show = "LOAD 'fhir_bridge'; SHOW $name";
	my $old = $node->safe_psql('postgres', $show);
	$node->safe_psql('postgres', "LOAD 'fhir_bridge'; ALTER SYSTEM "
		  . (defined $value ? "SET $name = '$value'" : "RESET $name") . '; SELECT pg_reload_conf()');
	$self->until(sub { $node->safe_psql('postgres', $show) ne $old }, "$name is set");
	return;
}

# For how many milliseconds a function runs in a session before a limit of
# statement_timeout ends it; -1 when it ends otherwise.
sub cut_short
{
	my ($self, $session, $limit, $call) = @_;
	$session->{stderr} = '';
	$session->query(qq{SET statement_timeout = $limit;
		DO \$\$ BEGIN
			PERFORM $call;
		EXCEPTION WHEN query_canceled THEN
			RAISE NOTICE 'took % ms', round(extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000);
		END \$\$;
		RESET statement_timeout;});
	my ($took) = $session->{stderr} =~ /took (\d+) ms/;
	diag $session->{stderr} unless defined $took;
	return $took // -1;
}

# A statement that must fail with this SQLSTATE; gives its message and detail.
sub fails
{
	my ($self, $node, $sql, $sqlstate, $name, %options) = @_;
	my ($code, undef, $stderr) = $node->psql($options{database} // 'postgres', $sql,
		extra_params => [ '-v', 'VERBOSITY=verbose', @{ $options{params} // [] } ], on_error_stop => 1);
	my ($got) = $stderr =~ /ERROR:  ([0-9A-Z]{5}):/;
	is($got // "none: $stderr", $sqlstate, $name);
	return $stderr;
}

1;

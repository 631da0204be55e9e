# LocalModel.pm
#		Local models as a TAP test uses them, and a cluster that may ask them.
#
#	LocalModel->prepare;					# or all is skipped
#	my $folder = LocalModel->make('tiny');	# see test/model/make_models.py
#	my $node = LocalModel->cluster('name');	# started, with extension and server morphology, of kind tiny
#
# What a model is made and run with is told by MODEL_PYTHON and MODEL_LIBRARY,
# which test/check sets.

package LocalModel;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $place;

# Skips the test when models cannot be made or run here.
sub prepare
{
	plan(skip_all => 'no runtime of models, or no python3-onnx') unless $ENV{MODEL_LIBRARY} && $ENV{MODEL_PYTHON};
	$place = PostgreSQL::Test::Utils::tempdir();
	return;
}

# Makes a model of a kind; gives its folder.
sub make
{
	my ($class, $kind, $name, $seed) = @_;
	my $folder = "$place/" . ($name // $kind);
	PostgreSQL::Test::Utils::system_or_bail($ENV{MODEL_PYTHON}, "$ENV{REPO}/test/model/make_models.py", $folder, $kind, $seed // 1);
	return $folder;
}

sub place { return $place; }

# The options of a server over a folder, as SQL.
sub options
{
	my ($class, $folder, @more) = @_;
	return join(', ', "model_dir '$folder'", "library '$ENV{MODEL_LIBRARY}'", @more);
}

# A cluster with the extension and the server morphology.
sub cluster
{
	my ($class, $name, @lines) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding', 'UTF8', '--locale', 'C' ]);
	$node->append_conf('postgresql.conf', join("\n", 'max_connections = 100', @lines, ''));
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION fhir_bridge; '
		  . 'CREATE SERVER morphology FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . $class->options($class->make('tiny')) . ')');
	return $node;
}

# Runs a statement that must fail with an SQLSTATE; gives the error's words.
sub fails
{
	my ($class, $node, $statement, $sqlstate, $name, $database) = @_;
	my ($code, $output, $error) = $node->psql($database // 'postgres', "\\set VERBOSITY verbose\n$statement");
	like($error, qr/ERROR:  $sqlstate:/, $name);
	return $error;
}

# Waits until a condition is true.
sub until
{
	my ($class, $condition, $what) = @_;
	for (1 .. 40 * 20)
	{
		my $result = $condition->();
		return $result if $result;
		usleep(50_000);
	}
	die "timed out: $what";
}

# The programs that run models below a cluster's engine.
sub programs
{
	my ($class, $node, $engine) = @_;
	$engine //= $node->safe_psql('postgres', "SELECT value FROM aics_stats WHERE name = 'engine_pid'");
	return () if $engine eq '';
	my @found;
	for my $status (glob '/proc/[0-9]*/stat')
	{
		open(my $file, '<', $status) or next;
		my $line = <$file> // '';
		push @found, $1 if $line =~ /^(\d+) \(fhir-bridge-mod\) [^Z] $engine /;
	}
	return @found;
}

1;

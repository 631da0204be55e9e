# The hunt for secrets on the way to a local model: notes, tokens and probabilities, wherever a server leaves traces.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use LocalModel;
use PostgreSQL::Test::Utils;
use Test::More;

LocalModel->prepare;
my $library = qx($ENV{PG_CONFIG} --pkglibdir);
chomp $library;
my $has_statements = -e "$library/pg_stat_statements.so";
my $node = LocalModel->cluster('main', 'log_min_messages = debug5', 'log_min_error_statement = error', 'log_statement = none',
	'logging_collector = on', "log_destination = 'stderr,csvlog'", 'dynamic_shared_memory_type = mmap', 'log_temp_files = 0', 'work_mem = 64kB',
	$has_statements ? ("shared_preload_libraries = 'pg_stat_statements'", 'pg_stat_statements.track = all') : ());
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
$sql->('CREATE EXTENSION pg_stat_statements') if $has_statements;
my $endless = LocalModel->make('endless');
$sql->('CREATE SERVER endless FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($endless) . ')');
my $secret = 'Kowalska';

# Runs a statement in which :note is a bind parameter, as an application has it.
sub bound
{
	my ($statement) = @_;
	my $file = $node->basedir . '/bound.sql';
	unlink $file;
	append_to_file($file, "$statement;\n");
	IPC::Run::run([ 'pgbench', '-n', '-M', 'extended', '-t', '1', '-h', $node->host, '-p', $node->port, '-D',
			"note=$secret, invasive ductal carcinoma", '-f', $file, 'postgres' ], '>', '/dev/null', '2>', \my $error);
	return $error;
}

# Everything that is in some files.
sub contents
{
	my $all = '';
	for my $path (@_)
	{
		open(my $file, '<:raw', $path) or next;
		local $/;
		$all .= <$file> // '';
	}
	return $all;
}

is(bound("SELECT * FROM morphology_suggest(:note)") =~ /ERROR/ ? 1 : 0, 0, 'a note is answered');
bound("SELECT * FROM morphology_suggest_many(ARRAY[:note, :note || ' again'])");
bound('SELECT * FROM morphology_tokens(:note)');
# far more than work_mem: tokens of a long note, codes of many
bound('SELECT count(*) FROM morphology_tokens(repeat(:note, 3000))');
bound('SELECT count(*) FROM morphology_suggest_many(array_fill(:note::text, ARRAY[2000]))');
unlike(bound("SELECT * FROM morphology_suggest(:note, 'endless') WHERE set_config('fhir_bridge.aics_timeout', '1000', false) <> ''"), qr/$secret/, 'the error of an endless graph');
unlike(bound('SELECT * FROM morphology_suggest(:note, top => 0)'), qr/$secret/, 'an error before the call');
LocalModel->until(sub { $sql->("SELECT value FROM aics_stats WHERE name = 'model_slots'") eq '0' }, 'all calls have ended');
like(contents(glob($node->data_dir . '/log/*')), qr/suggestion engine started/, 'the hunt sees the log');
cmp_ok(length(contents(glob($node->data_dir . '/pg_dynshmem/*'))), '>', 100_000, 'and shared memory');
unlike(contents(glob($node->data_dir . '/pg_dynshmem/*')), qr/$secret|"prob":0\.\d{6}/, 'shared memory after the calls');
unlike(contents(glob($node->data_dir . '/log/*'), $node->logfile), qr/$secret|"prob"|##oma|ductal/, 'the log, at debug5');
unlike(contents(glob($node->data_dir . '/log/*')), qr/temporary file/, 'no temporary file was written, of tokens or codes');
$sql->('SELECT count(*) FROM (SELECT * FROM generate_series(1, 100000) g ORDER BY g DESC) s');
like(contents(glob($node->data_dir . '/log/*')), qr/temporary file/, 'which the log would have told');
unlike(contents(glob('/proc/[0-9]*/cmdline')), qr/(?:fhir-bridge-model|postgres:)[^\n\0]*(?:$secret|model_dir)/, 'the processes\' titles and arguments');
is($sql->("SELECT count(*) FROM pg_stat_activity WHERE query ~ '$secret' AND pid <> pg_backend_pid()"), '0', 'the activity view');
is(join(' ', glob($node->data_dir . '/base/pgsql_tmp/*'), glob($node->data_dir . '/core*'), glob('/core*')), '', 'no temporary file, no core');
SKIP:
{
	skip 'pg_stat_statements is not there', 3 unless $has_statements;
	$sql->("SELECT count(*) FROM morphology_suggest('$secret, as a literal')");
	my $statements = $sql->('SELECT query FROM pg_stat_statements');
	like($statements, qr/morphology_suggest_many\(array_fill.*morphology_suggest\(\$1\)/s, 'pg_stat_statements has the statements');
	unlike($statements, qr/$secret|##oma/, 'and no note, bound or a literal in a query');
	# what it keeps as it stands is the server's own affair
	$sql->("COPY (SELECT count(*) FROM morphology_suggest('$secret, in COPY')) TO STDOUT");
	like($sql->('SELECT query FROM pg_stat_statements'), qr/$secret, in COPY/, 'but a literal in COPY: hence bind parameters');
}

# A queued note is blanked when it is done.
bound("SELECT aics_submit(:note::text, 'morphology')");
my $job = $sql->('SELECT max(id) FROM aics_jobs');
is($sql->("SELECT aics_wait($job, '20 s')"), 't', 'a queued note is answered');
is($sql->("SELECT count(*) FROM aics_queue WHERE note IS NOT NULL"), '0', 'the queue keeps no note that is done');
unlike(contents(glob($node->data_dir . '/pg_dynshmem/*')), qr/$secret/, 'nor does shared memory');
unlike(contents(glob($node->data_dir . '/log/*')), qr/$secret/, 'nor the log');

# The program's own memory is nobody's to read.
my ($program) = LocalModel->programs($node);
my $memory;
ok(!open($memory, '<', "/proc/$program/mem"), 'its memory cannot be read by its own user') if $> != 0;
$node->stop;
done_testing();

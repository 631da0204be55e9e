# The hunt for secrets: notes, passwords, emails, sessions and answers, wherever a server leaves traces.
use strict;
use warnings;
no warnings 'portable';	# addresses have more than 32 bits

use lib "$ENV{REPO}/test/mock";
use Aics;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $mock = Aics->start;
my $library = qx($ENV{PG_CONFIG} --pkglibdir);
chomp $library;
my $has_statements = -e "$library/pg_stat_statements.so";
my $node = $mock->cluster('main', 'log_min_messages = debug5', 'log_min_error_statement = error', 'logging_collector = on',
	"log_destination = 'stderr,csvlog,jsonlog'", 'log_statement = none', 'log_parser_stats = off', 'track_activity_query_size = 65536',
	'dynamic_shared_memory_type = mmap', 'restart_after_crash = on', 'fhir_bridge.aics_drainer_idle = 600', 'track_functions = all',
	$has_statements ? ("shared_preload_libraries = 'pg_stat_statements'", 'pg_stat_statements.track = all') : ());
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
$sql->('CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()') if $has_statements;

# What must be found nowhere.  The mock gives the session that its login's email asks for.
my %secrets = (
	note => 'Kowalska', email => 'wisniewska', password => 'right-Zielinski', wrong => 'Nowakowski', session => 'Dabrowska', answer => 'Wojcik');
my $email = qq{login-session-"$secrets{session}"\@$secrets{email}};

# Runs a statement with bind parameters, given as name => value; the statement
# may fail.  Its text is in a file, as an application's would be in its code.
my $files = 0;
sub bound
{
	my ($statement, %values) = @_;
	my $file = $node->basedir . '/bound' . $files++ . '.sql';
	append_to_file($file, "$statement;\n");
	my @values = map { ('-D', "$_=$values{$_}") } sort keys %values;
	return IPC::Run::start([ 'pgbench', '-n', '-M', 'extended', '-t', '1', '-h', $node->host, '-p', $node->port, @values, '-f', $file, 'postgres' ], '>', '/dev/null', '2>', '/dev/null');
}

# The same, until its end.
sub run_bound { my $run = bound(@_); $run->finish; return; }

# Everything that is in a file or several.
sub contents
{
	my (@paths) = @_;
	local $/;
	my $all = '';
	for my $path (@paths)
	{
		open(my $file, '<:raw', $path) or next;
		$all .= <$file>;
	}
	return $all;
}

# The segments of dynamic shared memory.
sub segments { return contents(glob $node->data_dir . '/pg_dynshmem/*'); }

# The memory of a process that is its own and may be written; nothing when we may not read it.
sub memory
{
	my ($pid) = @_;
	open(my $file, '<:raw', "/proc/$pid/mem") or return '';
	my $all = '';
	for my $line (split /\n/, slurp_file("/proc/$pid/maps"))
	{
		my ($from, $to) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw-p/ or next;
		sysseek($file, hex $from, 0) or next;
		sysread($file, my $part, hex($to) - hex($from)) or next;
		$all .= $part;
	}
	return $all;
}

# Names what of the secrets is in a text.
sub found_in
{
	my ($text) = @_;
	return join ' ', grep { index($text, $secrets{$_}) >= 0 } sort keys %secrets;
}

my $activity = '';
my $look = sub { $activity .= $sql->('SELECT * FROM pg_stat_activity WHERE pid <> pg_backend_pid()'); };

# Credentials, right and wrong.
my $mapping = q{SELECT aics_set_credentials('aics', :email, :password)};
run_bound($mapping, email => $email, password => 'wrong-' . $secrets{wrong});
run_bound(q{SELECT * FROM aics_suggest(:note)}, note => "$secrets{note} refused");
$sql->('SELECT aics_flush_tokens()');
run_bound($mapping, email => $email, password => $secrets{password});

# A note, while the engine stands still: this is where it lies, and the hunt can find it.
is($sql->(q{SELECT icd FROM aics_suggest('id 1', top => 1)}), 'T1', 'the service is there');
my $engine = $stat->('engine_pid');
kill 'STOP', $engine;
my $call = bound(q{SELECT * FROM aics_suggest(:note)}, note => "id $secrets{answer} $secrets{note} patient");
$mock->until(sub { $stat->('slots_ready') == 1 }, 'a call waits');
$look->();
like(found_in(segments()), qr/email.*note/, 'a call that waits lies in shared memory');
kill 'CONT', $engine;
$call->finish;

# Calls that fail in all kinds of ways, or are given up; a queue.
run_bound(q{SELECT * FROM aics_suggest(:note)}, note => qq($secrets{note} {"mock": $_}))
  for '{"status": 400}', '{"status": 500}', '{"body": "<html>' . $secrets{answer} . '"}', '{"body": "[[{\"icd\": 5, \"x\": \"' . $secrets{answer} . '\"}]]"}',
  '{"body": "[[{\"icd\": \"\\\\ud800' . $secrets{answer} . '\", \"prob\": 1}]]"}', '{"reset": 1}', '{"raw": "' . $secrets{answer} . '\r\n\r\n"}';
run_bound(q{SELECT * FROM aics_suggest_many(ARRAY[:one, :two])}, one => "id $secrets{answer} $secrets{note}", two => $secrets{note});
run_bound(q{SELECT * FROM aics_search(:query)}, query => $secrets{note});
for my $end (q{pg_cancel_backend}, q{pg_terminate_backend})
{
	my $given_up = bound(q{SELECT * FROM aics_suggest(:note)}, note => qq($secrets{note} {"mock": {"delay": 20}}));
	$mock->until(sub { $stat->('slots_running') == 1 }, 'a call is out');
	$look->();
	$sql->("SELECT $end(pid) FROM pg_stat_activity WHERE query LIKE '%aics_suggest%' AND pid <> pg_backend_pid()");
	$given_up->finish;
}
run_bound(q{SELECT aics_submit(ARRAY[:one, :two, :three])}, one => "id $secrets{answer} $secrets{note}", two => qq($secrets{note} {"mock": {"status": 400}}),
	three => qq($secrets{note} {"mock": {"body": "$secrets{answer}"}}));
$mock->until(sub { $look->(); $sql->(q{SELECT count(*) FROM aics_jobs WHERE finished_at IS NULL}) eq '0' }, 'the queue is done');
run_bound(q{SELECT * FROM aics_suggest(repeat(:note, 100000))}, note => $secrets{note});
$sql->(q{SELECT * FROM aics_test()});
run_bound(q{SELECT * FROM aics_suggest(:note)}, note => qq($secrets{note} {"mock": {"body": "$secrets{answer}"}}));	# nothing overwrites it
is($sql->(q{SELECT count(*) FROM aics_jobs}), '3', 'notes were queued');
$mock->until(sub { $stat->('slots_free') == 64 }, 'all slots are free');

# What is left, where.
my @logs = glob $node->data_dir . '/log/*';
my $logs = contents(@logs, $node->logfile);
cmp_ok(length $logs, '>', 100_000, 'the logs have much to say');
is(found_in($logs), '', 'the logs, at debug5, in each of their forms, have nothing');
is(found_in($activity), '', 'nor pg_stat_activity, at any time');
is(found_in(segments()), '', 'nor shared memory, after the calls');
is(found_in($sql->('SELECT * FROM aics_stats')), '', 'nor the figures');
my $memory = memory($stat->('engine_pid'));
SKIP:
{
	skip 'the memory of other processes cannot be read', 1 unless length $memory;
	is(found_in($memory), 'session', 'the memory of the engine has the session of the service, and no more');
}
is(found_in($sql->(q{SELECT message FROM aics_jobs})), '', 'nor the reasons why notes failed');
is(found_in($sql->(q{SELECT * FROM pg_stat_user_functions})), '', 'nor the statistics of functions');
SKIP:
{
	skip 'pg_stat_statements is not there', 2 unless $has_statements;
	my $statements = $sql->('SELECT query FROM pg_stat_statements');
	like($statements, qr/^(?=.*aics_set_credentials).*aics_suggest/s, 'pg_stat_statements has the statements');
	is(found_in($statements), '', 'and nothing else');
}
is($sql->(q{SELECT count(*) FROM aics_queue WHERE note IS NOT NULL AND state = 'd'}), '0', 'an answered note is not kept');

# What does show a secret is a statement that has it as a literal, which is the server's own affair.
$sql->("CREATE USER MAPPING FOR PUBLIC SERVER aics OPTIONS (email 'x', password '$secrets{wrong}')");
$node->append_conf('postgresql.conf', 'log_statement = ddl');
$node->reload;
$mock->until(sub { $sql->("ALTER USER MAPPING FOR PUBLIC SERVER aics OPTIONS (SET password '$secrets{wrong}')");
	index(contents(glob $node->data_dir . '/log/*'), $secrets{wrong}) >= 0 }, 'a literal is logged');
ok(1, 'log_statement = ddl logs literals: hence aics_set_credentials');

$node->stop;
done_testing();

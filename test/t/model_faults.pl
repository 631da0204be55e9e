# What a local model can do to others: nothing.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use LocalModel;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

LocalModel->prepare;
my $node = LocalModel->cluster('main', 'log_min_messages = debug1', 'fhir_bridge.aics_max_queue_wait = 20s');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };
my $secret = 'Kowalska';
my $ask = "SELECT count(*) FROM morphology_suggest('$secret has a carcinoma of the lung')";
is($sql->($ask), '10', 'answered');
my $started = $sql->('SELECT pg_postmaster_start_time()');
my $engine = $stat->('engine_pid');

# The programs that work right now, and have for some time.
sub working_programs
{
	return grep {
		my @field = split(' ', ((-e "/proc/$_/stat" ? slurp_file("/proc/$_/stat") : '') =~ s/^.*\) //sr));
		@field > 12 && $field[11] + $field[12] > 50 && grep { slurp_file($_) =~ /\) R / } glob "/proc/$_/task/*/stat";
	} LocalModel->programs($node);
}

# A process's processor time, in ticks.
sub ticks
{
	my @field = split(' ', slurp_file("/proc/$_[0]/stat") =~ s/^.*\) //sr);
	return $field[11] + $field[12];
}

# Limits of the program.
my ($pid) = LocalModel->programs($node);
my $limits = slurp_file("/proc/$pid/limits");
like($limits, qr/Max core file size +0 +0 /, 'no core');
like($limits, qr/Max data size +8589934592 +8589934592 /, 'memory is limited');
my $environment;
ok(!open($environment, '<', "/proc/$pid/environ") || !defined <$environment>, 'an empty environment, or one that nobody may read');
is(slurp_file("/proc/$pid/oom_score_adj"), "1000\n", 'the first to go when memory is short');
like(slurp_file("/proc/$pid/status"), qr/NoNewPrivs:\s+1/, 'no new privileges');
my $command = slurp_file("/proc/$pid/cmdline");
is($command, "fhir-bridge-model\0", 'nothing in its arguments');

# A program that does not even hear that a call is over is ended, and the next one answers.
kill('STOP', $pid);
LocalModel->fails($node, "SET statement_timeout = 500; $ask", '57014', 'a call of a program that stands still');
is($sql->($ask), '10', 'the next call has another program');
LocalModel->until(sub { !grep { $_ == $pid } LocalModel->programs($node) }, 'the one that stood still is gone');

# Killed again and again under clients; MODEL_KILLS is how often.
my $script = $node->basedir . '/ask.sql';
append_to_file($script, "SELECT count(*) FROM morphology_suggest('lung biopsy ' || :client_id);\n");
my $clients = IPC::Run::start([ 'pgbench', '-n', '-c', '8', '-j', '2', '-T', '600', '-h', $node->host, '-p', $node->port, '-f', $script, 'postgres' ],
	'>', \my $out, '2>', \my $err);
my $wanted = $ENV{MODEL_KILLS} // 15;
my $kills = 0;
my $answered = 0;
my $until = time + 5 * $wanted;
while ($kills < $wanted && time < $until)
{
	my $calls = $stat->('model_calls');
	my ($victim) = LocalModel->programs($node, $engine);
	next unless $victim && $calls > $answered + 8;	# each kill ends a program that has answered
	$answered = $calls;
	$kills++ if kill('KILL', $victim);
}
$clients->signal('TERM');
$clients->finish;
cmp_ok($stat->('calls') - $stat->('failed') - $stat->('abandoned'), '>', 8 * $kills, "8 clients were answered while the program was killed $kills times");
unlike($err, qr/ERROR/, 'no client saw a fault');
is($kills, $wanted, 'it was killed often enough');
LocalModel->until(sub { ($node->psql('postgres', $ask))[1] eq '10' }, 'answered again');
is($stat->('model_slots'), '0', 'no slot is lost');

# A note that ends every program that is given it.
my $endless = LocalModel->make('endless');
$sql->('CREATE SERVER endless FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($endless, "threads '1'") . ')');
my $bad = $node->background_psql('postgres', on_error_stop => 0);
$bad->query_until(qr/started/, "\\echo started\n\\set VERBOSITY verbose\nSELECT * FROM morphology_suggest('$secret in an endless graph', 'endless');\n\\warn finished\n");
my ($endless_pid) = LocalModel->until(sub { my @found = working_programs(); @found == 1 && \@found }, 'a program works')->@*;
my ($engine_had, $program_had) = (ticks($engine), ticks($endless_pid));
LocalModel->until(sub { ticks($endless_pid) - $program_had >= 50 }, 'the program works for a while');
cmp_ok((ticks($engine) - $engine_had) * 10, '<', ticks($endless_pid) - $program_had, 'the engine sleeps while a program works');
LocalModel->fails($node, "SET fhir_bridge.aics_max_queue_wait = 300; SELECT * FROM morphology_suggest('x', 'endless')", '53000', 'another call of the model waits no longer than it may');
is($stat->('engine_pid'), $engine, 'and the engine is the same');
for my $death (1 .. 3)
{
	my ($working) = LocalModel->until(sub { my @found = working_programs(); @found == 1 && \@found }, 'a program works on the note')->@*;
	kill('KILL', $working);
	LocalModel->until(sub { !grep { $_ == $working } LocalModel->programs($node) }, 'it ended');
}
LocalModel->until(sub { $bad->{run}->pump_nb; $bad->{stderr} =~ /finished/ }, 'the call ended');
like($bad->{stderr}, qr/ERROR:  22023: the model's program ended each time/, 'three deaths end the note');
unlike($bad->{stderr}, qr/$secret/, 'which the error does not show');
$bad->quit;

# Two notes with which programs end: after two deaths each has a program for itself, and the third tells which one it was.
$sql->('CREATE SERVER pair FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($endless, "threads '2'") . ')');
my @pair;
for my $number (1, 2)
{
	push @pair, my $one = $node->background_psql('postgres', on_error_stop => 0);
	$one->query_until(qr/started/, "\\echo started\n\\set VERBOSITY verbose\nSELECT * FROM morphology_suggest('endless note $number of a pair', 'pair');\n\\warn finished\n");
	LocalModel->until(sub { $stat->('model_slots') eq $number }, 'the note has a slot');
}
for my $death (1 .. 3)
{
	my ($working) = LocalModel->until(sub { my @found = working_programs(); @found == 1 && \@found }, 'a program works on both, or on one alone')->@*;
	my $had = ticks($working);
	LocalModel->until(sub { ticks($working) - $had >= 50 }, 'it goes on');
	kill('KILL', $working);
	LocalModel->until(sub { !grep { $_ == $working } LocalModel->programs($node) }, 'it ended');
}
LocalModel->until(sub { $_->{run}->pump_nb for @pair; grep { $_->{stderr} =~ /finished/ } @pair }, 'one of them ended');
like($pair[0]{stderr}, qr/ERROR:  22023:/, 'the third death ends one of two notes');
LocalModel->until(sub { working_programs() == 1 }, 'the other one has a program');
unlike($pair[1]{stderr}, qr/finished/, 'and has not ended');
$sql->("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ 'note 2 of a' AND pid <> pg_backend_pid()");
LocalModel->until(sub { $pair[1]{run}->pump_nb; $pair[1]{stderr} =~ /finished/ }, 'it is cancelled');
like($pair[1]{stderr}, qr/ERROR:  57014:/, 'it was not for its sake');
$_->quit for @pair;

# An endless graph: the call's limit, a cancel; the program goes with it.
my $watch = Pace->begin;
LocalModel->fails($node, "SET fhir_bridge.aics_timeout = 1000; SELECT * FROM morphology_suggest('$secret again and again', 'endless')", '08006', 'an endless graph ends with its limit');
$watch->soon(10, 'in time');
LocalModel->fails($node, "SET statement_timeout = 700; SELECT * FROM morphology_suggest('$secret again and again', 'endless')", '57014', 'statement_timeout');
is($sql->("SELECT count(*) FROM morphology_suggest('x', 'endless')"), '10', 'the next note is answered');
is($sql->($ask), '10', 'and that of another model');

# Options that change under load: programs start while others end, and the engine stays.
my $clients_of_one = IPC::Run::start([ 'pgbench', '-n', '-c', '4', '-T', '600', '-h', $node->host, '-p', $node->port, '-f', $script, 'postgres' ],
	'>', \my $ones_out, '2>', \my $ones_err);
$sql->('CREATE SERVER changed FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options(LocalModel->place . '/tiny', "stride '1'") . ')');
my ($code, $output, $errors) = $node->psql('postgres', join('', map { "ALTER SERVER changed OPTIONS (SET stride '$_'); SELECT 1 FROM morphology_suggest('x', 'changed', 1);\n" } 2 .. 101));
is($output, join("\n", ('1') x 100), 'a server whose options change is asked a hundred times');
$clients_of_one->signal('TERM');
$clients_of_one->finish;
unlike($errors . $ones_err, qr/ERROR|terminated/, 'neither it nor those who ask another see a fault');
is($stat->('engine_pid'), $engine, 'and the engine is the same');

# A graph that takes all memory.
my $hungry = LocalModel->make('hungry');
$sql->('CREATE SERVER hungry FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($hungry, "memory_limit '600'") . ')');
LocalModel->fails($node, "SELECT * FROM morphology_suggest('$secret asks for all memory', 'hungry')", '(?:38000|22023)', 'a graph that takes all memory');
is($sql->("SELECT count(*) FROM morphology_suggest('x', 'hungry')"), '10', 'the next note is answered by it');

# A note of 10 MB, and what is no text.
my $large = "SET fhir_bridge.aics_max_note_size = '16MB'; SET fhir_bridge.aics_timeout = 120000; ";
is($sql->($large . "SELECT count(*) FROM morphology_suggest(repeat('carcinoma ', 1000000))"), '10', 'a note of 10 MB');
is($sql->($large . "SELECT count(*) FROM morphology_suggest(repeat(chr(23383), 3500000))"), '10', 'a note of 10 MB, of one sign');
LocalModel->fails($node, "SELECT * FROM morphology_suggest(repeat('$secret ', 1200000))", '54000', 'a note of 10 MB, where notes may have 256 kB');
is($sql->("SELECT count(*) FROM morphology_suggest((SELECT string_agg(chr(1 + i % 127), '') FROM generate_series(0, 99999) i))"), '10', 'control characters');
$sql->("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('bytes', 'CREATE EXTENSION fhir_bridge; CREATE SERVER morphology FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS ('
	  . LocalModel->options(LocalModel->place . '/tiny') . ')');
{
	local $ENV{PGCLIENTENCODING} = 'SQL_ASCII';
	my ($code, $output, $error) = $node->psql('bytes', "\\set VERBOSITY verbose\nSELECT * FROM morphology_suggest(E'$secret \\xff\\xfe\\x80')");
	like($error, qr/ERROR:  22021:/, 'bytes that are no UTF-8');
	unlike($error, qr/$secret/, 'which the error does not show');
	is($node->safe_psql('bytes', "SELECT count(*) FROM morphology_suggest(E'\\xe5\\xad\\x97')"), '10', 'bytes that are');
}
is($sql->($ask), '10', 'a note after these');

# The largest answer that is read: a note's tokens as the program writes them, of just so many
# bytes, and of one more.
my $bytes = sub { return $sql->("SELECT length(regexp_replace(fhir_bridge_morphology_tokens('$_[0]', 'morphology')::text, '([,:]) ', '\\1', 'g'))") };
my ($none, $word) = map { $bytes->($_) } ('', 'lung');
$word -= $none;
is($bytes->('colon'), $none + $word + 1, 'the next longer word makes it one byte longer');
my $note_of = sub { my $rest = ($_[0] - $none) % $word; return join(' ', ('lung') x (($_[0] - $none - $rest) / $word - $rest), ('colon') x $rest) };
$node->append_conf('postgresql.conf', 'fhir_bridge.aics_max_response_size = 2kB');
$node->reload;
LocalModel->until(sub { $sql->("LOAD 'fhir_bridge'; SHOW fhir_bridge.aics_max_response_size") eq '2kB' }, 'the limit is set');
is($bytes->($note_of->(2048)), 2048, 'an answer of as many bytes as may be');
LocalModel->fails($node, "SELECT * FROM morphology_tokens('" . $note_of->(2049) . "')", '54000', 'and one of one more');
my $lost = $stat->('model_programs_lost');
LocalModel->fails($node, "SET fhir_bridge.aics_max_note_size = '16MB'; SELECT * FROM morphology_tokens(repeat('.', 10000000))", '54000', 'nor are the tokens of 10 MB');
is($stat->('model_programs_lost'), $lost, 'and no program is lost by them');
$node->append_conf('postgresql.conf', 'fhir_bridge.aics_max_response_size = 4MB');
$node->reload;

# Files that change, while others ask another model.
my $others = IPC::Run::start([ 'pgbench', '-n', '-c', '2', '-T', '600', '-h', $node->host, '-p', $node->port, '-f', $script, 'postgres' ],
	'>', \my $others_out, '2>', \my $others_err);
my $folder = LocalModel->make('external', 'changing');
my $other = LocalModel->make('external', 'other', 2);
$sql->('CREATE SERVER changing FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (' . LocalModel->options($folder) . ')');
my $best = "SELECT code, prob FROM morphology_suggest('left lung', 'changing', 1)";
my $before = $sql->($best);
is($sql->("SELECT count(*) FROM morphology_suggest('x', 'changing')"), '10', 'a model with its weights beside it');
system_or_bail('sh', '-c', "cp '$other/model.onnx_data' '$folder/new' && mv '$folder/new' '$folder/model.onnx_data'");
LocalModel->until(sub { $sql->($best) ne $before }, 'new weights are taken');
is($stat->('model_reloads'), '1', 'new weights are taken while the old ones answer');
my $after = $sql->($best);
system_or_bail('sh', '-c', "head -c 100 '$folder/model.onnx_data' > '$folder/new' && mv '$folder/new' '$folder/model.onnx_data'");
LocalModel->until(sub { slurp_file($node->logfile) =~ /changed files are not used/ }, 'weights that are cut short are refused');
is($sql->($best), $after, 'weights that are cut short are not taken');
system_or_bail('sh', '-c', ": > '$folder/model.onnx_data'");	# in place, under the program that maps them
($code, $output) = $node->psql('postgres', $best);
ok($code == 0 ? $output eq $after : 1, 'weights truncated in place: the old answer or an error');
is($sql->($ask), '10', 'others are answered');
system_or_bail('sh', '-c', "cp '$other/model.onnx_data' '$folder/new' && mv '$folder/new' '$folder/model.onnx_data'");
ok(LocalModel->until(sub { (($node->psql('postgres', $best))[1] // '') eq $after }, 'mended files'), 'mended files are taken');

# A program that nobody asks for a while ends, whatever others are asked.
cmp_ok(scalar(LocalModel->programs($node)), '>', 1, 'several programs run');
$node->append_conf('postgresql.conf', 'fhir_bridge.aics_engine_idle = 2s');
$node->reload;
ok(LocalModel->until(sub { LocalModel->programs($node) == 1 }, 'programs end'), 'those that nobody asks end');
is($stat->('engine_pid'), $engine, 'the engine stays for the one that is asked');
$node->append_conf('postgresql.conf', 'fhir_bridge.aics_engine_idle = 600s');
$node->reload;
is($sql->($best), $after, 'one that has ended is started again');

$others->signal('TERM');
$others->finish;
unlike($others_err, qr/ERROR/, 'callers of another model are answered while files change');

# Services have the other half of the slots, whatever models do.
my @sessions = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 3;
$_->query_until(qr/started/, "\\echo started\nSELECT count(*) FROM morphology_suggest_many(array_fill('$secret without an end'::text, ARRAY[40]), 'endless');\n") for @sessions;
LocalModel->until(sub { $stat->('model_slots') eq '32' }, 'models have all slots that they may have');
is($sql->("SELECT sum(value::int) FROM aics_stats WHERE name IN ('slots_free')"), '32', 'half of all');
LocalModel->fails($node, 'SET fhir_bridge.aics_max_queue_wait = 300; ' . $ask, '53000', 'another call of a model waits for one');
$sql->("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ 'without an end' AND pid <> pg_backend_pid()");
$_->quit for @sessions;
ok(LocalModel->until(sub { $stat->('model_slots') eq '0' }, 'free slots'), 'cancelled calls give their slots back');
is($sql->($ask), '10', 'answered after that');

# The programs go with the engine; the cluster stays.
my @programs = LocalModel->programs($node);
ok(@programs > 1, 'programs run');
is($stat->('engine_pid'), $engine, 'the engine was the same all the time');
kill('TERM', $engine);
LocalModel->until(sub { !grep { -e "/proc/$_" && slurp_file("/proc/$_/stat") !~ /\) Z / } @programs }, 'they end with the engine');
is($sql->($ask), '10', 'a new engine starts a new program');
is($sql->('SELECT pg_postmaster_start_time()'), $started, 'the cluster was never restarted');
my $log = slurp_file($node->logfile);
$log =~ s/^.*(?:STATEMENT|LOG:  statement):.*\n(?:\t.*\n)*//mg;
unlike($log, qr/$secret/, 'no note is in the log');
unlike($log, qr/terminated by signal|crash of another/, 'no process of PostgreSQL died');
$node->stop('immediate');
done_testing();

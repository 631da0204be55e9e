# What the service, the network and the users can do wrong, each with its SQLSTATE.
use strict;
use warnings;

use lib "$ENV{REPO}/test/mock";
use Aics;
use Pace;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $mock = Aics->start('--tls');
my $node = $mock->cluster('main', 'fhir_bridge.aics_engine_idle = 0',
	# all that the server and we have to say, without the statements themselves
	'log_min_messages = debug5', 'log_statement = none', 'log_min_error_statement = panic');
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $stat = sub { return $sql->("SELECT value FROM aics_stats WHERE name = '$_[0]'") };

# One note with a fault; gives the error's text.
sub faulty
{
	my ($wish, $sqlstate, $name, $before) = @_;
	return $mock->fails($node, ($before // '') . qq{SELECT * FROM aics_suggest('secret-note {"mock": $wish}')}, $sqlstate, $name);
}

# The breaker counts failures in a row: a good call in between keeps it closed.
sub good { return is($sql->(q{SELECT icd FROM aics_suggest('id ok', top => 1)}), 'Tok', 'the next call is clean'); }

# Statuses, each tried as often as the matrix says.
my @statuses = (
	[ 300, '58000', 1 ], [ 400, '22023', 1 ], [ 422, '22023', 1 ], [ 413, '22023', 1 ], [ 404, '58000', 1 ], [ 403, '28000', 1 ],
	[ 500, '58000', 2 ], [ 502, '58000', 3 ], [ 503, '58000', 3 ], [ 504, '58000', 3 ], [ 429, '53000', 3 ]);
good();
for (@statuses)
{
	my ($status, $sqlstate, $tries) = @$_;
	$mock->reset;
	$sql->('SELECT aics_flush_tokens()');
	my $error = faulty(qq({"status": $status}), $sqlstate, "status $status", 'SET fhir_bridge.aics_max_attempts_sync = 3;');
	is($mock->counts->{requests} - $mock->counts->{unauthorized}, $tries, "status $status: tries");
	like($error, qr/HTTP status $status, after $tries requests?\./, "status $status: the detail tells");
	unlike($error =~ s/^.*(?:STATEMENT|LINE).*$//mr =~ s/^psql.*secret.*$//mr, qr/secret-note|127\.0\.0\.1|right/, "status $status: and nothing else");
	good();
}
is($sql->(q{SET fhir_bridge.aics_max_attempts_sync = 5; SELECT icd FROM aics_suggest('id r {"mock": {"status": 503, "times": 2, "key": "a"}}', top => 1)}),
	'Tr', 'a flapping service answers in the end');
my $begin = time;
is($sql->(q{SELECT icd FROM aics_suggest('id r {"mock": {"status": 429, "retry_after": 1, "times": 1, "key": "b"}}', top => 1)}),
	'Tr', 'Retry-After');
cmp_ok(time - $begin, '>=', 1, 'is waited for');
my $watch = Pace->begin;
faulty('{"status": 429, "retry_after": 9999}', '53000', 'an absurd Retry-After');
$watch->soon(5, 'is not waited for when the limit comes first');
good();

# One limit for the whole call: its login, its tries and the pauses between them share it.
$sql->(qq{CREATE SERVER slow_login FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:} . $mock->port . qq{');
	SELECT aics_set_credentials('slow_login', 'login-delay-1.2\@x', 'right')});
$mock->fails($node, q{SET fhir_bridge.aics_timeout = 2000; SELECT * FROM aics_suggest('id 1 {"mock": {"delay": 1.2}}', 'slow_login')},
	'08006', 'a login and an answer, each within the limit, are not within it together');
$mock->reset;
$mock->fails($node, q{SET fhir_bridge.aics_timeout = 2000; SET fhir_bridge.aics_max_attempts_sync = 9;
	SELECT * FROM aics_suggest('{"mock": {"status": 503, "retry_after": 1}}')}, '58000', 'tries and pauses end');
cmp_ok($mock->counts->{requests} - $mock->counts->{unauthorized}, '<=', 2, 'when the next would come after the limit of all');
is($sql->(q{SET fhir_bridge.aics_timeout = 60000; SELECT icd FROM aics_suggest('id 1 {"mock": {"delay": 1.2}}', 'slow_login', top => 1)}),
	'T1', 'where the limit allows them, they are');
good();

# Redirects are not followed.
faulty(qq({"location": "$_"}), '58000', "a redirect to $_")
  for ('http://169.254.169.254/latest/meta-data', 'file:///etc/passwd', 'http://127.0.0.1:' . $mock->port . '/mock/reset');
good();

# Answers that are cut short, slow, too large or not HTTP.
my $short_limit = q{SET fhir_bridge.aics_timeout = 400; };
faulty('{"reset": 1}', '08006', 'a reset');
good();
faulty('{"empty": 1}', '08006', 'no answer');
good();
faulty('{"body": "[[]]", "short": 2}', '08006', 'a body that is too short');
good();
faulty('{"raw": "nonsense\r\n\r\n"}', '08006', 'no HTTP');
unlike(faulty('{"raw": "HTTP/1.1 200 OK\r\nX-Long: ' . 'x' x 200000 . '\r\n\r\n"}', '08006', 'a header without measure'), qr/shared memory/, 'which is not for want of our memory');
good();
for my $wish ('{"delay": 60}', '{"stall": 60}', '{"body": "[[],[],[],[]]", "drip": 5}')
{
	$watch = Pace->begin;
	faulty($wish, '08006', "a slow answer: $wish", $short_limit);
	cmp_ok($watch->took, '>', 0.35, 'not before its limit');
	$watch->soon(3, 'ends at its limit');
	good();
}
faulty('{"bytes": 1073741824}', '54000', 'a gigabyte');
faulty('{"endless": 1}', '54000', 'chunks without an end');
good();

# Answers that are not what they should be.
my @bodies = (
	[ '<html></html>', '22032' ], [ '', '22032' ], [ '[[', '22032' ], [ '{}', '08P01' ], [ '[]', '08P01' ], [ '[[1]]', '08P01' ],
	[ '[[{"icd": null, "prob": 0.5}]]', '08P01' ], [ '[[{"icd": "I10"}]]', '08P01' ], [ '[[{"prob": 1}]]', '08P01' ],
	[ '[[{"icd": "I10", "prob": "0.5"}]]', '08P01' ], [ '[[{"icd": "I10", "prob": -1}]]', '08P01' ],
	[ '[[{"icd": "I10", "prob": 7.5}]]', '08P01' ], [ '[[{"icd": "I10", "prob": 1.0000001}]]', '08P01' ],
	[ '[[{"icd": "I10", "prob": true}]]', '08P01' ], [ '[[{"icd": "I10", "prob": 1e999}]]', '08P01' ], [ '[[{"icd": "I10", "prob": NaN}]]', '22032' ],
	[ '[' x 100000, '22032' ], [ '[[{"icd": "\u0000", "prob": 1}]]', '22021' ], [ '[[{"icd": "\ud800", "prob": 1}]]', '22021' ]);
for (@bodies)
{
	my ($body, $sqlstate) = @$_;
	(my $json = $body) =~ s/(["\\])/\\$1/g;
	faulty(qq({"body": "$json"}), $sqlstate, 'answer ' . substr($body, 0, 40));
}
is($sql->(q{SELECT count(*) FROM aics_suggest('{"mock": {"body": "[[]]"}}')}), '0', 'an empty list is no fault');

# Cancels and limits of the server are the server's own, at once, and leave nothing behind.
for my $wish ('{"delay": 60}', '{"stall": 60}')
{
	$watch = Pace->begin;
	faulty($wish, '57014', "statement_timeout: $wish", 'SET statement_timeout = 300; ');
	$watch->soon(3, 'the server ends it');
}
my $waiter = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $waiter->query_safe('SELECT pg_backend_pid()');
$waiter->query_until(qr/started/, qq{\\echo started\nSELECT * FROM aics_suggest('{"mock": {"delay": 20}}');\n});
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_running'}, '1', 'a call is out');
$sql->("SELECT pg_terminate_backend($pid)");
$mock->until_sql($node, q{SELECT value FROM aics_stats WHERE name = 'slots_free'}, '64', 'a terminated backend leaves no slot');
good();

# Sessions: expired ones are renewed once, whoever notices.
$mock->reset;
good();
is($mock->counts->{logins}, 1, 'an expired session is renewed');
$mock->reset;
is($sql->(q{SELECT count(*) FROM aics_suggest_many(array_fill('id p'::text, ARRAY[32]), top => 1)}), '32', 'calls that meet its end together');
is($mock->counts->{logins}, 1, 'log in once');
$mock->reset;
good();
$mock->reset;
my $before = $mock->counts->{requests};
$mock->fails($node, q{SELECT * FROM aics_suggest('{"mock": {"status": 401}}')}, '28000', 'a session that is always refused');
is($mock->counts->{requests} - $before, 2, 'is tried twice');

# Logins that fail; refused ones are not repeated for a while.
sub login_as
{
	my ($email, $password) = @_;
	$sql->("SELECT aics_set_credentials('aics', '$email', '$password')");
	$sql->('SELECT aics_flush_tokens()');
	return;
}
login_as('x@y', 'wrong');
$mock->reset;
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '28P01', 'a wrong password');
$sql->(q{DO $$ BEGIN FOR i IN 1 .. 99 LOOP BEGIN PERFORM aics_suggest('x'); EXCEPTION WHEN invalid_password THEN END; END LOOP; END $$});
is($mock->counts->{logins}, 1, 'is tried once in a hundred calls');
login_as('login-status-403@x', 'right');
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '28000', 'a forbidden login');
login_as('login-status-503@x', 'right');
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '58000', 'a login service that fails');
login_as('login-body-"[1]"@x', 'right');
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '08P01', 'a login without a session');
login_as('login-session-"a\r\nX-Injected: 1"@x', 'right');
$mock->reset;
$mock->fails($node, q{SELECT * FROM aics_suggest('x')}, '08P01', 'a session that is no header');
is($mock->counts->{requests}, 0, 'is not sent');
$mock->fails($node, qq{SELECT aics_set_credentials('aics', E'a\\nb', 'right')}, 'HV024', 'a control character in the email');
login_as('coder@hospital.example', 'right');
good();

# TLS: only the trusted one, and no way around.
my $ca = $mock->folder . '/ca.crt';
for (['good', 'localhost', undef], ['good', '127.0.0.1', undef], ['expired', 'localhost', '08001'], ['elsewhere', 'localhost', '08001'],
	['stranger', 'localhost', '08001'], ['old', 'localhost', '08001'])
{
	my ($name, $host, $sqlstate) = @$_;
	my $port = $mock->port($name);
	$sql->(qq{DROP SERVER IF EXISTS tls CASCADE; CREATE SERVER tls FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'https://$host:$port/', ca_file '$ca');
		SELECT aics_set_credentials('tls', 'a', 'right')});
	if ($sqlstate)
	{
		my $requests = $stat->('requests');
		$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'tls')}, $sqlstate, "TLS: $name");
		is($stat->('requests'), $requests + 1, "TLS: $name is tried once");
	}
	else
	{
		is($sql->(q{SELECT icd FROM aics_suggest('id t', 'tls', 1)}), 'Tt', "TLS: $name at $host");
	}
}
$sql->(q{ALTER SERVER tls OPTIONS (DROP ca_file, SET base_url 'https://localhost:} . $mock->port('good') . q{')});
$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'tls')}, '08001', 'TLS: an unknown authority');

# The breaker opens, answers at once, and lets a probe through.
$sql->(q{DROP SERVER IF EXISTS gone CASCADE; CREATE SERVER gone FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url 'http://127.0.0.1:1');
	SELECT aics_set_credentials('gone', 'a', 'b')});
$mock->fails($node, q{SET fhir_bridge.aics_max_attempts_sync = 1; SELECT * FROM aics_suggest('x', 'gone')}, '08001', 'no connection') for 1 .. 5;
$mock->fails($node, q{SELECT * FROM aics_suggest('x', 'gone')}, '57P03', 'the breaker is open');
good();

# aics_test says what is wrong where.
is($sql->(q{SELECT string_agg(step || ok, ' ') FROM aics_test()}), 'servertrue credentialstrue enginetrue logintrue diagnosistrue searchtrue', 'all is well');
is($sql->(q{SELECT string_agg(step || ok || coalesce(sqlstate, ''), ' ') FROM aics_test('gone')}), 'servertrue credentialstrue enginetrue loginfalse57P03', 'the service is not');
is($sql->(q{SELECT string_agg(step || ok || sqlstate, ' ') FROM aics_test('nowhere')}), 'serverfalse42704', 'there is no server');

# Nothing is left, and the log has no secret.
is($stat->('slots_free'), '64', 'all slots are free');
unlike(slurp_file($node->logfile), qr/secret-note|wrong|coder\@|\bright\b/, 'no note, email or password in the log');

$node->stop;
done_testing();

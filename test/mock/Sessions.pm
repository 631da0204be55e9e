# What a session in the background answers, without the end of its last line:
# early minor releases of 16 leave it there, as Ubuntu 24.04 has them.
package Sessions;

use strict;
use warnings;

use PostgreSQL::Test::BackgroundPsql;

my $query = \&PostgreSQL::Test::BackgroundPsql::query;

no warnings 'redefine';
*PostgreSQL::Test::BackgroundPsql::query = sub {
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($output, $fault) = $query->(@_);

	$output =~ s/\n\z//;
	return wantarray ? ($output, $fault) : $output;
};

1;

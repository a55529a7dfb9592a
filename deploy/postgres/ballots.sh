#!/bin/sh
# Run once, when the database is made: the role that alone writes and empties the box of sealed ballots.
set -eu
if [ -z "${BALLOT_PASSWORD:-}" ]; then
    exit 0
fi
psql -v ON_ERROR_STOP=1 -v password="$BALLOT_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE ballots LOGIN PASSWORD :'password';
ALTER ROLE ballots SET log_statement = 'none';
ALTER ROLE ballots SET log_min_duration_statement = -1;
SQL

#!/bin/sh
# Run once, by PostgreSQL's image, in a new volume: the program gets a database of its own and no
# power over the server. Nobody can come as the server's superuser but from inside its container.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE evaluation LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE evaluation OWNER evaluation ENCODING 'UTF8';
REVOKE ALL ON DATABASE evaluation FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL

-- What the doctor reports of the server and the login. One statement, reads only; every column has a name of its own.
select
  current_setting('server_version') as version,
  current_setting('server_version_num')::int as version_number,
  pg_catalog.pg_is_in_recovery() as recovering,
  pg_catalog.pg_backend_pid() as backend,
  (select s.version from pg_catalog.pg_stat_ssl s where s.pid = pg_catalog.pg_backend_pid() and s.ssl) as tls_version,
  least(nullif((select r.rolconnlimit from pg_catalog.pg_roles r where r.rolname = current_user), -1),
        current_setting('max_connections')::int) as connection_limit

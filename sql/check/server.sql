-- What the doctor reports of the server and the login. One statement, reads only.
select
  current_setting('server_version'),
  current_setting('server_version_num'),
  current_user,
  current_database(),
  pg_catalog.pg_is_in_recovery(),
  pg_catalog.pg_backend_pid(),
  (select s.version from pg_catalog.pg_stat_ssl s where s.pid = pg_catalog.pg_backend_pid() and s.ssl),
  least(nullif((select r.rolconnlimit from pg_catalog.pg_roles r where r.rolname = current_user), -1),
        current_setting('max_connections')::int)

-- Relations of users that a name without a schema can mean.
select n.nspname, c.relname
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (pg_catalog.current_schemas(false))
  and n.nspname not in ('pg_catalog', 'information_schema')
  and c.relkind in ('r', 'v', 'm', 'f', 'p', 'S')

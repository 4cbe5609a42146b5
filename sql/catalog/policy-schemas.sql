-- Schemas in the order of the search path (0 where not on it), and whether the role may use them.
select n.nspname,
       coalesce(array_position(pg_catalog.current_schemas(true), n.nspname), 0) as place_on_path,
       pg_catalog.has_schema_privilege(n.oid, 'usage') as may_use
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_(toast_)?temp_'
order by 2, 1

-- Schemas that analysts see, with comment and place on the search path (null where it is not on it).
-- $1: JSON array of schema names, or null for every schema but the system's own (the prefix pg_ is reserved).
select n.nspname,
       left(d.description, 500),
       pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
from pg_catalog.pg_namespace n
left join pg_catalog.pg_description d
  on d.objoid = n.oid and d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objsubid = 0
where pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  and case
        when $1::pg_catalog.json is null then n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        else n.nspname::text in (select pg_catalog.json_array_elements_text($1::pg_catalog.json))
      end
order by n.nspname

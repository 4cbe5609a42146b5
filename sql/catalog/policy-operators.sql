-- Operators that initdb did not make, each with the function behind it.
select n.nspname,
       o.oprname,
       pn.nspname as function_schema,
       p.proname as function_name,
       greatest(o.oprleft::oid, o.oprright::oid) >= 16384 as on_user_type
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
join pg_catalog.pg_proc p on p.oid = o.oprcode
join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
where o.oid >= 16384

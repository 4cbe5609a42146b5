-- Every function by schema and name, its overloads folded into one row per extension they belong to (or none).
select n.nspname,
       p.proname,
       e.extname,
       p.oid < 16384 as built_in, -- FirstNormalObjectId: what initdb made
       bool_or(p.provolatile = 'v') as is_volatile,
       bool_or(p.prosecdef) as is_security_definer,
       bool_or(p.prokind = 'p') as is_procedure,
       bool_or('internal'::regtype = any (p.proargtypes::oid[]) or p.prorettype = 'internal'::regtype) as is_internal,
       bool_or(p.pronargs - p.pronargdefaults <= 1 and (p.pronargs >= 1 or p.provariadic <> 0)
               and 'internal'::regtype <> all (p.proargtypes::oid[])) as takes_one_argument
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
left join pg_catalog.pg_extension e on e.oid = d.refobjid
where n.nspname !~ '^pg_(toast_)?temp_'
group by n.nspname, p.proname, e.extname, p.oid < 16384

-- Every function by schema and name, its overloads folded into one row per extension they belong to (or none). Built in
-- is what initdb made (below FirstNormalObjectId), and the constructors that CREATE TYPE makes for a range of built-in
-- parts.
with constructor as materialized (
  select d.objid as oid
  from pg_catalog.pg_depend d
  join pg_catalog.pg_range r on d.refobjid in (r.rngtypid, r.rngmultitypid)
  where d.classid = 'pg_catalog.pg_proc'::regclass and d.refclassid = 'pg_catalog.pg_type'::regclass
    and d.deptype = 'i' and greatest(r.rngsubtype::oid, r.rngsubopc, r.rngcanonical::oid) < 16384
)
select n.nspname,
       p.proname,
       e.extname,
       p.oid < 16384 or c.oid is not null as built_in,
       bool_or(p.provolatile = 'v') as is_volatile,
       bool_or(p.prosecdef) as is_security_definer,
       bool_or(p.prokind = 'p') as is_procedure,
       bool_or('internal'::regtype = any (p.proargtypes::oid[]) or p.prorettype = 'internal'::regtype) as is_internal,
       bool_or(p.pronargs - p.pronargdefaults <= 1 and (p.pronargs >= 1 or p.provariadic <> 0)
               and 'internal'::regtype <> all (p.proargtypes::oid[])) as takes_one_argument,
       -- Distinct types of the results; ? for pseudo-types, rows, domains, OUT parameters and names with blanks.
       string_agg(distinct case when r.typtype in ('b', 'e', 'm', 'r') and not coalesce(p.proargmodes && '{o,b,t}', false)
                                     and r.typname !~ '\s'
                                then r.typname else '?' end, ' ') as results,
       -- Arguments that agree on a type, so that a literal is read as what stands beside it.
       bool_or((select count(*) from unnest(p.proargtypes::oid[]) a (oid)
                where a.oid = any (array['anyelement', 'anyarray', 'anynonarray', 'anyenum', 'anyrange', 'anymultirange',
                                         'anycompatible', 'anycompatiblearray', 'anycompatiblenonarray',
                                         'anycompatiblerange', 'anycompatiblemultirange']::regtype[]::oid[])) > 1) as agrees
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_type r on r.oid = p.prorettype
left join constructor c on c.oid = p.oid
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
left join pg_catalog.pg_extension e on e.oid = d.refobjid
where n.nspname !~ '^pg_(toast_)?temp_'
group by n.nspname, p.proname, e.extname, p.oid < 16384 or c.oid is not null

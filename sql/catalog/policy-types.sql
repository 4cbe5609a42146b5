-- Functions of users that run by naming a type: input functions, canonical functions of ranges, casts, and what the
-- checks of a domain (or of a domain under it) call.
with recursive domain_chain (oid, ancestor) as (
  select t.oid, t.oid from pg_catalog.pg_type t where t.typtype = 'd'
  union
  select c.oid, t.typbasetype from domain_chain c join pg_catalog.pg_type t on t.oid = c.ancestor where t.typbasetype <> 0
), runs (type_oid, function_oid) as (
  select t.oid, t.typinput::oid from pg_catalog.pg_type t where t.typtype <> 'd'
  union select c.oid, t.typinput::oid from domain_chain c join pg_catalog.pg_type t on t.oid = c.ancestor where t.typtype <> 'd'
  union select t.oid, t.typmodin::oid from pg_catalog.pg_type t
  union select r.rngtypid, r.rngcanonical::oid from pg_catalog.pg_range r
  union select k.castsource, k.castfunc from pg_catalog.pg_cast k
  union select k.casttarget, k.castfunc from pg_catalog.pg_cast k
  union
  select c.oid, d.refobjid
  from domain_chain c
  join pg_catalog.pg_constraint k on k.contypid = c.ancestor
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = k.oid
   and d.refclassid = 'pg_catalog.pg_proc'::regclass
)
select n.nspname, t.typname, pn.nspname as function_schema, p.proname as function_name
from runs r
join pg_catalog.pg_type t on t.oid = r.type_oid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_proc p on p.oid = r.function_oid
join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
where r.function_oid >= 16384 and t.oid >= 16384

-- Functions of users that run by naming a type: input and canonical functions, what the checks of a domain call, those of
-- every type that a type is made of (base, element, column, bound), and casts to and from it.
with recursive direct (type_oid, function_oid) as (
  select t.oid, t.typinput::oid from pg_catalog.pg_type t
  union select t.oid, t.typmodin::oid from pg_catalog.pg_type t
  union select r.rngtypid, r.rngcanonical::oid from pg_catalog.pg_range r
  union
  select k.contypid, d.refobjid
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = k.oid
   and d.refclassid = 'pg_catalog.pg_proc'::regclass
  where k.contypid <> 0
), made_of (type_oid, part_oid) as (
  select t.oid, t.typbasetype from pg_catalog.pg_type t where t.typbasetype <> 0
  union all select t.oid, t.typelem from pg_catalog.pg_type t where t.typelem <> 0
  union all select r.rngtypid, r.rngsubtype from pg_catalog.pg_range r
  union all
  select c.reltype, a.atttypid
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  where c.reltype <> 0 and a.attnum > 0 and a.atttypid >= 16384
), runs (type_oid, function_oid) as (
  select d.type_oid, d.function_oid from direct d where d.function_oid >= 16384
  union
  select m.type_oid, r.function_oid from runs r join made_of m on m.part_oid = r.type_oid
), all_runs as (
  select r.type_oid, r.function_oid from runs r
  union select k.castsource, k.castfunc from pg_catalog.pg_cast k where k.castfunc >= 16384
  union select k.casttarget, k.castfunc from pg_catalog.pg_cast k where k.castfunc >= 16384
)
select n.nspname, t.typname, pn.nspname as function_schema, p.proname as function_name
from all_runs r
join pg_catalog.pg_type t on t.oid = r.type_oid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_proc p on p.oid = r.function_oid
join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
where t.oid >= 16384

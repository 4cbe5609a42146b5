-- Functions of users that run by naming a type: its input and typmod functions, the canonical function of a range, its
-- casts, what the checks of a domain call by name or by operator, and all of these of the types it is made of.
-- Constructors that Postgres makes for range types do not count. Casts between types of initdb's are in policy-casts.sql.
-- The last two say which columns are of a type that runs a user's function over a value that is read from text, as
-- [schema, relation, column], and whether that is a plain domain: operators and UNION turn it to the type below, whose
-- input runs none.
with recursive made_of (type_oid, part_oid) as materialized (
  select t.oid, t.typbasetype from pg_catalog.pg_type t where t.typbasetype >= 16384
  union all select t.oid, t.typelem from pg_catalog.pg_type t where t.typelem >= 16384
  union all select r.rngtypid, r.rngsubtype from pg_catalog.pg_range r where r.rngsubtype >= 16384
  union all select r.rngmultitypid, r.rngtypid from pg_catalog.pg_range r where r.rngtypid >= 16384
  union all
  select c.reltype, a.atttypid
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  where a.atttypid >= 16384 and a.attnum > 0 and c.reltype <> 0
  union all
  select k.contypid, d.refobjid
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = k.oid
   and d.refclassid = 'pg_catalog.pg_type'::regclass
  where k.contypid <> 0 and d.refobjid <> k.contypid
), runs (type_oid, function_oid, is_input) as (
  select t.oid, t.typinput::oid, true from pg_catalog.pg_type t
  union select t.oid, t.typmodin::oid, false from pg_catalog.pg_type t
  union select r.rngtypid, r.rngcanonical::oid, true from pg_catalog.pg_range r
  union select k.castsource, k.castfunc, false from pg_catalog.pg_cast k where k.castsource >= 16384
  union select k.casttarget, k.castfunc, false from pg_catalog.pg_cast k where k.casttarget >= 16384
  union
  select k.contypid, coalesce(o.oprcode::oid, d.refobjid), true
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid = k.oid
   and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
  left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::regclass and o.oid = d.refobjid
  where k.contypid <> 0
), reached (type_oid, function_oid, is_input) as (
  select r.type_oid, r.function_oid, r.is_input
  from runs r
  where r.function_oid >= 16384
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = r.function_oid
                      and d.refclassid = 'pg_catalog.pg_type'::regclass and d.deptype = 'i')
  union
  select m.type_oid, r.function_oid, r.is_input from reached r join made_of m on m.part_oid = r.type_oid
), below (type_oid, base_oid) as (
  select t.oid, t.typbasetype from pg_catalog.pg_type t where t.typbasetype <> 0
  union
  select b.type_oid, t.typbasetype
  from below b join pg_catalog.pg_type t on t.oid = b.base_oid
  where t.typbasetype <> 0
), read_as as materialized (
  -- An extension's own types are read from text all the time.
  select distinct r.type_oid, r.function_oid
  from reached r
  where r.is_input
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = r.function_oid and d.deptype = 'e')
), columns as materialized (
  select a.atttypid as type_oid, jsonb_agg(jsonb_build_array(n.nspname, c.relname, a.attname)) as names
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where a.atttypid in (select i.type_oid from read_as i)
    and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'm', 'f', 'p')
  group by a.atttypid
)
select n.nspname, t.typname, pn.nspname as function_schema, p.proname as function_name,
       case when i.type_oid is not null then l.names end as columns,
       exists (select
               from below b join pg_catalog.pg_type y on y.oid = b.base_oid and y.typtype <> 'd'
               where b.type_oid = t.oid and not exists (select from read_as x where x.type_oid = b.base_oid)) as is_plain
from (select distinct type_oid, function_oid from reached) r
join pg_catalog.pg_type t on t.oid = r.type_oid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_proc p on p.oid = r.function_oid
join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
left join read_as i on i.type_oid = r.type_oid and i.function_oid = r.function_oid
left join columns l on l.type_oid = r.type_oid

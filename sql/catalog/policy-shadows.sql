-- Overloads by users of names that pg_catalog has too, one row an argument, with every type that reaches it unasked
-- (null for a polymorphic argument, which takes any; a VARIADIC one takes elements as well as the array). What counts is
-- the type below a domain, on both sides; an array reaches where its elements do, the row of a child table where that of
-- its parent does (Postgres, parse_coerce.c, can_coerce_type and find_coercion_pathway).
with recursive own as materialized (
  select p.oid, n.nspname, p.proname, p.pronargs, p.pronargdefaults, p.provariadic, p.proargtypes
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.oid >= 16384
    and n.nspname = any (pg_catalog.current_schemas(true))
    and exists (select from pg_catalog.pg_proc b where b.proname = p.proname and b.oid < 16384)
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
), below (oid, base, base_type) as (
  select d.oid, b.oid, b.typtype
  from pg_catalog.pg_type d
  join pg_catalog.pg_type b on b.oid = d.typbasetype
  where d.typtype = 'd'
  union all
  select w.oid, b.oid, b.typtype
  from below w
  join pg_catalog.pg_type d on d.oid = w.base
  join pg_catalog.pg_type b on b.oid = d.typbasetype
  where w.base_type = 'd'
), based as materialized (
  select t.oid, t.typname, t.typcategory, t.typelem, coalesce(w.base, t.oid) as base
  from pg_catalog.pg_type t
  left join below w on w.oid = t.oid and w.base_type <> 'd'
), wanted as materialized (
  select distinct t.oid as target, t.base
  from own o, unnest(o.proargtypes::oid[] || o.provariadic) a (oid)
  join based t on t.oid = a.oid
), elements as (
  select w.target, t.base
  from wanted w
  join based a on a.oid = w.base and a.typcategory = 'A'
  join based t on t.oid = a.typelem
), rows (target, relation) as (
  select w.target, c.oid from wanted w join pg_catalog.pg_class c on c.reltype = w.base
  union
  select r.target, i.inhrelid from rows r join pg_catalog.pg_inherits i on i.inhparent = r.relation
), reaching as (
  select target, base as source from wanted
  union
  select w.target, k.castsource
  from wanted w join pg_catalog.pg_cast k on k.casttarget = w.base and k.castcontext = 'i'
  union
  select r.target, c.reltype from rows r join pg_catalog.pg_class c on c.oid = r.relation
  union
  select e.target, a.oid
  from (select target, base from elements
        union
        select l.target, k.castsource
        from elements l join pg_catalog.pg_cast k on k.casttarget = l.base and k.castcontext = 'i') e
  join based t on t.base = e.base
  join based a on a.typelem = t.oid and a.typcategory = 'A'
), accepted as materialized (
  select r.target, jsonb_agg(distinct t.typname) as names
  from reaching r
  join based t on t.base = r.source
  group by r.target
), rivals as materialized (
  select r.proname, bool_or(r.pronargs = 1 and rt.typcategory = 'S') as has_text_rival
  from pg_catalog.pg_proc r
  left join pg_catalog.pg_type rt on rt.oid = r.proargtypes[0]
  where r.oid < 16384 and r.proname in (select o.proname from own o)
  group by r.proname
)
select o.nspname,
       o.proname,
       o.oid,
       o.pronargs - o.pronargdefaults as min_arguments,
       case when o.provariadic <> 0 then 100 else o.pronargs end as max_arguments,
       case when t.typtype <> 'p' then s.names || coalesce(es.names, '[]') end as accepted_types,
       coalesce(coalesce(e.typcategory, t.typcategory) = 'S', false) as takes_text,
       r.has_text_rival
from own o
join rivals r on r.proname = o.proname
left join lateral unnest(o.proargtypes::oid[]) with ordinality a (oid, place) on true
left join pg_catalog.pg_type t on t.oid = a.oid
left join pg_catalog.pg_type e on e.oid = o.provariadic and a.place = o.pronargs
left join accepted s on s.target = t.oid
left join accepted es on es.target = e.oid
order by o.nspname, o.proname, o.oid, a.place

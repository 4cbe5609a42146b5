-- Overloads by users of names that pg_catalog has too, one row an argument, with every type that reaches it unasked
-- (null for a polymorphic argument, which takes any; a VARIADIC one takes elements as well as the array).
with own as materialized (
  select p.oid, n.nspname, p.proname, p.pronargs, p.pronargdefaults, p.provariadic, p.proargtypes
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.oid >= 16384
    and n.nspname = any (pg_catalog.current_schemas(true))
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
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
       case when t.typtype = 'p' then null else (
         select string_agg(s.typname, ' ')
         from pg_catalog.pg_type s
         where s.oid in (t.oid, e.oid)
            or s.oid in (select k.castsource from pg_catalog.pg_cast k
                         where k.casttarget in (t.oid, e.oid) and k.castcontext = 'i')
       ) end as accepted_types,
       coalesce(coalesce(e.typcategory, t.typcategory) = 'S', false) as takes_text,
       r.has_text_rival
from own o
join rivals r on r.proname = o.proname
left join lateral unnest(o.proargtypes::oid[]) with ordinality a (oid, place) on true
left join pg_catalog.pg_type t on t.oid = a.oid
left join pg_catalog.pg_type e on e.oid = o.provariadic and a.place = o.pronargs
order by o.nspname, o.proname, o.oid, a.place

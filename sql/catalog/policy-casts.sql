-- Casts of users between types of initdb's that may do harm, each with its function; and of one that Postgres makes unasked
-- what takes or gives its source, as ["f", function, types ...], ["o", operator, left, right] and ["r", operator] for one
-- that gives it out of others. There * stands for any type, [] for any array, and null for no operand.
with harmful as materialized (
  select k.castsource, k.casttarget, k.castcontext = 'i' as is_implicit, p.proname, pn.nspname
  from pg_catalog.pg_cast k
  join pg_catalog.pg_proc p on p.oid = k.castfunc
  join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
  where k.oid >= 16384 and k.castsource < 16384 and k.casttarget < 16384 and (p.provolatile = 'v' or p.prosecdef)
), named as materialized (
  select t.oid,
         case when t.typname in ('any', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray') then '*'
              when t.typname in ('anyarray', 'anycompatiblearray') then '[]'
              else t.typname end as name
  from pg_catalog.pg_type t
  where exists (select from harmful)
), sources as (
  select distinct h.castsource as oid, t.typarray from harmful h join pg_catalog.pg_type t on t.oid = h.castsource
  where h.is_implicit
), taken as (
  select s.oid, jsonb_build_array('f', p.proname) || (
           select jsonb_agg(n.name order by a.place)
           from unnest(p.proargtypes::oid[]) with ordinality a (oid, place) join named n on n.oid = a.oid) as entry
  from sources s
  join pg_catalog.pg_proc p on exists (select from unnest(p.proargtypes::oid[]) a (oid) join named n on n.oid = a.oid
                                       where a.oid in (s.oid, s.typarray) or n.name in ('*', '[]'))
  union all
  select s.oid, jsonb_build_array('o', o.oprname, l.name, r.name)
  from sources s
  join pg_catalog.pg_operator o on true
  left join named l on l.oid = o.oprleft
  join named r on r.oid = o.oprright
  where s.oid in (o.oprleft, o.oprright) or s.typarray in (o.oprleft, o.oprright) 
     or l.name in ('*', '[]') or r.name in ('*', '[]')
  union all
  select distinct s.oid, jsonb_build_array('r', o.oprname)
  from sources s join pg_catalog.pg_operator o on o.oprresult in (s.oid, s.typarray)
                                                 and s.oid not in (o.oprleft, o.oprright)
), signatures as materialized (
  select k.oid, jsonb_agg(k.entry) as entries from taken k group by k.oid
)
select y.typname as source, t.typname as target, h.is_implicit, h.nspname, h.proname, g.entries
from harmful h
join pg_catalog.pg_type y on y.oid = h.castsource
join pg_catalog.pg_type t on t.oid = h.casttarget
left join signatures g on g.oid = h.castsource and h.is_implicit

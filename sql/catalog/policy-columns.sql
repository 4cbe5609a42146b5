-- Columns that share their name with a function of one argument or with a type of users (x.name is the column where x
-- has it, else a call or a cast); and, where users overload a name of pg_catalog, all columns with their types (of
-- Postgres' own catalogs too), to tell which overload a call means; the same where they made a cast between types of
-- Postgres' own that may do harm. Below a domain stands its base, ? where that is one too.
with overloaded as (
  select from pg_catalog.pg_proc p
  where p.oid >= 16384
    and exists (select from pg_catalog.pg_proc b where b.proname = p.proname and b.oid < 16384)
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  union all
  select
  from pg_catalog.pg_cast k join pg_catalog.pg_proc p on p.oid = k.castfunc
  where k.oid >= 16384 and k.castsource < 16384 and k.casttarget < 16384 and (p.provolatile = 'v' or p.prosecdef)
)
select n.nspname, c.relname, a.attname, case when t.typtype = 'p' then '?' else t.typname end as type_name,
       case when b.typtype = 'd' then '?' else b.typname end as base_name,
       -- Counted from 1, as a list of names behind an alias counts.
       a.attnum - (select count(*) from unnest(d.places) g (place) where g.place < a.attnum) as place
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join (select y.attrelid, array_agg(y.attnum) as places
           from pg_catalog.pg_attribute y
           where y.attisdropped
           group by y.attrelid) d on d.attrelid = c.oid
left join pg_catalog.pg_type b on b.oid = t.typbasetype and t.typtype = 'd'
where a.attnum > 0 and not a.attisdropped
  and c.relkind in ('r', 'v', 'm', 'f', 'p')
  and n.nspname <> 'pg_toast'
  and n.nspname !~ '^pg_(toast_)?temp_'
  and (n.nspname not in ('pg_catalog', 'information_schema') or exists (select from overloaded))
  and (exists (select from overloaded)
       or exists (select from pg_catalog.pg_type y where y.typname = a.attname and y.oid >= 16384)
       or exists (select from pg_catalog.pg_proc p
                  where p.proname = a.attname
                    and (p.pronargs >= 1 or p.provariadic <> 0) and p.pronargs - p.pronargdefaults <= 1
                    and (p.oid >= 16384 or p.provolatile = 'v')))
limit 50000

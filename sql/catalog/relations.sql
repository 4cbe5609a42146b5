-- Every relation that the role may read, one row each, columns as JSON; partitions are folded into their root.
-- No statement here opens a relation, so a table under an exclusive lock does not hold the catalog up: rows and size
-- are what the last VACUUM or ANALYZE left in pg_class. What an extension made for itself is left out.
-- $1: JSON array of schema names, or null for every schema but the system's own (the prefix pg_ is reserved).
with visible_schema as (
  select n.oid, n.nspname
  from pg_catalog.pg_namespace n
  where pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    and case
          when $1::pg_catalog.json is null then n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
          else n.nspname::text in (select pg_catalog.json_array_elements_text($1::pg_catalog.json))
        end
),
readable as materialized (
  select c.oid, s.nspname, c.relname, c.relkind, c.reltuples, c.relispartition, c.relispopulated, c.relrowsecurity,
         pg_catalog.has_table_privilege(c.oid, 'SELECT') as whole,
         case when c.relispartition then pg_catalog.pg_partition_root(c.oid)::oid end as root
  from pg_catalog.pg_class c
  join visible_schema s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (pg_catalog.has_table_privilege(c.oid, 'SELECT') or pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
    and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.objsubid = 0
        and e.deptype = 'e'
    )
),
index_pages as (
  select i.indrelid, sum(c.relpages) as pages
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  group by i.indrelid
),
pages as (
  select c.oid, c.relpages::bigint + coalesce(t.relpages, 0) + coalesce(x.pages, 0) + coalesce(tx.pages, 0) as pages
  from pg_catalog.pg_class c
  left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
  left join index_pages x on x.indrelid = c.oid
  left join index_pages tx on tx.indrelid = c.reltoastrelid
  where c.relkind in ('r', 'm')
),
leaf as (
  select pg_catalog.pg_partition_root(c.oid)::oid as root,
         count(*) as partitions,
         sum(c.reltuples) filter (where c.reltuples >= 0) as tuples,
         sum(p.pages) as pages
  from pg_catalog.pg_class c
  left join pages p on p.oid = c.oid
  where c.relispartition and c.relkind in ('r', 'f')
  group by 1
)
select r.oid,
       r.nspname,
       r.relname,
       r.relkind,
       left(d.description, 500),
       case
         when l.root is not null then l.tuples::bigint
         when r.relkind in ('r', 'm', 'f') and r.reltuples >= 0 then r.reltuples::bigint
       end,
       coalesce(l.pages, p.pages)::bigint * pg_catalog.current_setting('block_size')::bigint,
       coalesce(l.partitions, 0),
       r.whole,
       r.relispopulated,
       r.relrowsecurity,
       (
         select pg_catalog.json_agg(a.attname order by k.place)
         from pg_catalog.pg_constraint con
         cross join lateral pg_catalog.unnest(con.conkey) with ordinality k (attnum, place)
         join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.attnum
         where con.conrelid = r.oid and con.contype = 'p'
       ),
       (
         select pg_catalog.json_agg(
                  pg_catalog.json_build_array(
                    a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, left(cd.description, 300)
                  ) order by a.attnum
                )
         from pg_catalog.pg_attribute a
         left join pg_catalog.pg_description cd
           on cd.objoid = a.attrelid and cd.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
              and cd.objsubid = a.attnum
         where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
           and (r.whole or pg_catalog.has_column_privilege(r.oid, a.attnum, 'SELECT'))
       )
from readable r
left join leaf l on l.root = r.oid
left join pages p on p.oid = r.oid
left join pg_catalog.pg_description d
  on d.objoid = r.oid and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objsubid = 0
where not r.relispartition or not exists (select from readable root where root.oid = r.root)
order by r.nspname, r.relname

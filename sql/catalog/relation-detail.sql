-- What describe_table adds for one relation, as rows of (part, name, text, more), several parts in one round trip.
-- Where the role may read some columns only, whatever would tell of the others is left out.
-- $1: oid of the relation, which the reader has found in its own catalog.
with relation as (
  select c.oid, c.relkind, pg_catalog.has_table_privilege(c.oid, 'SELECT') as whole
  from pg_catalog.pg_class c
  where c.oid = $1::oid
),
readable_column as (
  select a.attrelid, a.attnum, a.attname, a.atttypid, a.attidentity, a.attgenerated
  from pg_catalog.pg_attribute a, relation r
  where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    and (r.whole or pg_catalog.has_column_privilege(r.oid, a.attnum, 'SELECT'))
),
column_type as (
  select c.attname, c.attnum, t.oid, t.typtype, t.typbasetype, t.typtypmod,
         case when t.typtype = 'd' then t.typbasetype else t.oid end as base
  from readable_column c
  join pg_catalog.pg_type declared on declared.oid = c.atttypid
  join pg_catalog.pg_type t on t.oid = case when declared.typcategory = 'A' then declared.typelem else declared.oid end
  where t.typtype in ('d', 'e')
),
part as (
  select 1 as rank, c.attnum::bigint as place, 'default' as part, c.attname::text as name,
         pg_catalog.pg_get_expr(d.adbin, d.adrelid) as text, c.attgenerated::text as more
  from readable_column c
  join pg_catalog.pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
  cross join relation r
  where c.attgenerated = '' or r.whole
  union all
  select 2, c.attnum, 'identity', c.attname, null, c.attidentity::text
  from readable_column c
  where c.attidentity <> ''
  union all
  select 3, t.attnum, 'enum', t.attname, null,
         (
           select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder)::text
           from pg_catalog.pg_enum e where e.enumtypid = t.base
         )
  from column_type t
  where exists (select from pg_catalog.pg_enum e where e.enumtypid = t.base)
  union all
  select 4, t.attnum, 'domain', t.attname, pg_catalog.format_type(t.typbasetype, t.typtypmod),
         (
           select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(con.oid, true), ' ' order by con.conname)
           from pg_catalog.pg_constraint con where con.contypid = t.oid and con.contype = 'c'
         )
  from column_type t
  where t.typtype = 'd'
  union all
  select 5, con.oid::bigint, 'constraint', con.conname, pg_catalog.pg_get_constraintdef(con.oid, true), con.contype::text
  from pg_catalog.pg_constraint con, relation r
  where con.conrelid = r.oid and con.contype in ('c', 'u', 'x')
    and (r.whole or con.conkey <@ array(select c.attnum from readable_column c))
  union all
  select 6, i.indexrelid::bigint, 'index', x.relname, pg_catalog.pg_get_indexdef(i.indexrelid),
         case when i.indisunique then 'unique' end
  from pg_catalog.pg_index i
  join pg_catalog.pg_class x on x.oid = i.indexrelid
  cross join relation r
  where i.indrelid = r.oid and i.indisvalid and not i.indisprimary
    and not exists (
      select from pg_catalog.pg_constraint con where con.conindid = i.indexrelid and con.contype in ('u', 'x')
    )
    and (
      r.whole
      or i.indexprs is null and i.indpred is null
         and i.indkey::pg_catalog.int2[] <@ array(select c.attnum from readable_column c)
    )
  union all
  select 7, 0, 'partition_key', null, pg_catalog.pg_get_partkeydef(r.oid), null
  from relation r
  where r.relkind = 'p' and r.whole
  union all
  select 8, p.place, 'partition', p.relname, pg_catalog.pg_get_expr(p.relpartbound, p.oid), p.total::text
  from (
    select c.oid, c.relname, c.relpartbound,
           row_number() over (order by length(c.relname::text), c.relname) as place,
           count(*) over () as total
    from pg_catalog.pg_inherits h
    join pg_catalog.pg_class c on c.oid = h.inhrelid
    join relation r on r.oid = h.inhparent and r.whole
    where c.relispartition
  ) p
  where p.place <= 3 or p.place > p.total - 3
  union all
  select 9, 0, 'analyzed', null,
         pg_catalog.to_char(
           greatest(pg_catalog.pg_stat_get_last_analyze_time(r.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(r.oid))
             at time zone 'UTC',
           'YYYY-MM-DD'
         ),
         null
  from relation r
  where r.relkind in ('r', 'p', 'm', 'f')
  union all
  select 10, 0, 'reads', null, read.oid::text, null
  from (
    select distinct d.refobjid as oid
    from relation r
    join pg_catalog.pg_rewrite w on w.ev_class = r.oid
    join pg_catalog.pg_depend d
      on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
         and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> r.oid
    where r.relkind in ('v', 'm')
  ) read
)
select part, name, text, more from part order by rank, place, name

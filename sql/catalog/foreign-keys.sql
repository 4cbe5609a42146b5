-- Every foreign key once, with the columns of both sides in order; the copies that partitions inherit are left out.
-- The reader keeps those whose both sides it may see.
select con.conrelid,
       con.confrelid,
       (
         select pg_catalog.json_agg(a.attname order by k.place)
         from pg_catalog.unnest(con.conkey) with ordinality k (attnum, place)
         join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.attnum
       ),
       (
         select pg_catalog.json_agg(a.attname order by k.place)
         from pg_catalog.unnest(con.confkey) with ordinality k (attnum, place)
         join pg_catalog.pg_attribute a on a.attrelid = con.confrelid and a.attnum = k.attnum
       )
from pg_catalog.pg_constraint con
where con.contype = 'f' and con.conparentid = 0
order by con.conrelid, con.conname

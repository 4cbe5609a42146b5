-- The roots of the partitions that bear a name, for whoever asks for a partition instead of its table.
-- $1: schema or null, $2: name of the partition.
select distinct pg_catalog.pg_partition_root(c.oid)::oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relispartition and c.relname = $2::text and ($1::text is null or n.nspname = $1::text)

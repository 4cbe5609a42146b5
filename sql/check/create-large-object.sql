-- Should fail for a read-only role: a large object is data too. It is tried inside a transaction that is rolled back.
select pg_catalog.lo_create(0)

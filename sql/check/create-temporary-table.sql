-- Should fail for a read-only role: temporary tables take disk. It is tried inside a transaction that is rolled back.
create temporary table pg_analytics_mcp_check (n int)

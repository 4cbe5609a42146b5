-- Must fail for a read-only role. It is tried inside a transaction that is rolled back.
create table public.pg_analytics_mcp_check (n int)

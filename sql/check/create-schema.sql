-- Must fail for a read-only role. It is tried inside a transaction that is rolled back.
create schema pg_analytics_mcp_check

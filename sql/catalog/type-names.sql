-- Names of types by OID, as casts spell them. $1: array of OIDs.
SELECT t.oid::text, format_type(t.oid, NULL)
FROM pg_catalog.pg_type t
WHERE t.oid = ANY ($1::oid[])

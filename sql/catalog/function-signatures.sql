-- What the functions of one name take, the fewest arguments first, and how many there are. $1: schema, or NULL for those
-- that the search path finds; $2: name.
SELECT pg_get_function_identity_arguments(p.oid), count(*) OVER ()
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = $2::name
  AND CASE WHEN $1::name IS NULL THEN pg_function_is_visible(p.oid) ELSE n.nspname = $1::name END
ORDER BY p.pronargs, p.oid
LIMIT 8

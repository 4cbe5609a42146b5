-- The query behind one view, read only where everything it reads may be seen too. $1: oid of the view.
select pg_catalog.pg_get_viewdef($1::oid, true)

-- Lists what is wrong with a read-only role: one row per problem, none where all is well. One statement, reads only.
-- It judges the role that runs it; another role is named first: set analytics_ro.role = 'the_role'.
--   severity  unsafe: the role, or a role it may become, can write or escalate
--             advice: a limit is missing, or more is open than a reader needs
--   problem, place, mend: one line each
-- Rights count whatever way they come: granted, inherited, through SET ROLE, or because PUBLIC has them.
with
subject as materialized (
  select oid, rolname, rolsuper, rolconnlimit
  from pg_catalog.pg_roles
  where rolname = coalesce(nullif(current_setting('analytics_ro.role', true), ''), current_user)
),
-- The role and every role it may become. A superuser may become anyone: that one fact says all.
reach as materialized (
  select r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
         r.oid = s.oid as is_subject
  from pg_catalog.pg_roles r, subject s
  where r.oid = s.oid or (not s.rolsuper and pg_has_role(s.oid, r.oid, 'member'))
),
-- Rights are looked up for ordinary roles only; a superuser has all of them, and predefined roles are judged by name.
judged as materialized (
  select r.oid, r.rolname from reach r where not r.rolsuper and (r.oid >= 16384 or r.is_subject)
),
relations as materialized (
  select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relkind, c.relacl, n.oid as schema_oid
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_(toast|temp)'
    -- Everybody may UPDATE pg_settings: that is SET, and ends with the session.
    and c.oid <> 'pg_catalog.pg_settings'::regclass
),
found (severity, problem, place, mend) as (
  select 'unsafe', 'attribute ' || a.name, 'role ' || quote_ident(r.rolname), a.mend
  from reach r, lateral (values
    ('SUPERUSER', r.rolsuper, 'connect as another role; analytics_ro_role.sql makes one'),
    ('CREATEROLE', r.rolcreaterole, 'alter role ... nocreaterole'),
    ('CREATEDB', r.rolcreatedb, 'alter role ... nocreatedb'),
    ('REPLICATION', r.rolreplication, 'alter role ... noreplication'),
    ('BYPASSRLS', r.rolbypassrls, 'alter role ... nobypassrls')
  ) as a (name, is_set, mend)
  where a.is_set
  union all
  select case
           when r.rolname in ('pg_read_all_data', 'pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats',
             'pg_stat_scan_tables', 'pg_use_reserved_connections') then 'advice'
           else 'unsafe'
         end,
         'member of ' || r.rolname, 'role ' || quote_ident(s.rolname), 'revoke ' || r.rolname || ' from ...'
  from reach r, subject s
  where not r.is_subject and r.oid < 16384 and not r.rolsuper
  union all
  select 'unsafe', 'owner of an object', concat_ws(' ', o.type, o.identity),
         'reassign owned by ... to another role'
  from pg_catalog.pg_shdepend d
  join reach r on r.oid = d.refobjid and (r.is_subject or r.oid >= 16384)
  cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
  where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
    and d.dbid in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  union all
  select 'unsafe', p.privilege || ' on a table', c.name, 'revoke ' || lower(p.privilege) || ' on ... from ...'
  from relations c
  cross join judged r
  cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) as p (privilege)
  where c.relkind <> 'S'
    and case when p.privilege in ('INSERT', 'UPDATE', 'REFERENCES')
      then has_any_column_privilege(r.oid, c.oid, p.privilege)
      else has_table_privilege(r.oid, c.oid, p.privilege) end
  union all
  -- MAINTAIN came with Postgres 17; has_table_privilege() of older servers does not know the word.
  select 'unsafe', 'MAINTAIN on a table', c.name, 'revoke maintain on ... from ...'
  from relations c, aclexplode(c.relacl) a
  where a.privilege_type = 'MAINTAIN' and (a.grantee = 0 or a.grantee in (select oid from judged))
  union all
  select 'unsafe', p.privilege || ' on a sequence', c.name, 'revoke all on sequence ... from ...'
  from relations c
  cross join judged r
  cross join (values ('USAGE'), ('UPDATE')) as p (privilege)
  where c.relkind = 'S' and has_sequence_privilege(r.oid, c.oid, p.privilege)
  union all
  select 'unsafe', 'CREATE on a schema', 'schema ' || quote_ident(n.nspname), 'revoke create on schema ... from public, ...'
  from pg_catalog.pg_namespace n
  cross join judged r
  where n.nspname !~ '^pg_(toast|temp)' and has_schema_privilege(r.oid, n.oid, 'CREATE')
  union all
  select p.severity, p.privilege || ' on the database', 'database ' || quote_ident(current_database()), p.mend
  from judged r
  cross join (values
    ('unsafe', 'CREATE', 'revoke create on database ... from public, ...'),
    ('advice', 'TEMPORARY', 'revoke temporary on database ... from public, ...; analytics_ro_role.sql does so')
  ) as p (severity, privilege, mend)
  where has_database_privilege(r.oid, current_database(), p.privilege)
  union all
  select 'unsafe', case when p.prosecdef then 'EXECUTE on a SECURITY DEFINER function' else 'EXECUTE on dblink' end,
         format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
         'revoke execute on function ... from public, ...; analytics_ro_role.sql does so'
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  cross join judged r
  where p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and (
      (p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema'))
      or exists (
        select from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' and e.extname = 'dblink'
      )
    )
    and has_schema_privilege(r.oid, n.oid, 'USAGE') and has_function_privilege(r.oid, p.oid, 'EXECUTE')
  union all
  select 'unsafe', 'UPDATE on a large object', 'large object ' || l.oid, 'revoke update on large object ... from ...'
  from pg_catalog.pg_largeobject_metadata l, aclexplode(l.lomacl) a
  where a.privilege_type = 'UPDATE' and (a.grantee = 0 or a.grantee in (select oid from judged))
  union all
  select 'advice', 'may make large objects', format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
         'revoke execute on function ... from public; analytics_ro_role.sql does so'
  from pg_catalog.pg_proc p
  join judged r on has_function_privilege(r.oid, p.oid, 'EXECUTE')
  where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in ('lo_create', 'lo_creat', 'lo_from_bytea')
  union all
  select 'unsafe', 'USAGE on a foreign server', 'server ' || quote_ident(f.srvname), 'revoke usage on foreign server ... from public, ...'
  from pg_catalog.pg_foreign_server f join judged r on has_server_privilege(r.oid, f.oid, 'USAGE')
  union all
  select 'unsafe', 'USAGE on a foreign data wrapper', 'foreign data wrapper ' || quote_ident(f.fdwname),
         'revoke usage on foreign data wrapper ... from public, ...'
  from pg_catalog.pg_foreign_data_wrapper f join judged r on has_foreign_data_wrapper_privilege(r.oid, f.oid, 'USAGE')
  union all
  select 'unsafe', 'default privilege ' || a.privilege_type, 'what ' || d.defaclrole::regrole || ' creates',
         'alter default privileges for role ... revoke ' || lower(a.privilege_type) || ' on ... from ...'
  from pg_catalog.pg_default_acl d, aclexplode(d.defaclacl) a
  where d.defaclobjtype in ('r', 'S') and (a.grantee = 0 or a.grantee in (select oid from judged))
    and a.privilege_type <> 'SELECT'
  union all
  select 'advice', 'may connect to another database', 'database ' || quote_ident(d.datname),
         'revoke connect on database ... from public, or let pg_hba.conf name the database'
  from pg_catalog.pg_database d join judged r on has_database_privilege(r.oid, d.oid, 'CONNECT')
  where d.datname <> current_database() and d.datallowconn and not d.datistemplate
  union all
  select 'advice', 'no connection limit', 'role ' || quote_ident(rolname), 'alter role ... connection limit 20'
  from subject where rolconnlimit < 0
  union all
  select 'advice', 'no ' || w.name, 'role ' || quote_ident(s.rolname), format('alter role ... set %s = %L', w.name, w.example)
  from subject s
  cross join (values
    ('default_transaction_read_only', 'off', 'on'), ('statement_timeout', '0', '30s'), ('lock_timeout', '0', '5s'),
    ('idle_in_transaction_session_timeout', '0', '60s'), ('idle_session_timeout', '0', '5min'),
    ('temp_file_limit', '-1', '2GB')
  ) as w (name, unlimited, example)
  join pg_catalog.pg_settings g on g.name = w.name
  where coalesce(
    -- What is set for the role (in this database first), else what a session of its own began with.
    (
      select split_part(one, '=', 2)
      from pg_catalog.pg_db_role_setting x, unnest(x.setconfig) one
      where x.setrole = s.oid and split_part(one, '=', 1) = w.name
        and x.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
      order by x.setdatabase desc limit 1
    ),
    g.reset_val
  ) in (w.unlimited, '0', 'false')
  union all
  select 'advice', 'nothing to read', 'role ' || quote_ident(s.rolname), 'grant usage on schema ... and select on its tables'
  from subject s
  where not s.rolsuper and not exists (
    select from relations c join pg_catalog.pg_namespace n on n.oid = c.schema_oid
    where n.nspname not in ('pg_catalog', 'information_schema') and c.relkind <> 'S'
      and has_schema_privilege(s.oid, c.schema_oid, 'USAGE') and has_any_column_privilege(s.oid, c.oid, 'SELECT')
  )
)
select problem, severity,
       string_agg(place, ', ' order by place) filter (where number <= 3)
         || case when max(number) > 3 then format(' and %s more', max(number) - 3) else '' end as place,
       mend
from (
  select distinct problem, severity, place, mend, dense_rank() over (partition by problem, severity order by place) as number
  from found
) numbered
group by problem, severity, mend
order by severity desc, problem

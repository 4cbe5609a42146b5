-- Makes (or mends) the role that analysts' queries run as: it may log in, connect to this database and read the
-- named schemas, now and in future, and nothing else. Running it again changes nothing.
--
--   psql -d fleet -v schemas=reporting,fuel -v password=... -f sql/analytics_ro_role.sql
--
-- Run it in the database that analysts read, as a superuser, or as a role that may create roles and owns the database
-- and the schemas. `pg-analytics-mcp role` prints the same script filled in. Names are comma separated; a name with
-- upper case or odd characters needs no quotes. Variables beside role, schemas and password:
--   database                             refuse to run in any other database
--   connection_limit, statement_timeout, lock_timeout, idle_in_transaction_session_timeout, idle_session_timeout,
--   temp_file_limit                      limits of the role; the defaults stand below
--   public_rights=revoke|keep            see part 5
-- A password given in clear is hashed by the server with a new salt each time: leave it out to keep the old one, or
-- give the SCRAM verifier itself, which then also never appears in clear in a log.
\set ON_ERROR_STOP on
\if :{?role} \else \set role analytics_ro \endif
\if :{?schemas} \else \set schemas public \endif
\if :{?password} \else \set password '' \endif
\if :{?database} \else \set database '' \endif
\if :{?connection_limit} \else \set connection_limit 20 \endif
\if :{?statement_timeout} \else \set statement_timeout 30s \endif
\if :{?lock_timeout} \else \set lock_timeout 5s \endif
\if :{?idle_in_transaction_session_timeout} \else \set idle_in_transaction_session_timeout 60s \endif
\if :{?idle_session_timeout} \else \set idle_session_timeout 5min \endif
\if :{?temp_file_limit} \else \set temp_file_limit 2GB \endif
\if :{?public_rights} \else \set public_rights revoke \endif

begin;

-- Everything given stays in this transaction and reaches SQL only through format(): no name can become a statement.
set local search_path = pg_catalog;
set local client_min_messages = notice;
select set_config('analytics_ro.' || name, value, true) is not null as taken
from (values
  ('role', :'role'), ('schemas', :'schemas'), ('password', :'password'), ('database', :'database'),
  ('connection_limit', :'connection_limit'), ('statement_timeout', :'statement_timeout'),
  ('lock_timeout', :'lock_timeout'),
  ('idle_in_transaction_session_timeout', :'idle_in_transaction_session_timeout'),
  ('idle_session_timeout', :'idle_session_timeout'), ('temp_file_limit', :'temp_file_limit'),
  ('public_rights', :'public_rights')
) as given (name, value)
where name <> '';

-- 1. Refuse what cannot be meant.
do $$
declare
  role_name text := current_setting('analytics_ro.role');
  wanted_database text := current_setting('analytics_ro.database');
  missing text;
  owned text;
begin
  if wanted_database not in ('', current_database()) then
    raise exception 'this is database "%", not "%"', current_database(), wanted_database;
  end if;
  if role_name in (current_user, session_user) or role_name ~ '^pg_' or role_name in ('', 'public', 'none') then
    raise exception 'role "%" cannot be made the read-only role', role_name
      using hint = 'Choose a role of its own, and run this script as another role.';
  end if;
  if current_setting('analytics_ro.public_rights') not in ('revoke', 'keep') then
    raise exception 'public_rights must be revoke or keep, not "%"', current_setting('analytics_ro.public_rights');
  end if;
  select string_agg(format('"%s"', name), ', ') into missing
  from (select trim(s) as name from unnest(string_to_array(current_setting('analytics_ro.schemas'), ',')) s) named
  where not exists (select from pg_namespace where nspname = name) or name ~ '^pg_' or name = 'information_schema';
  if missing is not null then
    raise exception 'no schema for analysts is named %', missing
      using hint = 'Give the names of existing schemas, separated by commas.';
  end if;
  select string_agg(pg_describe_object(classid, objid, objsubid), ', ') into owned
  from (
    select d.classid, d.objid, d.objsubid
    from pg_shdepend d
    where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
      and d.refobjid = (select oid from pg_roles where rolname = role_name)
      and d.dbid in (0, (select oid from pg_database where datname = current_database()))
    limit 5
  ) first_owned;
  if owned is not null then
    raise exception 'role "%" owns %, and an owner may change what it owns', role_name, owned
      using hint = 'Give it to another role first (REASSIGN OWNED), or choose another role.';
  end if;
end $$;

-- 2. The role itself. An attribute is touched only where it is wrong: some need a superuser even to be denied.
do $$
declare
  role_name text := current_setting('analytics_ro.role');
  password text := current_setting('analytics_ro.password');
  wrong text;
  granted record;
  lacks_password boolean := false;
begin
  if not exists (select from pg_roles where rolname = role_name) then
    execute format('create role %I login noinherit', role_name);
    lacks_password := true;
  elsif has_table_privilege('pg_authid', 'select') then
    select rolpassword is null into lacks_password from pg_authid where rolname = role_name;
  end if;
  select string_agg(attribute, ' ') into wrong
  from pg_roles,
    lateral (values
      ('nosuperuser', rolsuper), ('nocreaterole', rolcreaterole), ('nocreatedb', rolcreatedb),
      ('noreplication', rolreplication), ('nobypassrls', rolbypassrls), ('noinherit', rolinherit),
      ('login', not rolcanlogin)
    ) as attributes (attribute, is_wrong)
  where rolname = role_name and is_wrong;
  if wrong is not null then
    execute format('alter role %I %s', role_name, wrong);
  end if;
  execute format('alter role %I connection limit %s', role_name, current_setting('analytics_ro.connection_limit')::int);
  if password <> '' then
    execute format('alter role %I password %L', role_name, password);
  elsif lacks_password then
    raise notice 'role "%" has no password and cannot log in with one', role_name
      using hint = format('Set one now with \password %s in psql, or let pg_hba.conf log it in by other means, such as cert or gss.',
        quote_ident(role_name));
  end if;
  for granted in
    select m.roleid::regrole as name, m.grantor::regrole as grantor
    from pg_auth_members m
    where m.member = (select oid from pg_roles where rolname = role_name)
  loop
    execute case when current_setting('server_version_num')::int >= 160000
      then format('revoke %s from %I granted by %s cascade', granted.name, role_name, granted.grantor)
      else format('revoke %s from %I cascade', granted.name, role_name)
    end;
  end loop;
end $$;

-- 3. Its limits. idle_session_timeout exists since 14; temp_file_limit takes a superuser (or GRANT SET, 15+).
do $$
declare
  role_name text := current_setting('analytics_ro.role');
  setting record;
begin
  for setting in
    select name, value
    from (values
      ('default_transaction_read_only', 'on'),
      ('statement_timeout', current_setting('analytics_ro.statement_timeout')),
      ('lock_timeout', current_setting('analytics_ro.lock_timeout')),
      ('idle_in_transaction_session_timeout', current_setting('analytics_ro.idle_in_transaction_session_timeout')),
      ('idle_session_timeout', current_setting('analytics_ro.idle_session_timeout')),
      ('temp_file_limit', current_setting('analytics_ro.temp_file_limit'))
    ) as wanted (name, value)
    where exists (select from pg_settings where pg_settings.name = wanted.name)
  loop
    begin
      execute format('alter role %I set %I = %L', role_name, setting.name, setting.value);
    exception when insufficient_privilege then
      raise notice 'cannot set % for role "%": it takes a superuser', setting.name, role_name;
    end;
    -- A setting for role and database together would win over the one above.
    if exists (
      select from pg_db_role_setting s, unnest(s.setconfig) one
      where s.setrole = (select oid from pg_roles where rolname = role_name)
        and s.setdatabase = (select oid from pg_database where datname = current_database())
        and split_part(one, '=', 1) = setting.name
    ) then
      execute format('alter role %I in database %I reset %I', role_name, current_database(), setting.name);
    end if;
  end loop;
  -- Only the named schemas: nothing in public can then stand in for a built-in function.
  execute format('alter role %I in database %I set search_path = %s', role_name, current_database(),
    (select string_agg(quote_ident(trim(s)), ', ') from unnest(string_to_array(current_setting('analytics_ro.schemas'), ',')) s));
end $$;

-- 4. What was granted to it beyond CONNECT, USAGE and SELECT goes; then those three are granted.
do $$
declare
  role_name text := current_setting('analytics_ro.role');
  role_oid oid := (select oid from pg_roles where rolname = current_setting('analytics_ro.role'));
  named text[] := (
    select array_agg(trim(s)) from unnest(string_to_array(current_setting('analytics_ro.schemas'), ',')) s
  );
  excess record;
  owner record;
  schema_name text;
begin
  for excess in
    select a.privilege_type, format('database %I', datname) as object
    from pg_database, aclexplode(datacl) a
    where a.grantee = role_oid and datname = current_database()
      and (a.privilege_type <> 'CONNECT' or a.is_grantable)
    union all
    select a.privilege_type, format('schema %I', nspname)
    from pg_namespace, aclexplode(nspacl) a
    where a.grantee = role_oid and (a.privilege_type <> 'USAGE' or a.is_grantable or nspname <> all (named))
    union all
    select a.privilege_type, format('%s %I.%I', case relkind when 'S' then 'sequence' else 'table' end, nspname, relname)
    from pg_class join pg_namespace n on n.oid = relnamespace, aclexplode(relacl) a
    where a.grantee = role_oid
      and (a.privilege_type <> 'SELECT' or a.is_grantable or nspname <> all (named) or relkind = 'S')
    union all
    select format('%s (%I)', a.privilege_type, attname), format('table %I.%I', nspname, relname)
    from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace, aclexplode(attacl) a
    where a.grantee = role_oid and attnum > 0
    union all
    select a.privilege_type, format('routine %s', p.oid::regprocedure)
    from pg_proc p, aclexplode(proacl) a
    where a.grantee = role_oid and (prosecdef or a.is_grantable)
    union all
    select a.privilege_type, format('foreign data wrapper %I', fdwname)
    from pg_foreign_data_wrapper, aclexplode(fdwacl) a where a.grantee = role_oid
    union all
    select a.privilege_type, format('foreign server %I', srvname)
    from pg_foreign_server, aclexplode(srvacl) a where a.grantee = role_oid
    union all
    select a.privilege_type, format('language %I', lanname)
    from pg_language, aclexplode(lanacl) a where a.grantee = role_oid
    union all
    select a.privilege_type, format('tablespace %I', spcname)
    from pg_tablespace, aclexplode(spcacl) a where a.grantee = role_oid
    union all
    select a.privilege_type, format('large object %s', l.oid)
    from pg_largeobject_metadata l, aclexplode(lomacl) a where a.grantee = role_oid
  loop
    execute format('revoke %s on %s from %I cascade', excess.privilege_type, excess.object, role_name);
  end loop;

  for excess in
    select d.defaclrole::regrole as creator, n.nspname, a.privilege_type,
      case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end as kind
    from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
    where a.grantee = role_oid
      and (d.defaclobjtype <> 'r' or a.privilege_type <> 'SELECT' or n.nspname is null or n.nspname <> all (named))
  loop
    execute format('alter default privileges for role %s %s revoke %s on %s from %I', excess.creator,
      case when excess.nspname is not null then format('in schema %I', excess.nspname) end,
      excess.privilege_type, excess.kind, role_name);
  end loop;

  execute format('grant connect on database %I to %I', current_database(), role_name);
  foreach schema_name in array named loop
    execute format('grant usage on schema %I to %I', schema_name, role_name);
    execute format('grant select on all tables in schema %I to %I', schema_name, role_name);
    -- Tables that come later: default privileges belong to whoever will create them.
    for owner in
      select nspowner::regrole as name, nspowner as oid from pg_namespace where nspname = schema_name
      union
      select relowner::regrole, relowner from pg_class
      where relnamespace = (select n.oid from pg_namespace n where nspname = schema_name)
    loop
      if pg_has_role(current_user, owner.oid, 'usage') then
        execute format('alter default privileges for role %s in schema %I grant select on tables to %I',
          owner.name, schema_name, role_name);
      else
        raise notice 'tables that % creates in schema "%" later will not be readable: only % or a superuser can arrange it',
          owner.name, schema_name, owner.name;
      end if;
    end loop;
  end loop;
end $$;

-- 5. What the role could do only because everybody (PUBLIC) may: temporary tables in this database, CREATE in a
-- schema, SECURITY DEFINER functions and dblink, new large objects. Postgres cannot deny one role what PUBLIC has, so
-- the right is taken from PUBLIC and given to every other role that exists now (except roles that are read-only by
-- default): nobody else notices. Roles made later need their own GRANT. public_rights=keep leaves all of it alone;
-- then the read-only transaction and the guard are what stands in the way.
do $$
declare
  role_oid oid := (select oid from pg_roles where rolname = current_setting('analytics_ro.role'));
  others text;
  open record;
begin
  if current_setting('analytics_ro.public_rights') = 'keep' then
    return;
  end if;
  if (select count(*) from pg_roles where not rolsuper) > 300 then
    raise notice 'rights of PUBLIC are left alone: more than 300 roles would need them granted by name';
    return;
  end if;
  select string_agg(quote_ident(rolname), ', ' order by rolname) into others
  from pg_roles r
  where not rolsuper and r.oid <> role_oid and rolname !~ '^pg_'
    and not exists (
      select from pg_db_role_setting s
      where s.setrole = r.oid and s.setdatabase = 0 and 'default_transaction_read_only=on' = any (s.setconfig)
    );
  for open in
    select a.privilege_type, format('database %I', datname) as object, pg_has_role(datdba, 'usage') as may
    from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a
    where a.grantee = 0 and datname = current_database() and a.privilege_type in ('TEMPORARY', 'CREATE')
    union all
    select a.privilege_type, format('schema %I', nspname), pg_has_role(nspowner, 'usage')
    from pg_namespace, aclexplode(nspacl) a
    where a.grantee = 0 and a.privilege_type = 'CREATE'
    union all
    select a.privilege_type, format('routine %s', p.oid::regprocedure), pg_has_role(proowner, 'usage')
    from pg_proc p join pg_namespace n on n.oid = pronamespace,
      aclexplode(coalesce(proacl, acldefault('f', proowner))) a
    where a.grantee = 0 and has_schema_privilege(role_oid, n.oid, 'usage')
      and (
        (prosecdef and nspname <> 'pg_catalog' and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype))
        or exists (
          select from pg_depend d join pg_extension e on e.oid = d.refobjid
          where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' and e.extname = 'dblink'
        )
        or (nspname = 'pg_catalog' and proname in ('lo_create', 'lo_creat', 'lo_from_bytea'))
      )
  loop
    if open.may then
      if others is not null then
        execute format('grant %s on %s to %s', open.privilege_type, open.object, others);
      end if;
      execute format('revoke %s on %s from public', open.privilege_type, open.object);
    else
      raise notice 'PUBLIC keeps % on %: only its owner or a superuser can revoke it', open.privilege_type, open.object;
    end if;
  end loop;
end $$;

commit;

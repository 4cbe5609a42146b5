-- The database that the guard's own corpora speak of: data to read, and traps beside it. Run as superuser.
create schema sales;
create schema hr;
create schema ops;
create extension if not exists pg_trgm;
create extension if not exists hstore;
create extension if not exists citext;
create extension if not exists tablefunc;
create extension if not exists dblink;

create type sales.status as enum ('open', 'paid', 'sent');
create type sales.address as (street text, city text);
create domain sales.email as text check (value like '%@%');

create table sales.customers (
  id int primary key, name text, country text, email sales.email, home sales.address,
  "select" int, "update" text, deleted_at timestamptz, joined date
);
create table sales.orders (
  id bigint primary key, customer_id int references sales.customers, placed_at timestamptz, status sales.status,
  amount numeric(12,2), total numeric, tags text[], attrs jsonb, valid tstzrange, note text, doc xml, shape point,
  search tsvector, quantity int
);
create view sales.open_orders as select * from sales.orders where status = 'open';
create materialized view sales.per_country as select country, count(*) n from sales.customers group by country;
create sequence sales.order_numbers;
create table hr.salaries (name text, amount int);

-- traps: code of users in every guise
create function ops.touch() returns int language sql volatile as 'select nextval(''sales.order_numbers'')::int';
create function ops.peek() returns setof hr.salaries language sql stable security definer as 'select * from hr.salaries';
create function ops.run(q text) returns setof text language plpgsql stable as
  $$ declare r record; begin for r in execute q loop return next r::text; end loop; end $$;
create function ops.nap() returns int language plpgsql immutable as $$ begin perform pg_sleep(1); return 1; end $$;
create function ops.both(int, int) returns int language sql volatile as 'select ops.touch()';
create operator ops.<!> (leftarg = int, rightarg = int, function = ops.both);
create operator public.<!!> (leftarg = int, rightarg = int, function = ops.both);
create function public.local_now() returns timestamptz language sql stable as 'select now()';
create function public.upper(int) returns text language sql volatile security definer as 'select ops.touch()::text';
create function public.total(int) returns int language sql volatile as 'select ops.touch()';
create function public.order_age(sales.orders) returns interval language sql volatile as 'select now() - ($1).placed_at';
create procedure public.close_books() language sql as 'select ops.touch()';
create aggregate public.touch_all(int) (sfunc = ops.both, stype = int, initcond = '0');
create function ops.is_fine(text) returns boolean language plpgsql volatile as $$ begin return ops.touch() > 0; end $$;
create domain public.watched as text check (ops.is_fine(value));
create domain public.watched_twice as public.watched;
create function ops.as_status(int) returns sales.status language sql volatile as 'select ''open''::sales.status';
create cast (int as sales.status) with function ops.as_status(int);
grant usage on schema ops to public;
create type public.holder as (a int, b public.watched);
create table sales.watched_rows (id int, note public.watched[]);
create domain public._hidden as int check (ops.is_fine(value::text));
create domain public.compared as int check (value <!!> 1 > 0);
create type sales.distance as range (subtype = float8);
create function ops.as_uuid(float8) returns uuid language sql volatile as 'select gen_random_uuid()';
create cast (float8 as uuid) with function ops.as_uuid(float8);
create function public.reverse(variadic int[]) returns text language sql volatile as 'select ops.touch()::text';
create function public.md5(bigint) returns text language sql volatile as 'select ops.touch()::text';
create function public.json_scalar(int) returns int language sql volatile as 'select ops.touch()';
create domain public.small as int;
create function public.initcap(public.small) returns text language sql volatile as 'select ops.touch()::text';
create function public.btrim(varchar[]) returns text language sql volatile as 'select ops.touch()::text';

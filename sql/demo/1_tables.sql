-- Demo data, part 1: schemas, types, tables and the arithmetic that later parts draw their values from.
-- Settings: demo.vehicles, demo.days, demo.as_of (the day after the last day of data). Nothing is random: every value
-- comes from md5 of a key and whole-number arithmetic, so that each platform and version makes the same rows.

create schema demo_make;
create function demo_make.pick(key text, choices int) returns int
language sql immutable parallel safe
return (('x' || substr(md5(key), 1, 7))::bit(28)::int) % choices;
create view demo_make.plan as
select current_setting('demo.vehicles')::int as vehicles,
       current_setting('demo.days')::int as days,
       current_setting('demo.as_of')::date - current_setting('demo.days')::int as first_day,
       current_setting('demo.as_of')::date as as_of;

create schema tracksolid;
create schema fuel;
create schema tickets;
create schema reporting;

create type tracksolid.vehicle_class as enum ('car', 'van', 'truck', 'bus');
create type tickets.ticket_status as enum ('open', 'waiting', 'in progress', 'closed');

create table tracksolid.depots (
  depot_id smallint primary key,
  name text not null unique,
  city text not null,
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180)
);

create table tracksolid.vehicles (
  vehicle_id int primary key,
  plate text not null unique,
  class tracksolid.vehicle_class not null,
  make text not null,
  model text not null,
  model_year smallint not null,
  depot_id smallint not null references tracksolid.depots,
  tank_litres numeric(6, 1) not null,
  rated_l_per_100km numeric(5, 2) not null,
  in_service boolean not null,
  attributes jsonb not null default '{}'
);

create table tracksolid.drivers (
  driver_id int primary key,
  full_name text not null,
  licence_class text not null check (licence_class in ('B', 'C', 'CE', 'D')),
  hired_on date not null,
  depot_id smallint not null references tracksolid.depots
);

create table tracksolid.devices (
  imei text primary key check (imei ~ '^[0-9]{15}$'),
  vehicle_id int not null unique references tracksolid.vehicles,
  firmware text not null,
  installed_on date not null
);

-- Keys of the tables that grow with the days come in part 4: checking them at the end takes a third of the time.
create table tracksolid.trips (
  trip_id bigint primary key,
  vehicle_id int not null,
  driver_id int not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  distance_km numeric(7, 2) not null,
  idle_seconds int not null check (idle_seconds >= 0),
  max_speed_kmh smallint not null,
  fuel_used_litres numeric(7, 2) not null,
  check (ended_at > started_at)
);

create table tracksolid.positions (
  vehicle_id int not null,
  recorded_at timestamptz not null,
  trip_id bigint not null,
  latitude double precision not null,
  longitude double precision not null,
  speed_kmh smallint not null,
  heading smallint not null check (heading between 0 and 359),
  satellites smallint not null
) partition by range (recorded_at);

create table tracksolid.alarms (
  alarm_id bigint primary key,
  vehicle_id int not null,
  trip_id bigint,
  raised_at timestamptz not null,
  kind text not null check (kind in ('speeding', 'harsh braking', 'geofence', 'low battery')),
  payload jsonb not null
);

create table fuel.stations (
  station_id smallint primary key,
  brand text not null,
  city text not null,
  is_depot_pump boolean not null
);

create table fuel.fills (
  fill_id bigint primary key,
  vehicle_id int not null,
  driver_id int not null,
  station_id smallint not null,
  filled_at timestamptz not null,
  litres numeric(7, 2) not null check (litres > 0),
  price_per_litre numeric(6, 3) not null,
  total_eur numeric(10, 2) generated always as (round(litres * price_per_litre, 2)) stored,
  odometer_km int not null
);

create table fuel.tank_readings (
  vehicle_id int not null,
  read_at timestamptz not null,
  litres numeric(6, 1) not null,
  ignition_on boolean not null,
  primary key (vehicle_id, read_at)
);

create table tickets.categories (
  category text primary key,
  team text not null,
  target_hours int not null
);

create table tickets.tickets (
  ticket_id int primary key,
  vehicle_id int not null,
  category text not null,
  status tickets.ticket_status not null,
  priority smallint not null check (priority between 1 and 4),
  subject text not null,
  tags text[] not null default '{}',
  opened_at timestamptz not null,
  closed_at timestamptz,
  cost_eur numeric(10, 2),
  check ((status = 'closed') = (closed_at is not null))
);

create table tickets.events (
  event_id bigint primary key,
  ticket_id int not null,
  occurred_at timestamptz not null,
  kind text not null,
  body jsonb not null
);

do $$
declare
  month date;
begin
  for month in
    select generate_series(date_trunc('month', first_day - 1), as_of, '1 month')::date from demo_make.plan
  loop
    execute format('create table tracksolid.%I partition of tracksolid.positions for values from (%L) to (%L)',
      'positions_' || to_char(month, 'YYYY_MM'), month || ' 00:00+00', (month + interval '1 month')::date || ' 00:00+00');
  end loop;
end $$;

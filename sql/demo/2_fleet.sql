-- Demo data, part 2: depots, vehicles, drivers, devices, trips, positions, alarms.
-- To be found: two drivers of Hamburg whose evening trips idle for an hour; a Leipzig depot whose vehicles burn more
-- each week; one driver far above the speed of the others; a gap in the positions of one day.

insert into tracksolid.depots values
  (1, 'Harbour', 'Hamburg', 53.54, 9.97),
  (2, 'Spree', 'Berlin', 52.49, 13.43),
  (3, 'Messe', 'Leipzig', 51.39, 12.40),
  (4, 'Fulda', 'Kassel', 51.29, 9.51),
  (5, 'Rhein', 'Köln', 50.96, 6.99),
  (6, 'Isar', 'München', 48.16, 11.61);

insert into tracksolid.vehicles
select v,
       c.letters || '-' || chr(65 + (v * 7) % 26) || chr(65 + (v * 11) % 26) || ' ' || 100 + (v * 7919) % 900 || v % 10,
       k.class::tracksolid.vehicle_class, k.make, k.model, 2015 + demo_make.pick('year' || v, 11), 1 + v % 6, k.tank,
       round(k.base * (95 + demo_make.pick('rated' || v, 11)) / 100, 2),
       v % 29 <> 0,
       jsonb_build_object('colour', (array['white', 'white', 'silver', 'blue', 'red'])[1 + v % 5],
         'euro_norm', 5 + v % 2, 'lease', jsonb_build_object('months', 12 * (2 + v % 3), 'eur_per_month', 280 + 10 * (v % 40)))
from demo_make.plan
cross join generate_series(1, vehicles) v
join (values
  (0, 'van', 'Mercedes', 'Sprinter', 75.0, 10.4), (1, 'van', 'VW', 'Crafter', 75.0, 9.8),
  (2, 'van', 'Ford', 'Transit', 80.0, 10.1), (3, 'truck', 'Mercedes', 'Actros', 390.0, 28.5),
  (4, 'truck', 'MAN', 'TGX', 400.0, 29.2), (5, 'car', 'Škoda', 'Octavia', 50.0, 5.9),
  (6, 'car', 'VW', 'Passat', 59.0, 6.3), (7, 'bus', 'Mercedes', 'Citaro', 260.0, 35.0)
) as k (n, class, make, model, tank, base) on k.n = v % 8
join (values (0, 'HH'), (1, 'B'), (2, 'L'), (3, 'KS'), (4, 'K'), (5, 'M')) as c (n, letters) on c.n = v % 6;

insert into tracksolid.drivers
select d,
       (array['Anna', 'Emre', 'Greta', 'Jan', 'Katarzyna', 'Luca', 'Mehmet', 'Nina', 'Oleg', 'Paula', 'Søren'])[1 + d % 11]
         || ' ' || (array['Albrecht', 'Brandt', 'Çelik', 'Dvořák', 'Eriksen', 'Fuchs', 'Grabowski'])[1 + (d / 11) % 7]
         || ' ' || d,
       (array['B', 'C', 'CE', 'D'])[1 + demo_make.pick('licence' || d, 4)],
       date '2014-03-01' + demo_make.pick('hired' || d, 4200), 1 + d % 6
from demo_make.plan cross join generate_series(1, 6 * ((vehicles + 4) / 5)) d;

insert into tracksolid.devices
select '35' || lpad((v::bigint * 7654321 % 10000000000000)::text, 13, '0'), v,
       (array['4.0.3', '4.0.3', '4.1.2', '4.1.2', '4.1.7', '4.2.0', '4.2.0'])[1 + (v * 5) % 7],
       first_day - 30 - demo_make.pick('installed' || v, 600)
from demo_make.plan cross join generate_series(1, vehicles) v;

create table demo_make.trips as
select v.vehicle_id, v.depot_id, day, n, v.rated_l_per_100km as rated,
       case v.vehicle_id % 6 when 0 then 6 else v.vehicle_id % 6 end
         + 6 * demo_make.pick('driver' || v.vehicle_id || '/' || (day - first_day) / 7, (vehicles + 4) / 5) as driver_id,
       (day + make_interval(mins => 320 + 110 * n + demo_make.pick(key || 'start', 15))) at time zone 'Europe/Berlin' as started_at,
       12 + demo_make.pick(key || 'minutes', 70) as minutes,
       k.slow + demo_make.pick(key || 'speed', k.spread) as average_kmh,
       demo_make.pick(key || 'idle', 600) as idle_seconds,
       (day - first_day)::numeric / days as elapsed
from demo_make.plan
cross join tracksolid.vehicles v
cross join lateral (select first_day + g as day from generate_series(0, days - 1) g) d
cross join lateral generate_series(1, case when not v.in_service then 0
  when extract(isodow from day) >= 6 then demo_make.pick('weekend' || v.vehicle_id || '/' || day, 3)
  else 3 + demo_make.pick('week' || v.vehicle_id || '/' || day, 4) end) n
cross join lateral (select 'trip' || v.vehicle_id || '/' || day || '/' || n as key) keyed
join (values ('car', 35, 50), ('van', 25, 30), ('truck', 45, 25), ('bus', 15, 15)) as k (class, slow, spread)
  on k.class = v.class::text;

-- Night idling: every third evening, at the harbour, in the vehicles of two drivers' rota.
insert into demo_make.trips
select v.vehicle_id, v.depot_id, day, 9, v.rated_l_per_100km, 6 + 30 * (v.vehicle_id / 12 % 2),
       (day + make_interval(mins => 1330 + demo_make.pick('night' || v.vehicle_id || '/' || day, 40))) at time zone 'Europe/Berlin',
       10, 12, 2400 + demo_make.pick('nightly' || v.vehicle_id || '/' || day, 2400), (day - first_day)::numeric / days
from demo_make.plan
cross join tracksolid.vehicles v
cross join lateral (select first_day + g as day from generate_series(0, days - 1, 3) g) d
where v.vehicle_id % 12 = 0 and v.in_service;

insert into tracksolid.trips
select row_number() over (order by started_at, vehicle_id), vehicle_id, driver_id, started_at,
       started_at + make_interval(mins => minutes, secs => idle_seconds), km, idle_seconds,
       least(190, average_kmh * 3 / 2 + demo_make.pick('top' || vehicle_id || '/' || started_at::text, 22)
         + case when driver_id = 14 then 38 else 0 end),
       round(km * rated / 100 * (97 + demo_make.pick('burn' || vehicle_id || '/' || day || '/' || n, 7)) / 100
         * case when depot_id = 3 then 1 + 0.22 * elapsed else 1 end + idle_seconds / 3600.0 * 1.8, 2)
from demo_make.trips
cross join lateral (select round(average_kmh * minutes / 60.0, 2) as km) distance;

insert into tracksolid.positions
select t.vehicle_id, t.started_at + (t.ended_at - t.started_at) * step / 3, t.trip_id,
       d.latitude + (bits % 60001 - 30000) / 100000.0,
       d.longitude + (bits / 60001 % 90001 - 45000) / 100000.0,
       case when step in (0, 3) then 0 else t.max_speed_kmh * (40 + bits / 5400150001 % 61) / 100 end,
       bits / 329409150061 % 360, 5 + bits / 118587294021960 % 9
from tracksolid.trips t
join tracksolid.vehicles v using (vehicle_id)
join tracksolid.depots d using (depot_id)
cross join demo_make.plan
cross join generate_series(0, 3) step
-- One hash per fix, its digits shared out: this is most of the rows.
cross join lateral (select ('x' || substr(md5('fix' || t.trip_id || '/' || step), 1, 15))::bit(60)::bigint as bits offset 0) hash
where not (d.depot_id = 5 and (t.started_at at time zone 'Europe/Berlin')::date = first_day + days / 2);

insert into tracksolid.alarms
select row_number() over (order by raised_at, vehicle_id), vehicle_id, trip_id, raised_at, kind, payload
from (
  select t.vehicle_id, t.trip_id, t.started_at + interval '7 minutes' as raised_at, 'speeding' as kind,
         jsonb_build_object('kmh', t.max_speed_kmh, 'limit', 130) as payload
  from tracksolid.trips t where t.max_speed_kmh > 130
  union all
  select t.vehicle_id, t.trip_id, t.started_at + interval '4 minutes',
         (array['harsh braking', 'geofence', 'low battery'])[1 + demo_make.pick('kind' || t.trip_id, 3)],
         jsonb_build_object('value', demo_make.pick('value' || t.trip_id, 100), 'acknowledged', demo_make.pick('ack' || t.trip_id, 3) > 0)
  from tracksolid.trips t where demo_make.pick('alarm' || t.trip_id, 9) = 0
) raised;

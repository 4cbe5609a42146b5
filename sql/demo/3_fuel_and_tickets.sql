-- Demo data, part 3: fuel stations, fills, tank readings, tickets and their history.
-- To be found: tanks that lose 35 to 75 litres on some nights with the ignition off; fills larger than the tank, all at
-- one station; GPS tickets that keep coming back for devices on firmware 4.1.7.

insert into fuel.stations
select s, (array['Aral', 'Esso', 'Jet', 'Shell', 'Total', 'depot pump'])[1 + s % 6],
       (array['Hamburg', 'Berlin', 'Leipzig', 'Kassel', 'Köln', 'München'])[1 + (s / 6) % 6], s % 6 = 5
from generate_series(1, 36) s;

-- What leaves the tank on each day: what the trips burn, and what is stolen in the night after.
create table demo_make.drawn as
select v.vehicle_id, day, v.tank_litres, coalesce(t.litres, 0) as burnt, t.last_trip_at, t.driver_id,
       case when v.vehicle_id % 17 = 5 and demo_make.pick('theft' || v.vehicle_id || '/' || day, 9) = 0
         then least(35 + demo_make.pick('stolen' || v.vehicle_id || '/' || day, 41), v.tank_litres * 0.3) else 0 end as stolen,
       sum(coalesce(t.km, 0)) over so_far as km_so_far
from demo_make.plan
cross join tracksolid.vehicles v
cross join lateral (select first_day + g as day from generate_series(0, days - 1) g) d
left join (
  select vehicle_id, (started_at at time zone 'Europe/Berlin')::date as day, sum(fuel_used_litres) as litres,
         sum(distance_km) as km, max(ended_at) as last_trip_at,
         (array_agg(driver_id order by ended_at desc))[1] as driver_id
  from tracksolid.trips group by 1, 2
) t using (vehicle_id, day)
window so_far as (partition by v.vehicle_id order by day);

create table demo_make.tank as
select *, sum(burnt + stolen) over (partition by vehicle_id order by day) - stolen as gone_by_evening
from demo_make.drawn;

insert into fuel.fills (fill_id, vehicle_id, driver_id, station_id, filled_at, litres, price_per_litre, odometer_km)
select row_number() over (order by filled_at, vehicle_id), vehicle_id, driver_id, station_id, filled_at, litres,
       round(1.62 + 0.0007 * (filled_at::date - first_day) + demo_make.pick('price' || station_id || '/' || filled_at::date, 90) / 1000.0, 3),
       odometer_km
from demo_make.plan
cross join (
  select vehicle_id, (array_agg(driver_id order by day desc))[1] as driver_id,
         1 + demo_make.pick('station' || vehicle_id || '/' || bucket, 36) as station_id,
         max(last_trip_at) + interval '10 minutes' as filled_at, round(sum(burnt + stolen), 2) as litres,
         (20000 + vehicle_id * 411 + max(km_so_far))::int as odometer_km
  from (select *, floor(gone_by_evening / (tank_litres * 0.6)) as bucket from demo_make.tank where burnt > 0) bucketed
  group by vehicle_id, bucket
  union all
  select vehicle_id, driver_id, 17, last_trip_at + interval '55 minutes',
         round(tank_litres * (108 + demo_make.pick('canister' || vehicle_id || '/' || day, 20)) / 100, 2),
         (20000 + vehicle_id * 411 + km_so_far)::int
  from demo_make.tank
  where vehicle_id % 23 = 7 and burnt > 0 and demo_make.pick('card' || vehicle_id || '/' || day, 12) = 0
) filled;

insert into fuel.tank_readings
select vehicle_id, at_local at time zone 'Europe/Berlin', greatest(2, round(litres, 1)), false
from demo_make.tank
cross join lateral (select tank_litres * 0.95 - gone_by_evening % (tank_litres * 0.6) as evening) e
cross join lateral (values
  (day + make_interval(hours => 23, mins => demo_make.pick('eve' || vehicle_id || '/' || day, 50)), evening),
  (day + make_interval(hours => 28, mins => demo_make.pick('dawn' || vehicle_id || '/' || day, 50)),
   evening - stolen - demo_make.pick('slack' || vehicle_id || '/' || day, 5) / 10.0)
) as r (at_local, litres);

insert into tickets.categories values
  ('brakes', 'workshop', 24), ('engine', 'workshop', 48), ('tyres', 'workshop', 48), ('electrics', 'workshop', 72),
  ('gps', 'telematics', 24), ('bodywork', 'workshop', 240), ('fuel card', 'accounting', 72);

create table demo_make.reported as
select v.vehicle_id, day, category, key
from demo_make.plan
cross join tracksolid.vehicles v
join tracksolid.devices e using (vehicle_id)
cross join lateral (select first_day + g as day from generate_series(0, days - 1) g) d
cross join lateral (select 'ticket' || v.vehicle_id || '/' || day as key) keyed
cross join lateral (values
  ((array['brakes', 'engine', 'tyres', 'electrics', 'gps', 'bodywork', 'fuel card'])[1 + demo_make.pick(key || 'what', 7)],
   demo_make.pick(key || 'any', 1000) < 45),
  ('gps', e.firmware = '4.1.7' and demo_make.pick(key || 'gps', 1000) < 85)
) as r (category, happens)
where happens;

insert into tickets.tickets
select row_number() over (order by opened_at, vehicle_id, category), vehicle_id, category, status, 1 + demo_make.pick(key || 'priority', 4),
       case when demo_make.pick(key || 'wording', 40) = 0 then 'please delete: entered twice (' || category || ')'
         when category = 'gps' then 'device reports no position' else category || ' reported by driver' end,
       case when demo_make.pick(key || 'tag', 4) = 0 then array['warranty'] else '{}' end
         || case when demo_make.pick(key || 'tag2', 6) = 0 then array['tow', 'replacement car'] else '{}' end,
       opened_at,
       case when status = 'closed' then opened_at + make_interval(hours => 2 + demo_make.pick(key || 'hours', 150)) end,
       case when status = 'closed' then round((40 + demo_make.pick(key || 'cost', 300) * demo_make.pick(key || 'heavy', 5))::numeric, 2) end
from (
  select r.*, (day + make_interval(mins => 380 + demo_make.pick(key || category, 600))) at time zone 'Europe/Berlin' as opened_at,
    case when day < as_of - 14 or demo_make.pick(key || 'done', 10) < 4 then 'closed'::tickets.ticket_status
      else (array['open', 'waiting', 'in progress'])[1 + demo_make.pick(key || 'state', 3)]::tickets.ticket_status end as status
  from demo_make.reported r cross join demo_make.plan
) q;

insert into tickets.events
select row_number() over (order by ticket_id, step), ticket_id,
       case when step = 4 then closed_at else opened_at + make_interval(mins => step * 25) end,
       (array['opened', 'assigned', 'comment', 'parts ordered', 'closed'])[1 + step],
       jsonb_build_object('by', 'agent' || demo_make.pick('agent' || ticket_id || '/' || step, 12), 'step', step)
from tickets.tickets cross join generate_series(0, 4) step
where step < 4 or status = 'closed';

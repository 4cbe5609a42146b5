-- Demo data, part 4: keys and indexes, and the schema "reporting" that analysts start from.

alter table tracksolid.trips
  add foreign key (vehicle_id) references tracksolid.vehicles,
  add foreign key (driver_id) references tracksolid.drivers;
alter table tracksolid.positions
  add primary key (vehicle_id, recorded_at),
  add foreign key (vehicle_id) references tracksolid.vehicles,
  add foreign key (trip_id) references tracksolid.trips;
alter table tracksolid.alarms
  add foreign key (vehicle_id) references tracksolid.vehicles,
  add foreign key (trip_id) references tracksolid.trips;
alter table fuel.fills
  add foreign key (vehicle_id) references tracksolid.vehicles,
  add foreign key (driver_id) references tracksolid.drivers,
  add foreign key (station_id) references fuel.stations;
alter table fuel.tank_readings add foreign key (vehicle_id) references tracksolid.vehicles;
alter table tickets.tickets
  add foreign key (vehicle_id) references tracksolid.vehicles,
  add foreign key (category) references tickets.categories;
alter table tickets.events add foreign key (ticket_id) references tickets.tickets;

create index trips_vehicle_started on tracksolid.trips (vehicle_id, started_at);
create index trips_driver on tracksolid.trips (driver_id);
create index positions_recorded on tracksolid.positions using brin (recorded_at);
create index positions_trip on tracksolid.positions (trip_id);
create index alarms_vehicle_raised on tracksolid.alarms (vehicle_id, raised_at);
create index alarms_payload on tracksolid.alarms using gin (payload);
create index fills_vehicle_filled on fuel.fills (vehicle_id, filled_at);
create index fills_station on fuel.fills (station_id);
create index tickets_vehicle_opened on tickets.tickets (vehicle_id, opened_at);
create index tickets_not_closed on tickets.tickets (priority, opened_at) where status <> 'closed';
create index events_ticket on tickets.events (ticket_id);

create materialized view reporting.daily_vehicle as
select t.vehicle_id, (t.started_at at time zone 'Europe/Berlin')::date as day, count(*) as trips,
       sum(t.distance_km) as distance_km, sum(t.fuel_used_litres) as fuel_used_litres,
       round(sum(t.idle_seconds) / 60.0, 1) as idle_minutes, max(t.max_speed_kmh) as max_speed_kmh
from tracksolid.trips t
group by 1, 2;
create unique index daily_vehicle_key on reporting.daily_vehicle (vehicle_id, day);

create view reporting.vehicles as
select v.vehicle_id, v.plate, v.class, v.make, v.model, v.in_service, d.name as depot, d.city, e.firmware,
       v.rated_l_per_100km
from tracksolid.vehicles v
join tracksolid.depots d using (depot_id)
left join tracksolid.devices e using (vehicle_id);

create view reporting.fuel_economy as
select v.vehicle_id, v.plate, v.class, v.depot, v.city, w.week, w.distance_km, w.fuel_used_litres,
       round(w.fuel_used_litres / nullif(w.distance_km, 0) * 100, 2) as l_per_100km, v.rated_l_per_100km
from (
  select vehicle_id, date_trunc('week', day)::date as week, sum(distance_km) as distance_km,
         sum(fuel_used_litres) as fuel_used_litres
  from reporting.daily_vehicle group by 1, 2
) w
join reporting.vehicles v using (vehicle_id);

create view reporting.night_idling as
select t.trip_id, v.plate, v.depot, r.full_name as driver, t.started_at, round(t.idle_seconds / 60.0, 1) as idle_minutes
from tracksolid.trips t
join reporting.vehicles v using (vehicle_id)
join tracksolid.drivers r using (driver_id)
where extract(hour from t.started_at at time zone 'Europe/Berlin') not between 5 and 21 and t.idle_seconds >= 1200;

create view reporting.tank_drops as
select v.plate, v.depot, r.read_at, r.before_at, r.before_litres, r.litres, r.before_litres - r.litres as lost_litres
from (
  select vehicle_id, read_at, litres, ignition_on,
         lag(read_at) over w as before_at, lag(litres) over w as before_litres
  from fuel.tank_readings window w as (partition by vehicle_id order by read_at)
) r
join reporting.vehicles v using (vehicle_id)
where not r.ignition_on and r.read_at - r.before_at < interval '8 hours' and r.before_litres - r.litres > 15;

create view reporting.open_tickets as
select t.ticket_id, v.plate, v.depot, t.category, c.team, t.priority, t.status, t.subject, t.opened_at
from tickets.tickets t
join reporting.vehicles v using (vehicle_id)
join tickets.categories c using (category)
where t.status <> 'closed';

create view reporting.firmware_tickets as
select e.firmware, count(distinct e.imei) as devices, count(t.ticket_id) as gps_tickets,
       round(count(t.ticket_id)::numeric / count(distinct e.imei), 2) as tickets_per_device
from tracksolid.devices e
left join tickets.tickets t on t.vehicle_id = e.vehicle_id and t.category = 'gps'
group by e.firmware;

drop schema demo_make cascade;

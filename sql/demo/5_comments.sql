-- Demo data, part 5: what each schema, table and column means, as an assistant reads it.

comment on schema reporting is 'Curated views for analysts: start here';
comment on schema tracksolid is 'GPS telematics: depots, vehicles, drivers, devices, trips, positions, alarms';
comment on schema fuel is 'Fuel: stations, fills paid by card, readings of the tank sensors';
comment on schema tickets is 'Workshop and support tickets with their history';

comment on table tracksolid.depots is 'Depots; every vehicle and driver belongs to one';
comment on column tracksolid.depots.latitude is 'Degrees north, WGS 84';
comment on column tracksolid.depots.longitude is 'Degrees east, WGS 84';

comment on table tracksolid.vehicles is 'The fleet, one row per vehicle, also those out of service';
comment on column tracksolid.vehicles.plate is 'Number plate, unique';
comment on column tracksolid.vehicles.class is 'car, van, truck or bus';
comment on column tracksolid.vehicles.tank_litres is 'Capacity of the tank, litres';
comment on column tracksolid.vehicles.rated_l_per_100km is 'Consumption by the maker''s figures, litres per 100 km';
comment on column tracksolid.vehicles.in_service is 'False for vehicles that no longer drive';
comment on column tracksolid.vehicles.attributes is 'colour, euro_norm, lease.months, lease.eur_per_month';

comment on table tracksolid.drivers is 'Drivers; names are invented';
comment on column tracksolid.drivers.licence_class is 'Highest licence class: B, C, CE or D';

comment on table tracksolid.devices is 'GPS trackers, one per vehicle';
comment on column tracksolid.devices.imei is 'Serial number of the tracker, 15 digits';
comment on column tracksolid.devices.firmware is 'Firmware version of the tracker';

comment on table tracksolid.trips is 'One row per trip, from ignition on to ignition off';
comment on column tracksolid.trips.started_at is 'Ignition on; local time of the fleet is Europe/Berlin';
comment on column tracksolid.trips.ended_at is 'Ignition off';
comment on column tracksolid.trips.distance_km is 'Distance driven, kilometres';
comment on column tracksolid.trips.idle_seconds is 'Time standing with the engine running, seconds';
comment on column tracksolid.trips.max_speed_kmh is 'Highest speed of the trip, km/h';
comment on column tracksolid.trips.fuel_used_litres is 'Fuel burnt by the engine''s own count, litres (theft is not in it)';

comment on table tracksolid.positions is 'GPS fixes of trips, partitioned by month of recorded_at (UTC)';
comment on column tracksolid.positions.recorded_at is 'Time of the fix';
comment on column tracksolid.positions.heading is 'Direction of travel, degrees from north, clockwise';
comment on column tracksolid.positions.satellites is 'Satellites in view; below 6 the place is unsure';

comment on table tracksolid.alarms is 'Alarms raised by trackers';
comment on column tracksolid.alarms.kind is 'speeding, harsh braking, geofence or low battery';
comment on column tracksolid.alarms.payload is 'speeding: kmh, limit; others: value, acknowledged';

comment on table fuel.stations is 'Filling stations and the depots'' own pumps';
comment on column fuel.stations.is_depot_pump is 'True for a pump that belongs to a depot';

comment on table fuel.fills is 'Fills paid by fuel card';
comment on column fuel.fills.litres is 'Litres paid for; more than the tank holds is suspicious';
comment on column fuel.fills.total_eur is 'litres × price_per_litre, EUR';
comment on column fuel.fills.odometer_km is 'Odometer at the fill, kilometres';

comment on table fuel.tank_readings is 'Tank sensor, evening and early morning of each day';
comment on column fuel.tank_readings.litres is 'Litres in the tank';
comment on column fuel.tank_readings.ignition_on is 'Whether the engine ran; a drop with it off is a leak or a theft';

comment on table tickets.categories is 'Categories of tickets, with the team that answers for them';
comment on column tickets.categories.target_hours is 'Hours within which a ticket should be closed';

comment on table tickets.tickets is 'Workshop and support tickets';
comment on column tickets.tickets.status is 'open, waiting, in progress or closed';
comment on column tickets.tickets.priority is '1 (urgent) to 4';
comment on column tickets.tickets.tags is 'Free labels such as warranty';
comment on column tickets.tickets.cost_eur is 'Cost of the repair, EUR; null until closed';

comment on table tickets.events is 'History of a ticket, one row per step';
comment on column tickets.events.body is 'by: who did it; step: its number';

comment on materialized view reporting.daily_vehicle is 'Trips, kilometres, fuel and idling per vehicle and local day';
comment on column reporting.daily_vehicle.idle_minutes is 'Minutes standing with the engine running';
comment on view reporting.vehicles is 'Vehicles with depot and tracker firmware';
comment on view reporting.fuel_economy is 'Consumption per vehicle and week (weeks begin on Monday)';
comment on column reporting.fuel_economy.l_per_100km is 'Litres per 100 km actually burnt';
comment on view reporting.night_idling is 'Trips begun between 22:00 and 05:00 that idled 20 minutes or more';
comment on view reporting.tank_drops is 'Nights on which a standing vehicle lost more than 15 litres';
comment on column reporting.tank_drops.lost_litres is 'Litres lost between the evening and the morning reading';
comment on view reporting.open_tickets is 'Tickets that are not closed';
comment on view reporting.firmware_tickets is 'GPS tickets per tracker firmware';

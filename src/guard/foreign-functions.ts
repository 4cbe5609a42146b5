// Functions that other databases have, and what PostgreSQL has instead: what an analyst or a model knows from elsewhere.

/** The name in lower case to a whole sentence. */
export const foreignFunctions: ReadonlyMap<string, string> = new Map([
  ...each(['ifnull', 'nvl', 'isnull'], 'Write coalesce(value, other).'),
  ...each(['nvl2', 'iif', 'if'], 'Write CASE WHEN condition THEN one ELSE other END.'),
  ...each(
    ['getdate', 'sysdate', 'sysdatetime', 'getutcdate', 'curdate', 'today'],
    'Write now() or current_date.',
  ),
  ...each(
    ['datediff', 'timestampdiff', 'date_diff', 'timediff'],
    'Subtract: one date minus another is a number of days, one timestamp minus another an interval; extract(epoch from a - b) gives seconds.',
  ),
  ...each(
    ['dateadd', 'adddate', 'date_sub', 'subdate', 'timestampadd', 'add_months'],
    "Add an interval: day + interval '1 month'.",
  ),
  ...each(
    [
      'year',
      'month',
      'day',
      'hour',
      'minute',
      'second',
      'quarter',
      'week',
      'dayofweek',
      'weekday',
      'datepart',
    ],
    'Write extract(year from value), and in the same way month, day, hour, quarter, week, dow.',
  ),
  ...each(
    ['datetrunc', 'last_day', 'eomonth'],
    "Write date_trunc('month', value); the last day is that + interval '1 month' - interval '1 day'.",
  ),
  ...each(['date_format', 'time_format', 'strftime', 'format_date'], "Write to_char(value, 'YYYY-MM-DD')."),
  ...each(['str_to_date', 'parse_date', 'strptime'], "Write to_date(text, 'YYYY-MM-DD') or to_timestamp."),
  ...each(['unix_timestamp', 'to_unixtime'], 'Write extract(epoch from value).'),
  ...each(['from_unixtime'], 'Write to_timestamp(seconds).'),
  ...each(['len', 'datalength'], 'Write length(text), or octet_length(text) for bytes.'),
  ...each(['charindex', 'instr', 'locate'], 'Write strpos(text, part), or position(part in text).'),
  ...each(['group_concat', 'listagg', 'wm_concat'], "Write string_agg(text, ', ' order by text)."),
  ...each(['collect_list', 'collect_set'], 'Write array_agg(value), or array_agg(distinct value).'),
  ...each(
    ['approx_count_distinct', 'approx_distinct', 'countif', 'count_if'],
    'Write count(distinct value), or count(*) filter (where condition).',
  ),
  ...each(['sumif', 'sum_if'], 'Write sum(value) filter (where condition).'),
  ...each(['median'], 'Write percentile_cont(0.5) within group (order by value).'),
  ...each(['json_extract', 'get_json_object'], "Write document -> 'key', or ->> for text."),
  ...each(
    ['try_cast', 'safe_cast', 'try_convert'],
    'Write cast(value as type), behind CASE WHEN text ~ a pattern where some values cannot be cast.',
  ),
  ...each(['rand', 'newid'], 'Write random(), or gen_random_uuid().'),
]);

function each(names: readonly string[], hint: string): [string, string][] {
  return names.map((name) => [name, hint]);
}

// Reads dates, times and intervals as Postgres writes them into seconds; a guess for estimates, not a calendar.
import type { Range } from './estimates.ts';

const secondsOf: Readonly<Record<string, number>> = {
  microsecond: 1e-6,
  millisecond: 1e-3,
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_557_600,
  decade: 315_576_000,
  century: 3_155_760_000,
  millennium: 31_557_600_000,
};
const shortUnits: Readonly<Record<string, string>> = {
  us: 'microsecond',
  usec: 'microsecond',
  ms: 'millisecond',
  msec: 'millisecond',
  s: 'second',
  sec: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  hr: 'hour',
  d: 'day',
  w: 'week',
  mon: 'month',
  y: 'year',
  yr: 'year',
  c: 'century',
  dec: 'decade',
  mil: 'millennium',
  centurie: 'century',
  millennia: 'millennium',
};

/** Seconds of one unit of time in any spelling of the manual, table 8.15; undefined for other words. */
export function secondsOfUnit(word: string): number | undefined {
  return secondsOf[unitOfWord(word) ?? ''];
}

/** The unit that a word means, in its singular: `day` for `days`, `d`, `DAY`. */
export function unitOfWord(word: string): string | undefined {
  const name = word.toLowerCase();
  return [name, name.replace(/s$/, '')]
    .map((each) => shortUnits[each] ?? each)
    .find((each) => each in secondsOf);
}

/** Fields of an interval's type by their bits, as `interval '1' day` has them (utils/timestamp.h, INTERVAL_MASK). */
const unitOfMask: Readonly<Record<number, string>> = {
  4: 'year',
  2: 'month',
  8: 'day',
  1024: 'hour',
  2048: 'minute',
  4096: 'second',
};

/** An interval in seconds, undefined where the text is none. */
export function readSpan(text: string, mask?: number): Range | undefined {
  const bare = text.trim();
  const unit = unitOfMask[mask ?? 0];
  if (unit !== undefined && /^[-+]?\d+(?:\.\d+)?$/.test(bare))
    return span(Number(bare) * (secondsOf[unit] ?? 1));
  if (bare.length > 100) return undefined;
  const iso =
    /^P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(
      bare,
    );
  if (iso !== null) {
    const units = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];
    return span(
      units.reduce((total, each, at) => total + Number(iso[at + 1] ?? 0) * (secondsOf[each] ?? 0), 0),
    );
  }
  let total = 0;
  let rest = bare.replace(/^@\s*/, '').replace(/\s*ago$/i, '');
  const clock = /([-+]?)(\d+):(\d+)(?::([\d.]+))?/.exec(rest);
  if (clock !== null) {
    const seconds = Number(clock[2]) * 3_600 + Number(clock[3]) * 60 + Number(clock[4] ?? 0);
    total += clock[1] === '-' ? -seconds : seconds;
    rest = rest.replace(clock[0], ' ');
  }
  for (const [whole, amount, word = ''] of rest.matchAll(/([-+]?\s*\d*\.?\d+)\s*([a-z]+)/gi)) {
    const seconds = secondsOfUnit(word);
    if (seconds === undefined) return undefined;
    total += Number(amount?.replace(/\s/g, '')) * seconds;
    rest = rest.replace(whole, ' ');
  }
  return rest.trim() === '' && (clock !== null || /\d/.test(bare)) ? span(total) : undefined;
}

/** ISO 8601 and what Postgres writes: a time of day, an offset or the name of a zone, and BC may follow the date. */
const timePattern =
  /^(\d{4,6})-(\d{1,2})-(\d{1,2})(?:(?:t|\s+)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d*)?(?:\s*(am|pm))?)?(?:\s*(?:z|[-+]\d{1,2}(?::?\d{2}){0,2}|[a-z]{3,}(?:\/[a-z_]+)*))?(\s+bc)?$/;

/** A date or timestamp, undefined where the text is none. */
export function readTime(text: string, unit: 'date' | 'time'): Range | undefined {
  if (text.length > 100) return undefined;
  const bare = text.trim().toLowerCase();
  if (/^(?:now|today|tomorrow|yesterday)$/.test(bare)) return present(unit);
  if (bare === 'epoch') return { low: 0, high: 0, unit };
  const found = timePattern.exec(bare) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(bare);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second, half, before] = found;
  const isAfterNoon = half === 'pm' && Number(hour) < 12;
  const seconds =
    secondsOfDate(before === undefined ? Number(year) : 1 - Number(year), Number(month), Number(day)) +
    (Number(hour ?? 0) + (isAfterNoon ? 12 : 0)) * 3_600 +
    Number(minute ?? 0) * 60 +
    Number(second ?? 0);
  return Number.isFinite(seconds) ? { low: seconds, high: seconds, unit } : undefined;
}

/** Seconds from 1970 to a day; the year 0 is 1 BC. */
export function secondsOfDate(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / 1_000;
}

/** Now. */
export function present(unit: 'date' | 'time'): Range {
  const seconds = Date.now() / 1_000;
  return { low: seconds, high: seconds, unit };
}

/** An interval of so many seconds. */
function span(seconds: number): Range {
  return { low: seconds, high: seconds, unit: 'span' };
}

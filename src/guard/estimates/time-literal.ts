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
  const name = word.toLowerCase();
  const known = (each: string): number | undefined => secondsOf[shortUnits[each] ?? each];
  return known(name) ?? known(name.replace(/s$/, ''));
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
  for (const [whole, amount, word = ''] of rest.matchAll(/([-+]?\d*\.?\d+)\s*([a-z]+)/gi)) {
    const seconds = secondsOfUnit(word);
    if (seconds === undefined) return undefined;
    total += Number(amount) * seconds;
    rest = rest.replace(whole, ' ');
  }
  return rest.trim() === '' && (clock !== null || /\d/.test(bare)) ? span(total) : undefined;
}

/** A date or timestamp, undefined where the text is none. */
export function readTime(text: string, unit: 'date' | 'time'): Range | undefined {
  const bare = text.trim().toLowerCase();
  if (/^(?:now|today|tomorrow|yesterday)$/.test(bare)) return present(unit);
  const found = /^(\d{4,6})-(\d{1,2})-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?/.exec(bare);
  const [, year, month, day, hour = 0, minute = 0, second = 0] =
    found ?? /^(\d{4})(\d{2})(\d{2})$/.exec(bare) ?? [];
  if (year === undefined) return undefined;
  const seconds =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) /
    1_000;
  return Number.isFinite(seconds) ? { low: seconds, high: seconds, unit } : undefined;
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

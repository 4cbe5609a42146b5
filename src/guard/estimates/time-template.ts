// Reads a date by a template of to_date and to_timestamp, where it is one of the plain kind; it guesses nothing.
import type { Range } from './estimates.ts';
import { secondsOfDate } from './time-literal.ts';

/** Fields of templates that are plain numbers, and their digits. */
const digitsOf: Readonly<Record<string, number>> = {
  YYYY: 4,
  MM: 2,
  DD: 2,
  HH24: 2,
  HH: 2,
  HH12: 2,
  MI: 2,
  SS: 2,
};

/** The time that a text means by a template, undefined where either has parts that are not known here. */
export function readByTemplate(text: string, template: string, unit: 'date' | 'time'): Range | undefined {
  if (text.length > 100 || template.length > 100) return undefined;
  const fields: string[] = [];
  const pattern = template.toUpperCase().replace(/[A-Z]+(?:24|12)?|[^A-Z\d]+|\d+/g, (part) => {
    if (!/[A-Z\d]/.test(part)) return '[^\\w]*';
    const words = part.match(/YYYY|MM|DD|HH24|HH12|HH|MI|SS/g) ?? [];
    if (words.join('') !== part) return '$.';
    fields.push(...words);
    return words.map((word) => `(\\d{1,${digitsOf[word]}})`).join('');
  });
  const found = new RegExp(`^\\s*${pattern}\\s*$`).exec(text);
  if (found === null) return undefined;
  const field = (name: RegExp, otherwise: number): number => {
    const at = fields.findIndex((each) => name.test(each));
    return at < 0 ? otherwise : Number(found[at + 1]);
  };
  const seconds =
    secondsOfDate(field(/^YYYY$/, 1), field(/^MM$/, 1), field(/^DD$/, 1)) +
    field(/^HH/, 0) * 3_600 +
    field(/^MI$/, 0) * 60 +
    field(/^SS$/, 0);
  return { low: seconds, high: seconds, unit };
}

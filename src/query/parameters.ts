// Values for $1, $2, … as the text forms that Postgres reads; they are bound, never spliced.
import { CodedError } from '../base/errors.ts';

/** A parameter as JSON gives it: an array becomes a Postgres array, an object JSON text. */
export type ParameterValue = unknown;

/** Text forms, or INPUT_PARAMS where their number does not fit the statement or a number is not exact. */
export function boundParameters(
  values: readonly ParameterValue[],
  placeholderCount: number,
): readonly (string | null)[] {
  if (values.length !== placeholderCount) {
    const expected = placeholderCount === 0 ? 'no placeholder' : `placeholders up to $${placeholderCount}`;
    throw new CodedError(
      'INPUT_PARAMS',
      `the statement has ${expected}, but params has ${values.length} ${values.length === 1 ? 'value' : 'values'}`,
      { hint: 'Give exactly one value per placeholder, in order.' },
    );
  }
  return values.map((value, index) => textForm(value, index + 1));
}

/** Most dimensions of a Postgres array (MAXDIM). */
const maxDimensions = 6;

function textForm(value: ParameterValue, position: number, depth = 1): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return wholeText(value, position);
  if (typeof value === 'number') return exactNumber(value, position);
  if (typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return wholeText(jsonText(value, position), position);
  if (depth > maxDimensions)
    throw new CodedError(
      'INPUT_PARAMS',
      `params[${position - 1}] is nested deeper than the ${maxDimensions} dimensions of a Postgres array`,
      { hint: `Send $${position} as a string of JSON.` },
    );
  return `{${value.map((element) => arrayElement(element, position, depth)).join(',')}}`;
}

function jsonText(value: ParameterValue, position: number): string {
  const exactPart = (_key: string, part: unknown): unknown => {
    if (typeof part === 'number') exactNumber(part, position);
    return part;
  };
  try {
    return JSON.stringify(value, exactPart);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('INPUT_PARAMS', `params[${position - 1}] is nested too deep`);
  }
}

/** Array input syntax (manual, 8.15.2): every element quoted, so that none is read as NULL or a nested array. */
function arrayElement(value: ParameterValue, position: number, depth: number): string {
  const text = textForm(value, position, depth + 1);
  if (text === null) return 'NULL';
  if (Array.isArray(value)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A number of JSON has become a double on its way: what a double rounds or cannot hold is refused (RFC 8259, 6). */
function exactNumber(value: number, position: number): string {
  if (Object.is(value, -0)) return '-0';
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isExact) return String(value);
  const kind = Number.isFinite(value) ? 'integers' : 'numbers';
  throw new CodedError(
    'INPUT_PARAMS',
    `params[${position - 1}] is or holds a number beyond the ${kind} that JSON holds exactly`,
    { hint: `Send $${position} as a string.` },
  );
}

function wholeText(value: string, position: number): string {
  const what = value.includes('\u0000')
    ? 'a NUL character'
    : value.isWellFormed()
      ? undefined
      : 'half a character (a lone surrogate)';
  if (what === undefined) return value;
  throw new CodedError(
    'INPUT_PARAMS',
    `params[${position - 1}] holds ${what}, which no Postgres text can hold`,
  );
}

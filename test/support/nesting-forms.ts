// Texts that nest as deep as their length allows, one for each way in which SQL nests; used to find where parsers break.

/** Name to a text of about `bytes` bytes; `brackets` bounds how deep ( and [ may go. */
export const nestingForms: Readonly<Record<string, (bytes: number, brackets: number) => string>> = {
  'unary minus': chain('SELECT ', '- ', 'a'),
  'unary plus': chain('SELECT ', '+a', ''),
  'unary operator': chain('SELECT ', '@ ', 'a'),
  not: chain('SELECT ', 'NOT ', 'a'),
  cast: chain('SELECT a', '::b', ''),
  'is null': chain('SELECT a', ' ISNULL', ''),
  collate: chain('SELECT a', ' COLLATE b', ''),
  'at time zone': chain('SELECT a', ' AT LOCAL', ''),
  addition: chain('SELECT ', '1+', '1'),
  multiplication: chain('SELECT ', '1*', '1'),
  power: chain('SELECT ', '1^', '1'),
  concatenation: chain('SELECT ', 'a||', 'a'),
  'qualified operator': chain('SELECT ', 'a OPERATOR(b.+)', 'a'),
  or: chain('SELECT ', 'a OR ', 'a'),
  union: chain('SELECT', ' UNION SELECT', ''),
  except: chain('TABLE a', ' EXCEPT TABLE a', ''),
  'natural join': chain('SELECT FROM a', ' NATURAL JOIN a', ''),
  'pending join': pair('SELECT FROM ', 'a JOIN ', 'a', ' ON 1', Number.POSITIVE_INFINITY),
  case: pair('SELECT ', 'CASE WHEN ', '1', ' THEN 1 END', Number.POSITIVE_INFINITY),
  'simple case': pair('SELECT ', 'CASE ', 'a', ' WHEN 1 THEN 1 END', Number.POSITIVE_INFINITY),
  indirection: chain('SELECT (a)', '.b', ''),
  subscript: chain('SELECT a', '[1]', ''),
  'nested subscript': pair('SELECT ', 'a[', '1', ']'),
  parentheses: pair('SELECT ', '(', '1', ')'),
  array: pair('SELECT ARRAY', '[', '1', ']'),
  row: pair('SELECT ', '(1,', '1', ')'),
  call: pair('SELECT ', 'f(', '1', ')'),
  'named argument': pair('SELECT ', 'f(a=>', '1', ')'),
  subselect: pair('SELECT ', '(SELECT ', '1', ')'),
  'array subselect': pair('SELECT ', 'ARRAY(SELECT ', '1', ')'),
  exists: pair('SELECT ', 'EXISTS(SELECT ', '1', ')'),
  in: pair('SELECT ', 'a IN(', 'a', ')'),
  any: pair('SELECT ', 'a=ANY(', '1', ')'),
  'derived table': pair('SELECT FROM ', '(SELECT FROM ', 'a', ')a'),
  cte: pair('', 'WITH a AS(', 'SELECT', ')SELECT'),
  'or and': pair('SELECT ', 'a OR a AND(', 'a', ')'),
  'type modifier': pair('SELECT a::', 'b(', '1', ')'),
  window: pair('SELECT ', 'f()OVER(ORDER BY ', '1', ')'),
  'grouping set': pair('SELECT GROUP BY ', 'CUBE(', '1', ')'),
  limit: pair('SELECT LIMIT ', '(SELECT LIMIT ', '1', ')'),
  json: pair('SELECT ', 'JSON_OBJECT(1:', '1', ')'),
  xml: pair('SELECT ', 'XMLCONCAT(', '1', ')'),
  comment: pair('SELECT ', '/*', '', '*/', 190),
};

type Form = (bytes: number, brackets: number) => string;

function chain(head: string, link: string, tail: string): Form {
  return (bytes) => head + link.repeat(Math.floor((bytes - head.length - tail.length) / link.length)) + tail;
}

function pair(head: string, open: string, middle: string, close: string, most?: number): Form {
  return (bytes, brackets) => {
    const fits = Math.floor((bytes - head.length - middle.length) / (open.length + close.length));
    const depth = Math.min(fits, most ?? brackets);
    return head + open.repeat(depth) + middle + close.repeat(depth);
  };
}

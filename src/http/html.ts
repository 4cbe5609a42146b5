// Puts texts into HTML: everything is escaped unless it came out of here, so no page has to remember to do it.

/** A piece of HTML whose texts are escaped already. */
export type Html = { readonly html: string };

/** A template of HTML: strings and numbers in it are escaped, pieces stand as they are, undefined is nothing. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[] | undefined)[]
): Html {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += pieceOf(value) + (parts[index + 1] ?? '');
  return { html: text };
}

function pieceOf(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeHtml(String(value));
  return 'html' in value ? value.html : value.map((piece) => piece.html).join('');
}

/** Text for the inside of an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

// The frame of every sign-in page: head, mark, one card, a last line. It needs no script and loads nothing.
import { type Html, html } from './html.ts';
import { signInStyle } from './sign-in-style.ts';

/** Icons are drawn in the text's colour and mean nothing to a screen reader. */
const icon = (path: string): Html => ({
  html: `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="${path}"/></svg>`,
});

/** The few icons that there are. */
export const icons = {
  mark: icon(
    'M3 5.5c0-1.4 3.1-2.5 7-2.5s7 1.1 7 2.5S13.9 8 10 8 3 6.9 3 5.5zM3 5.5v9C3 15.9 6.1 17 10 17s7-1.1 7-2.5v-9M3 10c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5',
  ),
  yes: icon('M4.5 10.5l3.7 3.7 7.3-8'),
  no: icon('M5.5 5.5l9 9M14.5 5.5l-9 9'),
  warning: icon('M10 3.2l7.2 12.8H2.8L10 3.2zM10 8.2v3.6M10 13.9v.1'),
} as const;

/** A whole page. `site` is the host that the browser is at; `last` is a line below the card. */
export function signInPage(title: string, site: string, content: Html, last?: string): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${{ html: signInStyle }}</style>
</head>
<body>
<header>${icons.mark}<span>Analytics at ${site}</span></header>
<main>
${content}
</main>
${last === undefined ? undefined : html`<footer><p>${last}</p></footer>`}
</body>
</html>
`;
  return page.html;
}

// How the sign-in pages look: one stylesheet, named in the policy by its hash, so that no other style can be slipped in.
import { hash } from 'node:crypto';

/** One card on a quiet ground; colours for light and dark with a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3). */
export const signInStyle = `
:root{color-scheme:light dark;--ground:#f3f5f8;--card:#fff;--line:#dde2ea;--text:#161b26;--quiet:#566072;--accent:#2457d6;--accent-hover:#1b46b3;--on-accent:#fff;--soft:#eef2fb;--good:#18794e;--warn:#7a4a00;--warn-ground:#fff6e2;--warn-line:#f0cf8a;--bad:#b3261e;--bad-ground:#fdf0ef;--bad-line:#f0b9b4;--shadow:0 1px 2px #0f172a0d,0 12px 32px -12px #0f172a26}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--card:#161c26;--line:#2c3543;--text:#e8ecf3;--quiet:#a3aebf;--accent:#8db0ff;--accent-hover:#adc6ff;--on-accent:#0b1730;--soft:#1d2635;--good:#5fd39a;--warn:#f3c978;--warn-ground:#2a2213;--warn-line:#5b4820;--bad:#ff9d95;--bad-ground:#2d1a1a;--bad-line:#6b302d;--shadow:0 1px 2px #0006,0 16px 40px -16px #000a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:1.25rem;padding:max(1.5rem,env(safe-area-inset-top)) 1rem 1.5rem;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
header{display:flex;align-items:center;gap:.55rem;color:var(--quiet);font-size:.875rem;font-weight:600}
header svg{width:1.35rem;height:1.35rem;color:var(--accent);flex:none}
main{width:100%;max-width:28rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:var(--shadow);padding:1.75rem}
h1{margin:0 0 .4rem;font-size:1.375rem;line-height:1.3;letter-spacing:-.012em;text-wrap:balance}
h2{margin:0 0 .5rem;font-size:.875rem;font-weight:600;color:var(--quiet)}
p{margin:0 0 1rem}
.lede{color:var(--quiet);margin-bottom:1.25rem}
section{margin:0 0 1.25rem}
dl{margin:0 0 1.25rem;border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
dl div{padding:.75rem 1rem}
dl div+div{border-top:1px solid var(--line)}
dt{font-size:.8125rem;color:var(--quiet)}
dd{margin:.05rem 0 0;font-weight:600}
dd small{display:block;font-size:.8125rem;font-weight:400;color:var(--quiet)}
dd small.doubt{color:var(--warn)}
.who a{font-size:.875rem}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.5rem}
li{display:grid;grid-template-columns:1.25rem 1fr;gap:.6rem;align-items:start;font-size:.9375rem}
li svg{width:1.25rem;height:1.25rem;margin-top:.1rem}
.can svg{color:var(--good)}
.cannot svg{color:var(--quiet)}
.note{display:grid;grid-template-columns:1.25rem 1fr;gap:.7rem;padding:.85rem 1rem;border:1px solid var(--warn-line);border-radius:.75rem;background:var(--warn-ground);font-size:.9375rem;margin:0 0 1.25rem}
.note svg{width:1.25rem;height:1.25rem;margin-top:.1rem;color:var(--warn)}
.note p{margin:0}
.note.bad{border-color:var(--bad-line);background:var(--bad-ground)}
.note.bad svg{color:var(--bad)}
.who{display:flex;align-items:center;gap:.85rem;padding:.85rem 1rem;border-radius:.75rem;background:var(--soft);margin:0 0 1.25rem}
.who .face{flex:none;display:grid;place-items:center;width:2.5rem;height:2.5rem;border-radius:50%;background:var(--accent);color:var(--on-accent);font-weight:700}
.who p{margin:0;line-height:1.35}
.who .label{display:block;font-size:.8125rem;color:var(--quiet)}
.who strong{display:block}
.who .more{display:block;font-size:.8125rem;color:var(--quiet)}
form{margin:0}
label{display:block;font-weight:600;margin-bottom:.15rem}
.hint{font-size:.875rem;color:var(--quiet);margin:0 0 .5rem}
input[type=password]{width:100%;min-height:3rem;padding:.6rem .85rem;font:1rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--text);background:var(--ground);border:1px solid var(--quiet);border-radius:.625rem;margin-bottom:1rem}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.button{display:flex;align-items:center;justify-content:center;width:100%;min-height:3rem;padding:.6rem 1rem;border:1px solid transparent;border-radius:.625rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;transition:background-color .12s}
.primary{background:var(--accent);color:var(--on-accent)}
.primary:hover{background:var(--accent-hover)}
.secondary{margin-top:.625rem;background:transparent;color:var(--text);border-color:var(--line)}
.secondary:hover{background:var(--soft)}
.or{display:flex;align-items:center;gap:.75rem;margin:1.25rem 0;color:var(--quiet);font-size:.875rem}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
a{color:var(--accent);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.fine{margin:1.25rem 0 0;font-size:.8125rem;color:var(--quiet)}
footer{max-width:28rem;text-align:center;font-size:.8125rem;color:var(--quiet)}
footer p{margin:0}
code{font:.8125rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:30rem){body{justify-content:flex-start;padding-inline:.75rem}main{padding:1.25rem}}
@media (prefers-reduced-motion:reduce){*{transition:none}}
@media (forced-colors:active){.button{border-color:ButtonText}.who .face{border:1px solid}}
`;

/**
 * The policy of a sign-in page. Forms lead nowhere but here: Chromium and Safari hold the whole chain of redirects after a
 * form against form-action (w3c/webappsec-csp issue 8), and nobody knows where a client goes from its redirect URI, so a form
 * is answered with a page that takes the browser on. Links are not held to it.
 */
export function signInPolicy(): string {
  const style = `'sha256-${hash('sha256', signInStyle, 'base64')}'`;
  return [
    "default-src 'none'",
    `style-src ${style}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

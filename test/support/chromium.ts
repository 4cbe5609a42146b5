// A real Chromium, the one of the machine: driven by playwright-core, which brings none along. It only ever sees loopback.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser, or undefined where the machine has none (Debian: `apt-get install chromium`). */
export const chromiumPath = places.find((place) => existsSync(place));

/** The words that a test which needs it puts behind its title where it is missing. */
export const withoutChromium = chromiumPath === undefined ? ' (skipped: Chromium is not installed)' : '';

/** Starts the browser; whoever starts it closes it. */
export function openChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? 'chromium',
    // The sandbox of Chromium cannot be had as root.
    args: ['--disable-gpu', ...more, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

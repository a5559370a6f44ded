/**
 * Takes the README's picture from a running server; see USAGE.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const USAGE =
  'node test/browser/screenshot.js ADDRESS [--out docs/images/dashboard.png] [--width 1920] [--height 1080] [--dark] [--full-page] [--stream ID] [--seconds 3]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'docs/images/dashboard.png' },
    width: { type: 'string', default: '1920' },
    height: { type: 'string', default: '1080' },
    dark: { type: 'boolean', default: false },
    'full-page': { type: 'boolean', default: false },
    stream: { type: 'string' },
    seconds: { type: 'string', default: '3' },
  },
});
const [address] = positionals;
if (address === undefined) throw new Error(`usage: ${USAGE}`);

const entry = fileURLToPath(new URL('take-screenshot.ts', import.meta.url));
const { module } = await runnerImport(entry);
await mkdir(dirname(values.out), { recursive: true });
await module.takeScreenshot({
  address: address.replace(/\/$/, ''),
  file: values.out,
  width: Number(values.width),
  height: Number(values.height),
  colorScheme: values.dark ? 'dark' : 'light',
  fullPage: values['full-page'],
  collectSeconds: Number(values.seconds),
  ...(values.stream === undefined ? {} : { streamId: values.stream }),
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../server/test-server.js';
import { chromiumPath, launchChromium } from './chromium.js';

const TOKEN = 'correct-horse-battery';

describe.skipIf(chromiumPath() === null)('a page of another origin, in Chromium', () => {
  let browser: Browser;
  let pages: Server;

  beforeAll(async () => {
    pages = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title>');
    });
    await new Promise<void>((resolve) => pages.listen(0, resolve));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  /** What a page of this host is told when it makes a stream, asks for one that is not there, and begins to push. */
  async function make(host: string, baseUrl: string): Promise<unknown> {
    const page = await browser.newPage();
    await page.goto(`http://${host}:${(pages.address() as AddressInfo).port}/`);
    return page.evaluate(
      `(async (baseUrl, token) => {
        const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
        const body = JSON.stringify({ id: 'cam', push: true });
        try {
          const made = await fetch(baseUrl + '/v1/streams', { method: 'POST', headers, body });
          const { ingest } = await made.json();
          const other = await fetch(baseUrl + '/v1/streams/other', { headers });
          const { code } = await other.json();
          const offered = ['evoked.v1', 'evoked.v1.token.' + btoa(token).replaceAll('=', '')];
          const socket = new WebSocket(baseUrl.replace('http', 'ws') + ingest.path, offered);
          socket.onopen = () => socket.send('{"type":"start","container":"webm"}');
          const reply = await new Promise((resolve) => (socket.onmessage = resolve));
          return [made.status, code, JSON.parse(reply.data).type];
        } catch (error) {
          return error.message;
        }
      })(${JSON.stringify(baseUrl)}, ${JSON.stringify(TOKEN)})`,
    );
  }

  it('makes a stream and pushes into it where its origin is allowed; another one is told nothing', async () => {
    const { port } = pages.address() as AddressInfo;
    const test = await startTestServer({ token: TOKEN, allowedOrigins: [`http://127.0.0.1:${port}`] });
    expect(await make('localhost', test.baseUrl)).toBe('Failed to fetch');
    expect(await make('127.0.0.1', test.baseUrl)).toEqual([201, 'ERR_STREAM_NOT_FOUND', 'ready']);
  });
});

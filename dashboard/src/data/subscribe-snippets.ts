/** Ways to subscribe that the page shows. */
export type SnippetLanguage = 'javascript' | 'websocket' | 'curl';

/** Code that subscribes to one stream of the server at `origin` (such as `http://127.0.0.1:8787`). */
export function subscribeSnippet(
  language: SnippetLanguage,
  origin: string,
  streamId: string,
  withToken: boolean,
): string {
  const path = `/v1/streams/${encodeURIComponent(streamId)}/scores`;
  const address = origin.replace(/^http/, 'ws') + path;
  switch (language) {
    case 'javascript':
      return [
        '// inside of the checkout of evoked: ./dist/client/index.js',
        "import { subscribe } from 'evoked/client';",
        '',
        'const subscription = subscribe({',
        `  baseUrl: ${JSON.stringify(origin)},`,
        `  stream: ${JSON.stringify(streamId)},`,
        ...(withToken ? ['  token: process.env.EVOKED_TOKEN,'] : []),
        '});',
        "subscription.on('connection', ({ state, detail = '' }) => {",
        "  console.log('connection', state, detail);",
        '});',
        "subscription.on('score', ({ epoch, seq, scores }) => {",
        '  console.log(epoch, seq, scores);',
        '});',
      ].join('\n');
    case 'websocket':
      return [
        ...(withToken
          ? [
              "import { Buffer } from 'node:buffer';",
              '',
              "const token = Buffer.from(process.env.EVOKED_TOKEN).toString('base64url');",
              `const socket = new WebSocket(${JSON.stringify(address)}, [`,
              "  'evoked.v1',",
              '  `evoked.v1.token.${token}`,',
              ']);',
            ]
          : [`const socket = new WebSocket(${JSON.stringify(address)});`]),
        "socket.addEventListener('message', ({ data }) => {",
        '  const message = JSON.parse(data);',
        "  if (message.type === 'score') console.log(message.seq, message.scores);",
        '});',
      ].join('\n');
    case 'curl':
      return [
        'curl --no-buffer \\',
        "  --header 'Accept: text/event-stream' \\",
        ...(withToken ? ['  --header "Authorization: Bearer $EVOKED_TOKEN" \\'] : []),
        `  '${origin}${path}'`,
      ].join('\n');
  }
}

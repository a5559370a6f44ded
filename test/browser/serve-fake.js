/** The dashboard over simulated streams, for work on its looks: `node test/browser/serve-fake.js [PORT] [--trained]` */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const load = async (name) => (await runnerImport(fileURLToPath(new URL(name, import.meta.url)))).module;
const { FakeServer } = await load('fake-server.ts');
const { TRAINED } = await load('fake-stream.ts');

const port = Number(process.argv[2] ?? 8788);
const server = await FakeServer.start(process.argv.includes('--trained') ? { pack: TRAINED } : {}, port);
const film = server.add('film', 'film:7');
film.advance(700);
film.startEpoch('restart');
film.advance(60);
film.gap(14, 'overload');
film.advance(110);
film.gap(2, 'late');
film.advance(70);
server.add('front-door').advance(300);
server
  .add('lobby-camera-with-a-long-name')
  .setState('degraded', 'The model cannot keep up: 12 segments dropped in the last minute');
server
  .add('studio', 'https://example.org/live/index.m3u8')
  .setState('reconnecting', 'No media for 10 s; trying again in 4 s');
server.add('warming', 'film:8').setState('connecting', '');
server.add('talk', 'file:///media/talk.mp4').setState('ended', 'End of the file');
server.add('broken').setState('failed', '401 Unauthorized; expected valid credentials');
console.log(server.address);

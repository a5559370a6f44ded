import { steadyClock } from '../../core/clock.js';
import type { EvokedError } from '../../core/errors.js';
import { toEvokedError } from '../../core/errors.js';
import { closeInherited } from '../child/close-inherited.js';
import { redactText } from '../child/redact-text.js';
import type { MediaInputOptions } from '../media-input.js';
import { confineSource } from '../policy/confine-path.js';
import { withImageFolder } from '../source/image-folder.js';
import { parseSource } from '../source/parse-source.js';
import { CONTROL_LIMITS, decodeControl, type ControlMessage } from '../wire/control-messages.js';
import { WireReader } from '../wire/framing.js';
import { loadNodeAv } from './load-node-av.js';
import { lowerPriority } from './lower-priority.js';
import { MediaOutput, openStandardOutput } from './media-output.js';
import { playFilm } from './play-film.js';
import { playImages } from './play-images.js';
import { playInput } from './play-input.js';
import { playRaw } from './play-raw.js';
import type { Playback } from './playback.js';

/** Often enough for the shortest sensible watchdog. */
const HEARTBEAT_MS = 400;

/** How long the source may take to be closed in order (RTSP says goodbye) once the server asked to stop. */
const CLOSE_MS = 1000;

closeInherited(Number(process.argv[2]));
// Before FFmpeg starts threads of its own.
lowerPriority();

const stdout = openStandardOutput();
const output = new MediaOutput(stdout);
const stopping = new AbortController();
let isPreviewOn = false;
let isPlaying = false;
/** The source's URL, which may hold credentials; '' before it is known. */
let url = '';

function onControl(message: ControlMessage): void {
  switch (message.type) {
    case 'open':
      if (!isPlaying) void open(message.options);
      isPlaying = true;
      break;
    case 'preview':
      isPreviewOn = message.on;
      break;
    case 'stop':
      stop();
      break;
  }
}

async function open(options: MediaInputOptions): Promise<void> {
  url = options.url;
  try {
    const spec = await withImageFolder(
      await confineSource(parseSource(options.url, options.policy), options.policy),
    );
    const av = await loadNodeAv();
    // It would go to stderr with addresses in it, from threads of its own.
    av.Log.setLevel(av.AV_LOG_QUIET);
    const playback: Playback = {
      av,
      spec,
      options,
      output,
      clock: steadyClock,
      signal: stopping.signal,
      preview: () => isPreviewOn,
      onStall: (error) => void leave(toEvokedError(error)),
    };
    await playSource(playback);
    await leave(null);
  } catch (error) {
    await leave(toEvokedError(error));
  }
}

function playSource(playback: Playback): Promise<void> {
  switch (playback.spec.kind) {
    case 'film':
      return playFilm(playback);
    case 'images':
      return playImages(playback);
    case 'push':
      return playPushed(playback);
    default:
      return playInput(playback);
  }
}

function playPushed(playback: Playback): Promise<void> {
  const { push } = playback.options;
  return push?.type === 'raw' ? playRaw(playback, push) : playInput(playback);
}

/** The last message, and the end of this process: at once, whatever native threads are still waiting for. */
async function leave(error: EvokedError | null): Promise<void> {
  if (!stopping.signal.aborted) {
    if (error === null) output.send({ type: 'end' });
    else output.send({ type: 'error', code: error.code, message: messageOf(error) });
  }
  output.close();
  await output.drained();
  await new Promise((resolve) => stdout.end(resolve));
  process.kill(process.pid, 'SIGKILL');
}

function messageOf({ message }: EvokedError): string {
  return redactText(message, url).slice(0, 2000);
}

function stop(): void {
  if (stopping.signal.aborted) return;
  stopping.abort();
  output.close();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), isPlaying ? CLOSE_MS : 0);
}

const reader = new WireReader(CONTROL_LIMITS, (kind, body) => onControl(decodeControl(kind, body)));
process.stdin.on('data', (chunk: Buffer) => {
  try {
    reader.push(chunk);
  } catch (error) {
    void leave(toEvokedError(error));
  }
});
// The server is gone, or does not want anything more.
process.stdin.on('end', stop);
process.stdin.on('error', stop);
setInterval(() => output.sendHeartbeat(), HEARTBEAT_MS);

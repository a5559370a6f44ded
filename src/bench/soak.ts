import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRow } from '../core/bench-row.js';
import { steadyClock } from '../core/clock.js';
import { startEvoked, type EvokedProcess } from './evoked-process.js';
import { followScores } from './follow-scores.js';
import { slopeOf, type Sample } from './least-squares.js';
import { residentMegabytes } from './resident-memory.js';

/** How long the run is, and how wide. */
export interface SoakOptions {
  /** Films at the same time; one more comes and goes. */
  readonly numStreams: number;
  readonly seconds: number;
  readonly onProgress?: (secondsDone: number) => void;
}

/** A stream is added, and the one before it removed, this often; and every other time one of the films is opened again. */
const CHURN_MS = 3000;

const MEMORY_POLL_MS = 1000;

/** Of the run, before memory counts: caches fill, and the history does. */
const WARM_UP_SHARE = 0.3;

/** Short, so that it is full after the warm-up. */
const HISTORY_SECONDS = 30;

const RESTARTED = 'film-0';

interface Course {
  numScores: number;
  numMissing: number;
  firstAtMs: number;
  lastAtMs: number;
}

/**
 * Films that run throughout, one that is opened again and again, and one that is removed and added: how memory goes, and whether
 * the films that are left alone keep their six scores a second.
 */
export async function benchSoak({ numStreams, seconds, onProgress }: SoakOptions): Promise<BenchRow[]> {
  const films = Array.from({ length: numStreams }, (_, i) => ['--source', `film-${i}=film:${i}`]);
  const args = ['serve', '--port', '0', '--log-level', 'error', ...films.flat()];
  const server = await startEvoked(args, { EVOKED_HISTORY_SECONDS: String(HISTORY_SECONDS) });
  const courses = Array.from({ length: numStreams - 1 }, (_, i) => follow(server, `film-${i + 1}`));
  const memory: Sample[] = [];
  const startedAtMs = steadyClock.nowMs();
  const passedSeconds = (): number => (steadyClock.nowMs() - startedAtMs) / 1000;
  const poll = setInterval(() => {
    memory.push({ x: passedSeconds() / 3600, y: residentMegabytes(server.pid) });
    onProgress?.(passedSeconds());
  }, MEMORY_POLL_MS);
  let numChanges = 0;
  try {
    for (; passedSeconds() < seconds; numChanges++) {
      await change(server.baseUrl, numChanges);
      await delay(CHURN_MS);
    }
  } finally {
    clearInterval(poll);
    await server.stop();
  }
  return toRows({ courses, memory, seconds, numChanges });
}

async function change(baseUrl: string, index: number): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const streams = `${baseUrl}/v1/streams`;
  if (index > 0) await fetch(`${streams}/guest-${index - 1}`, { method: 'DELETE' });
  const guest = JSON.stringify({ id: `guest-${index}`, url: `film:guest-${index}` });
  await fetch(streams, { method: 'POST', headers, body: guest });
  if (index % 2 === 1) return;
  await fetch(`${streams}/${RESTARTED}`, { method: 'PATCH', headers, body: '{"restart":true}' });
}

function follow({ baseUrl }: EvokedProcess, stream: string): Course {
  const course: Course = { numScores: 0, numMissing: 0, firstAtMs: NaN, lastAtMs: NaN };
  followScores(baseUrl, stream, (message) => {
    if (message.type === 'gap') course.numMissing += message.toSeq - message.fromSeq + 1;
    if (message.type !== 'score') return;
    course.lastAtMs = steadyClock.nowMs();
    if (course.numScores === 0) course.firstAtMs = course.lastAtMs;
    course.numScores += 1;
  });
  return course;
}

interface Soaked {
  readonly courses: readonly Course[];
  readonly memory: readonly Sample[];
  readonly seconds: number;
  readonly numChanges: number;
}

function toRows({ courses, memory, seconds, numChanges }: Soaked): BenchRow[] {
  const counted = memory.slice(Math.round(memory.length * WARM_UP_SHARE));
  const rates = courses.map((each) => (1000 * (each.numScores - 1)) / (each.lastAtMs - each.firstAtMs));
  const farthest = rates.reduce((worst, rate) => (Math.abs(rate - 6) > Math.abs(worst - 6) ? rate : worst));
  const numScores = courses.reduce((sum, each) => sum + each.numScores, 0);
  const numMissing = courses.reduce((sum, each) => sum + each.numMissing, 0);
  const minutes = `${(seconds / 60).toFixed(0)} minutes, ${numChanges} streams added and removed`;
  return [
    {
      name: `soak: growth of resident memory of all processes, ${courses.length + 1} films and one that comes and goes`,
      unit: 'MB/h',
      median: slopeOf(counted),
      note: `${minutes}, the last ${counted.length} s counted`,
    },
    {
      name: 'soak: resident memory of all processes',
      unit: 'MB',
      median: counted.reduce((sum, { y }) => sum + y, 0) / counted.length,
    },
    {
      name: 'soak: scores a second of the film that is farthest from 6',
      unit: 'Hz',
      median: farthest,
      note: `${numScores} scores of ${courses.length} films, ${numMissing} missing`,
    },
  ];
}

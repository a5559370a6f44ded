import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { BenchRow } from '../core/bench-row.js';
import { steadyClock } from '../core/clock.js';
import type { ScoreMessage, ServerMessage } from '../core/protocol.js';
import { Bystander } from './bystander.js';
import { decodeChildren } from './child-processes.js';
import { startEvoked, type EvokedProcess } from './evoked-process.js';
import { followScores } from './follow-scores.js';
import { emptyRound, isolationRows, type Fault, type Phase, type Round } from './isolation-figures.js';

/** How long the run is, and how many streams are looked at beside the one that suffers. */
export interface IsolationOptions {
  readonly numBystanders: number;
  readonly seconds: number;
  readonly onProgress?: (secondsDone: number) => void;
}

/** Time in which nothing is done to anybody, in either quiet phase of a round. */
const QUIET_MS = 5000;

/** How often a child is killed in a round, each time once its stream has been scored again for a second. */
const NUM_KILLS = 3;
const SCORED_AGAIN_SEQ = 6;

/** What a new child still makes of its start (code is compiled, caches fill) is over by then. */
const SETTLED_SEQ = 18;

/** Far more than a restart takes. */
const PATIENCE_MS = 60_000;

/** So that the stream comes back at once, and as often as its child is killed. */
const SETTINGS = {
  EVOKED_SOURCE_WATCHDOG_MS: '3000',
  EVOKED_SOURCE_BACKOFF_INITIAL_MS: '100',
  EVOKED_SOURCE_BACKOFF_MAX_MS: '200',
  EVOKED_SOURCE_MAX_CRASH_RESTARTS_PER_MINUTE: '1000',
} as const;

/**
 * Kills and freezes the decode child of one stream again and again, and looks at what the scores of others show of it. Every
 * round has a quiet phase, one of SIGKILLs, a second quiet one, and one of a SIGSTOP, which the watchdog ends: however the speed
 * of the machine drifts, it drifts for all of them. Linux only.
 */
export async function benchIsolation(options: IsolationOptions): Promise<BenchRow[]> {
  const { numBystanders, seconds, onProgress } = options;
  const names = Array.from({ length: numBystanders }, (_, i) => `film-${i}`);
  const films = names.flatMap((name, i) => ['--source', `${name}=film:${i}`]);
  const server = await startEvoked(['serve', '--port', '0', '--log-level', 'error', ...films], SETTINGS);
  try {
    const run = await IsolationRun.begin(server, names);
    const startedAtMs = steadyClock.nowMs();
    for (let passedSeconds = 0; passedSeconds < seconds;) {
      await run.playRound();
      passedSeconds = (steadyClock.nowMs() - startedAtMs) / 1000;
      onProgress?.(passedSeconds);
    }
    return isolationRows(run);
  } finally {
    await server.stop();
  }
}

class IsolationRun {
  readonly rounds: Round[] = [];
  readonly bystanders: readonly Bystander[];
  /** From each fault to the next score of the stream that suffered it. */
  readonly backAfterMs: Readonly<Record<Fault, number[]>> = { SIGKILL: [], SIGSTOP: [] };
  readonly #findVictim: () => number;
  readonly #victim: WebSocket;
  #epoch = 0;
  #round = emptyRound();
  /** Null while what was done may still show. */
  #phase: Phase | null = null;

  /** Waits until all streams are scored. */
  static async begin({ baseUrl, pid }: EvokedProcess, names: readonly string[]): Promise<IsolationRun> {
    for (const name of names) await waitUntilSettled(baseUrl, name);
    const others = decodeChildren(pid);
    await fetch(`${baseUrl}/v1/streams`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'victim', url: 'film:victim' }),
    });
    await waitUntilSettled(baseUrl, 'victim');
    const findVictim = (): number => decodeChildren(pid).find((child) => !others.includes(child)) ?? NaN;
    return new IsolationRun(baseUrl, names, findVictim);
  }

  private constructor(baseUrl: string, names: readonly string[], findVictim: () => number) {
    this.#findVictim = findVictim;
    this.#victim = followScores(baseUrl, 'victim', (message) => {
      if (message.type === 'score') this.#epoch = message.epoch;
    });
    this.bystanders = names.map((name) => {
      const bystander = new Bystander((latencyMs) => {
        if (this.#phase !== null) this.#round[this.#phase].push(latencyMs);
      });
      followScores(baseUrl, name, (message) => bystander.take(message));
      return bystander;
    });
  }

  async playRound(): Promise<void> {
    this.#round = emptyRound();
    await this.#during('quiet', () => delay(QUIET_MS));
    await this.#during('SIGKILL', async () => {
      for (let i = 0; i < NUM_KILLS; i++) await this.#strike('SIGKILL');
    });
    await this.#during('quiet again', () => delay(QUIET_MS));
    await this.#during('SIGSTOP', () => this.#strike('SIGSTOP'));
    this.rounds.push(this.#round);
  }

  /** What bystanders get while `happen` runs counts for `phase`; the victim is as ever before it and after it. */
  async #during(phase: Phase, happen: () => Promise<void>): Promise<void> {
    this.#phase = phase;
    await happen();
    this.#phase = null;
    await nextScore(this.#victim, ({ seq }) => seq >= SETTLED_SEQ);
  }

  async #strike(signal: Fault): Promise<void> {
    const epoch = this.#epoch;
    const startedAtMs = steadyClock.nowMs();
    process.kill(this.#findVictim(), signal);
    await nextScore(this.#victim, (score) => score.epoch > epoch);
    this.backAfterMs[signal].push(steadyClock.nowMs() - startedAtMs);
    await nextScore(this.#victim, (score) => score.epoch > epoch && score.seq >= SCORED_AGAIN_SEQ);
  }
}

async function waitUntilSettled(baseUrl: string, stream: string): Promise<void> {
  const socket = followScores(baseUrl, stream, () => undefined);
  await nextScore(socket, ({ seq }) => seq >= SETTLED_SEQ);
  socket.terminate();
}

async function nextScore(socket: WebSocket, isWanted: (score: ScoreMessage) => boolean): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const [data] = (await once(socket, 'message', { signal })) as [Buffer];
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.type === 'score' && isWanted(message)) return;
  }
}

import type { BenchRow } from '../core/bench-row.js';
import { quantile } from '../core/quantile.js';
import { quantileDifference } from './quantile-difference.js';

/** What is done to the decode child of one stream. */
export type Fault = 'SIGKILL' | 'SIGSTOP';

/** A part of a round; they come in this order. */
export type Phase = 'quiet' | 'SIGKILL' | 'quiet again' | 'SIGSTOP';

/** Latencies of the other streams' scores in ms, by the part of the round in which they came. */
export type Round = Readonly<Record<Phase, number[]>>;

/** A round before anything has come. */
export function emptyRound(): Round {
  return { quiet: [], SIGKILL: [], 'quiet again': [], SIGSTOP: [] };
}

/** What became of a stream that should be left alone. */
export interface BystanderCounts {
  readonly numScores: number;
  /** Segments that were not scored, whether a gap says so or nothing does. */
  readonly numMissing: number;
  /** Whatever their reason. */
  readonly numGaps: number;
  /** Epochs after the first one. */
  readonly numRestarts: number;
}

/** What a run has seen. */
export interface IsolationResult {
  readonly rounds: readonly Round[];
  readonly bystanders: readonly BystanderCounts[];
  /** From each fault to the next score of the stream that suffered it, in ms. */
  readonly backAfterMs: Readonly<Record<Fault, readonly number[]>>;
}

/** The figures: latencies by phase, differences of their p99, what is missing, and how soon the stream itself is back. */
export function isolationRows({ rounds, bystanders, backAfterMs }: IsolationResult): BenchRow[] {
  const latencies = (...phases: Phase[]): number[] =>
    rounds.flatMap((round) => phases.flatMap((phase) => round[phase]));
  const total = (of: (counts: BystanderCounts) => number): number =>
    bystanders.reduce((sum, counts) => sum + of(counts), 0);
  return [
    latencyRow('while nothing is wrong', latencies('quiet', 'quiet again')),
    latencyRow("SIGKILL of another stream's decode child", latencies('SIGKILL')),
    latencyRow("SIGSTOP of another stream's decode child", latencies('SIGSTOP')),
    differenceRow('SIGKILL less quiet', rounds, ['quiet', 'quiet again'], 'SIGKILL'),
    differenceRow('SIGSTOP less quiet', rounds, ['quiet', 'quiet again'], 'SIGSTOP'),
    differenceRow('quiet less quiet, as a control', rounds, ['quiet'], 'quiet again'),
    {
      name: 'isolation: scores of the other streams that are missing',
      unit: 'scores',
      median: total(({ numMissing }) => numMissing),
      note:
        `of ${total(({ numScores }) => numScores)} of ${bystanders.length} streams, in ` +
        `${total(({ numGaps }) => numGaps)} gaps; ${total(({ numRestarts }) => numRestarts)} new epochs`,
    },
    backRow('SIGKILL', backAfterMs.SIGKILL),
    backRow('SIGSTOP', backAfterMs.SIGSTOP),
  ];
}

function latencyRow(when: string, latenciesMs: readonly number[]): BenchRow {
  return {
    name: `isolation: latency, ${when}`,
    unit: 'ms',
    median: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
    note: `max ${quantile(latenciesMs, 1).toFixed(0)} ms, ${latenciesMs.length} scores`,
  };
}

function differenceRow(
  what: string,
  rounds: readonly Round[],
  before: readonly Phase[],
  after: Phase,
): BenchRow {
  const pairs = rounds.map((round) => ({
    before: before.flatMap((phase) => round[phase]),
    after: round[after],
  }));
  const { value, low, high } = quantileDifference(pairs, 0.99);
  return {
    name: `isolation: difference of the p99, ${what}`,
    unit: 'ms',
    median: value,
    note: `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)} ms, ${rounds.length} rounds`,
  };
}

function backRow(fault: Fault, backAfterMs: readonly number[]): BenchRow {
  return {
    name: `isolation: ${fault} to the next score of the stream itself`,
    unit: 'ms',
    median: quantile(backAfterMs, 0.5),
    note: `worst of ${backAfterMs.length}: ${quantile(backAfterMs, 1).toFixed(0)} ms`,
  };
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { GapReason, PacketsDecoded } from '../../core/media.js';
import type { StreamState } from '../../core/protocol.js';
import type { ScoreResult } from '../../model/scoring.js';
import type { PublishRefusal, RtmpCloseReason } from '../../streams/rtmp/rtmp-receiver.js';
import type { EventLoopDelay } from './event-loop-delay.js';

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.4, 1, 2.5];
const STATES: readonly StreamState[] = ['connecting', 'live', 'degraded', 'reconnecting', 'ended', 'failed'];
const GAP_REASONS: readonly GapReason[] = ['overload', 'source', 'late', 'failure'];

/** Kinds of connections that a stream has. */
export type SubscriberKind = 'websocket' | 'sse' | 'preview' | 'ingest';

/** What is looked at when /metrics is read. */
export interface MetricsSources {
  /** Number of streams in each state; absent means none. */
  streamsByState(): ReadonlyMap<StreamState, number>;
  /** Segments that wait in all sessions together. */
  numWaitingSegments(): number;
  queueDepths(): { readonly visual: number; readonly audio: number };
  numSubscribers(kind: SubscriberKind): number;
  /** Connections to the RTMP port: those that publish, and all. */
  numRtmpConnections(): { readonly publishing: number; readonly all: number };
}

/** Everything that /metrics shows, in Prometheus' text format; a registry of its own, so that servers do not mix. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #stage = new Histogram({
    name: 'evoked_stage_latency_seconds',
    help: 'Time of one segment in a stage; total is from the arrival of its last media to its score.',
    labelNames: ['stage', 'modality'] as const,
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  readonly #scores = this.#counter('evoked_scores_total', 'Scores made.', [] as const);
  readonly #dropped = this.#counter('evoked_dropped_segments_total', 'Segments without a score.', [
    'reason',
  ] as const);
  readonly #restarts = this.#counter(
    'evoked_source_restarts_total',
    'Decode children started again.',
    [] as const,
  );
  readonly #packets = this.#counter(
    'evoked_packets_total',
    'Packets of all sources; damaged ones gave nothing, or something broken.',
    ['modality', 'outcome'] as const,
  );
  readonly #failures = this.#counter('evoked_inference_failures_total', 'Scorers that failed.', [] as const);
  readonly #slow = this.#counter(
    'evoked_slow_subscribers_total',
    'Subscribers closed as too slow.',
    [] as const,
  );
  readonly #skipped = this.#counter(
    'evoked_skipped_previews_total',
    'Preview pictures not sent.',
    [] as const,
  );

  readonly #ingested = this.#counter('evoked_ingest_bytes_total', 'Bytes of pushed media.', [] as const);
  readonly #refused = this.#counter('evoked_ingest_errors_total', 'Senders that were turned away, by code.', [
    'code',
  ] as const);

  readonly #abandoned = this.#counter(
    'evoked_abandoned_streams_total',
    'Streams that were removed because nobody had pushed anything for too long.',
    [] as const,
  );

  readonly #rtmpRefused = this.#counter(
    'evoked_rtmp_refused_total',
    'RTMP publishers whose key was unknown or in use, or whose address tried too many.',
    ['reason'] as const,
  );
  readonly #rtmpClosed = this.#counter(
    'evoked_rtmp_closed_total',
    'RTMP connections that this side closed.',
    ['reason'] as const,
  );
  readonly #rtmpRestarts = this.#counter(
    'evoked_rtmp_restarts_total',
    'RTMP receivers started again.',
    [] as const,
  );

  constructor(sources: MetricsSources, eventLoop: EventLoopDelay) {
    for (const reason of GAP_REASONS) this.#dropped.inc({ reason }, 0);
    this.#gauge('evoked_streams', 'Streams by state.', ['state'], (gauge) => {
      const counts = sources.streamsByState();
      for (const state of STATES) gauge.set({ state }, counts.get(state) ?? 0);
    });
    this.#gauge(
      'evoked_queue_segments',
      'Segments that wait: in sessions, in workers.',
      ['queue'],
      (gauge) => {
        gauge.set({ queue: 'session' }, sources.numWaitingSegments());
        for (const [queue, depth] of Object.entries(sources.queueDepths())) gauge.set({ queue }, depth);
      },
    );
    this.#gauge('evoked_subscribers', 'Open connections.', ['kind'], (gauge) => {
      for (const kind of ['websocket', 'sse', 'preview', 'ingest'] as const)
        gauge.set({ kind }, sources.numSubscribers(kind));
    });
    this.#gauge('evoked_rtmp_connections', 'Open RTMP connections.', ['state'], (gauge) => {
      const { publishing, all } = sources.numRtmpConnections();
      gauge.set({ state: 'publishing' }, publishing);
      gauge.set({ state: 'other' }, Math.max(0, all - publishing));
    });
    this.#gauge(
      'evoked_event_loop_delay_seconds',
      'Since the start of the server.',
      ['quantile'],
      (gauge) => {
        for (const quantile of ['0.5', '0.99', '1'])
          gauge.set({ quantile }, eventLoop.quantileMs(Number(quantile)) / 1000);
      },
    );
    this.#gauge(
      'evoked_resident_memory_bytes',
      'Of the server process, without decode children.',
      [],
      (gauge) => {
        gauge.set(process.memoryUsage.rss());
      },
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  scored({ score, timings }: ScoreResult): void {
    this.#scores.inc();
    this.#observe('total', '', score.latencyMs);
    this.#observe('queue', '', timings.queueMs);
    this.#observe('embed', 'visual', timings.embedVisualMs);
    this.#observe('embed', 'audio', timings.embedAudioMs);
    this.#observe('step', 'visual', timings.stepVisualMs);
    this.#observe('step', 'audio', timings.stepAudioMs);
  }

  /** From the score's leaving the model to its being taken by the operating system. */
  delivered(latencyMs: number): void {
    this.#observe('delivery', '', latencyMs);
  }

  dropped(reason: GapReason, numSegments: number): void {
    this.#dropped.inc({ reason }, numSegments);
  }

  decoded(report: PacketsDecoded): void {
    for (const modality of ['visual', 'audio'] as const) {
      const { packets, whole } = report[modality];
      const numWhole = Math.min(packets, whole);
      this.#packets.inc({ modality, outcome: 'whole' }, numWhole);
      this.#packets.inc({ modality, outcome: 'damaged' }, packets - numWhole);
    }
  }

  sourceRestarted(): void {
    this.#restarts.inc();
  }

  inferenceFailed(): void {
    this.#failures.inc();
  }

  slowSubscriber(): void {
    this.#slow.inc();
  }

  previewSkipped(): void {
    this.#skipped.inc();
  }

  ingested(numBytes: number): void {
    this.#ingested.inc(numBytes);
  }

  /** A sender's connection was closed with an error. */
  ingestRefused(code: string): void {
    this.#refused.inc({ code });
  }

  /** A stream was removed since nobody had pushed anything for too long. */
  abandoned(): void {
    this.#abandoned.inc();
  }

  rtmpRefused(reason: PublishRefusal): void {
    this.#rtmpRefused.inc({ reason });
  }

  rtmpClosed(reason: RtmpCloseReason, count: number): void {
    this.#rtmpClosed.inc({ reason }, count);
  }

  rtmpRestarted(): void {
    this.#rtmpRestarts.inc();
  }

  #observe(stage: string, modality: string, latencyMs: number | null): void {
    if (latencyMs !== null) this.#stage.observe({ stage, modality }, Math.max(0, latencyMs) / 1000);
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: readonly string[], collect: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: () => collect(gauge),
    });
  }
}

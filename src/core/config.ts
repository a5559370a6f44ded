import { z } from 'zod';
import { parseAddressRange } from './address-range.js';

/** Position policies of a tower's timestamp feature on streams longer than training saw. */
export const POSITION_POLICIES = ['clamp', 'wrap', 'elapsed'] as const;

/** One of `clamp`, `wrap`, `elapsed`. */
export type PositionPolicy = (typeof POSITION_POLICIES)[number];

/** A policy, or `pack`: what the model pack states for each of its towers. */
export type PositionChoice = PositionPolicy | 'pack';

/** Schemes of sources that requests may name unless the settings say less; files and devices have settings of their own. */
export const REQUEST_SCHEMES = [
  ...(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'udp', 'http', 'https'] as const),
  ...(['film', 'push'] as const),
] as const;

/** What a stream's id may hold, as errors say it. */
export const STREAM_ID_RULE = 'expected 1 to 64 of a-z, A-Z, 0-9, _ and -';

/** What stream ids look like. */
export const STREAM_ID = /^[a-zA-Z0-9_-]{1,64}$/;

const milliseconds = z.number().int().positive();

const PORT_RULE = 'expected a whole number from 0 to 65535';
const tcpPort = z.number(PORT_RULE).int(PORT_RULE).min(0, PORT_RULE).max(65_535, PORT_RULE);

/**
 * Every setting of the server. One schema for flags, environment (`EVOKED_` + the key in upper snake case, with
 * `_` between levels), `evoked.yaml` and defaults; unknown keys are refused.
 */
export const configSchema = z.strictObject({
  /** Address to listen on; anything but loopback needs `token`. */
  host: z.string().min(1).default('127.0.0.1'),
  /** TCP port; 0 takes a free one. */
  port: tcpPort.default(8787),
  /**
   * Bearer token of at least 16 characters, none of them a space or beyond ASCII: no header could carry those. Empty
   * means no authentication (loopback only).
   */
  token: z
    .string()
    .regex(/^([!-~]{16,})?$/, 'expected at least 16 letters, digits or signs of ASCII, without spaces')
    .default(''),
  /** Further origins whose pages may use the API, such as a reverse proxy's `https://scores.example.org`. */
  allowedOrigins: z.array(z.url({ protocol: /^https?$/ })).default([]),
  /** Model pack folder; empty takes the pulled pack, else the bundled one. */
  pack: z.string().default(''),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Streams that run from the start: id → URL. */
  sources: z
    .record(
      z.string().regex(STREAM_ID, STREAM_ID_RULE),
      z.string('expected a URL or a path').min(1, 'expected a URL or a path'),
    )
    .default({}),
  maxStreams: z.number().int().positive().default(16),
  maxSubscribers: z.number().int().positive().default(256),
  /** Length of the score history that `?since=` resumes from. */
  historySeconds: z.number().positive().max(86_400).default(600),
  segment: z
    .strictObject({
      /** How long a segment waits for its second modality after the first one has passed its end. */
      watermarkTimeoutMs: milliseconds.default(250),
      /** Silence after which a modality counts as idle and holds nothing back. */
      idleTimeoutMs: milliseconds.default(1000),
    })
    .prefault({}),
  source: z
    .strictObject({
      connectTimeoutMs: milliseconds.default(10_000),
      /** Without media for this long the connection counts as lost. */
      readTimeoutMs: milliseconds.default(10_000),
      /** Without any sign of life for this long the decode child is killed. */
      watchdogMs: milliseconds.default(12_000),
      /** Resident memory of a decode child, and of the RTMP receiver, in MiB; one that takes more is killed. */
      memoryLimitMb: z.number().int().min(192).default(512),
      /** Restarts within a minute after crashes of the decode child, before the stream counts as failed. */
      maxCrashRestartsPerMinute: z.number().int().nonnegative().default(5),
      backoffInitialMs: milliseconds.default(500),
      backoffMaxMs: milliseconds.default(15_000),
      /** `auto` and `tcp` begin over TCP, `udp` over UDP; `tcp` alone never changes to the other one. */
      rtspTransport: z.enum(['auto', 'tcp', 'udp']).default('auto'),
      /** Network schemes, `film` and `push`: those of them that requests may name. */
      allowedSchemes: z.array(z.enum(REQUEST_SCHEMES)).default([...REQUEST_SCHEMES]),
      /** Requests may name files below this folder; empty for no files at all. */
      filesFolder: z.string().default(''),
      /** Addresses and CIDR ranges that requests may name beside those of the public internet. */
      allowAddresses: z
        .array(
          z
            .string()
            .refine(
              (text) => parseAddressRange(text) !== null,
              'expected addresses or ranges of them, such as 192.168.0.0/16',
            ),
        )
        .default([]),
      /** Sources may listen where anybody can reach them and no key is asked for. */
      allowOpenListeners: z.boolean().default(false),
      /** Requests may name cameras, microphones and screens of this machine. */
      allowDevices: z.boolean().default(false),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      /**
       * A stream that a request made to be pushed is removed when nobody has sent anything into it for this long; 0 for never.
       * A week at most.
       */
      abandonSeconds: z.number().nonnegative().max(604_800).default(600),
    })
    .prefault({}),
  rtmp: z
    .strictObject({
      /** TCP port that encoders publish to as `rtmp://HOST:PORT/live/KEY`; null for none, 0 takes a free one. */
      port: tcpPort.nullable().default(null),
      /** Address of that port; empty for that of `host`. Needs no token: every publisher needs a key. */
      host: z.string().default(''),
    })
    .prefault({}),
  inference: z
    .strictObject({
      /** Worker threads that embed frames and step visual towers; streams are spread over them. */
      visualWorkers: z.number().int().positive().default(1),
      /** Worker threads that embed audio and step audio towers. */
      audioWorkers: z.number().int().positive().default(1),
      /** Segments of one stream that may wait for inference before the oldest is dropped. */
      queueSegments: z.number().int().positive().default(6),
      /** What the timestamp feature does beyond what training saw. */
      position: z.enum(['pack', ...POSITION_POLICIES] satisfies PositionChoice[]).default('pack'),
    })
    .prefault({}),
  preview: z
    .strictObject({
      /** Width of the dashboard's picture in pixels. */
      width: z.number().int().min(64).max(1920).default(480),
    })
    .prefault({}),
});

/** Validated, frozen settings. */
export type Config = z.output<typeof configSchema>;
/** Settings as a person writes them. */
export type ConfigInput = z.input<typeof configSchema>;

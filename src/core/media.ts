/** The two modalities of a stream. */
export type Modality = 'visual' | 'audio';

/** Why the timeline of a source was interrupted; a new epoch follows. */
export type EpochReason = 'start' | 'discontinuity' | 'restart' | 'long-gap';

/** Why segments are missing; `failure`: an inference worker failed on them. */
export type GapReason = 'overload' | 'source' | 'late' | 'failure';

/** What a source turned out to contain, known once it is open. */
export interface SourceTracks {
  /** Length of a finite source in seconds, null where it is live or not known; what has a length is not reconnected. */
  readonly durationSeconds: number | null;
  /** Coded picture size in pixels and nominal rate in frames per second (0 when unknown); null without video. */
  readonly video: {
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    readonly rateHz: number;
  } | null;
  /** Codec, source sample rate in Hz and channel count before mixing down; null without audio. */
  readonly audio: { readonly codec: string; readonly sampleRateHz: number; readonly channels: number } | null;
}

/**
 * One picture that a segment needs.
 * `rgb` is `[224, 224, 3]` uint8, letterboxed with zeros and resized as the paper's authors did.
 */
export interface VideoFrame {
  readonly type: 'videoFrame';
  /** Presentation time in microseconds of media time since the timeline's origin. */
  readonly ptsUs: number;
  /**
   * When the packet of this picture arrived from the source, in ms of the steady clock (`steadyClock`); of a source that
   * delivers in bursts (a file, HLS) when it was due by the source's clock.
   */
  readonly arrivedAtMs: number;
  readonly rgb: Uint8Array;
  /** JPEG of the picture at a viewable size; only while someone watches. */
  readonly previewJpeg: Uint8Array | null;
}

/** A block of mono float PCM at 16 kHz, in [-1, 1]; blocks of one timeline never overlap. */
export interface AudioFrame {
  readonly type: 'audioFrame';
  /** Index of the first sample since the timeline's origin, at 16 kHz. */
  readonly startSample: number;
  readonly samples: Float32Array;
  /** As that of a picture, for the packet of the last sample. */
  readonly arrivedAtMs: number;
}

/** Nothing of this modality before `ptsUs` is still to come. */
export interface Watermark {
  readonly type: 'watermark';
  readonly modality: Modality;
  readonly ptsUs: number;
  readonly arrivedAtMs: number;
}

/** Media time starts again at 0: everything after this belongs to a new timeline. */
export interface TimelineStart {
  readonly type: 'timeline';
  readonly reason: EpochReason;
}

/** The source is open. Precedes all media of a connection. */
export interface TracksKnown {
  readonly type: 'tracks';
  readonly tracks: SourceTracks;
}

/** Packets of one modality, and how many of them gave a whole picture or a whole block of sound. */
export interface PacketCounts {
  readonly packets: number;
  readonly whole: number;
}

/** How decoding fares: what came since the report before it. At most once a second, and only while packets come. */
export interface PacketsDecoded extends Readonly<Record<Modality, PacketCounts>> {
  readonly type: 'decoded';
}

/**
 * What a decode child sends, in order. A finite source completes the Observable; a failure errors it with an
 * `EvokedError`.
 */
export type MediaEvent = TracksKnown | TimelineStart | VideoFrame | AudioFrame | Watermark | PacketsDecoded;

/** Marks on a segment that is not quite whole. */
export type SegmentFlag =
  /** Some of the segment's audio was missing and is zeros. */
  | 'audio-partial'
  /** No picture lies inside the segment: the nearest one within reach was used again. */
  | 'frame-repeated';

/** One 1/6 s of a stream: the model's input. */
export interface Segment {
  readonly type: 'segment';
  readonly epoch: number;
  /** Index within the epoch: the segment covers media time [seq/6, (seq+1)/6) s of the epoch. */
  readonly seq: number;
  /**
   * Index on the source's timeline, which starts with every connection and every jump of the clock. `seq` where the epoch starts
   * with its timeline; more where the epoch began later on it, after a long gap or because model state was lost.
   */
  readonly timelineIndex: number;
  /** First microsecond of the segment, in the epoch's media time. */
  readonly ptsUs: number;
  /** RGB `[224, 224, 3]` uint8, or null where the visual modality is missing. */
  readonly frame: Uint8Array | null;
  /** Mono PCM at 16 kHz, `segmentNumSamples(seq)` values, or null where the audio modality is missing. */
  readonly audio: Float32Array | null;
  /** When the last media that the segment waited for arrived, in ms of the steady clock. */
  readonly arrivedAtMs: number;
  readonly flags: readonly SegmentFlag[];
  readonly previewJpeg: Uint8Array | null;
}

/** Segments `fromSeq` to `toSeq` (inclusive) of the epoch will never come. */
export interface Gap {
  readonly type: 'gap';
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: GapReason;
}

/** A new epoch: model state is reset and seq starts from 0. */
export interface EpochStart {
  readonly type: 'epoch';
  readonly epoch: number;
  readonly reason: EpochReason;
}

/** What `segment()` makes of media. Within an epoch every seq is in exactly one Segment or Gap, in order. */
export type SegmentEvent = EpochStart | Gap | Segment;

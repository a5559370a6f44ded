import { z } from 'zod';
import { POSITION_POLICIES } from '../../core/config.js';
import { LABELS } from '../../core/labels.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import { PACK_NAME } from './pack-shelf.js';

const positive = z.number().positive();
const size = z.number().int().min(1).max(8192);
const share = z.number().min(0).max(1);

/** Path inside the pack's folder, with `/` between folders. */
const file = z.string().min(1);
/** Hex SHA-256 of a file. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of the pack's own folder with its digest, or a seed that untrained weights are made from. */
const weights = {
  file: file.optional(),
  sha256: sha256.optional(),
  seed: z.string().min(1).optional(),
};

function isOneSource({ file, sha256, seed }: WeightSource): boolean {
  return seed === undefined
    ? file !== undefined && sha256 !== undefined
    : file === undefined && sha256 === undefined;
}
const oneSource = { message: 'expected either file and sha256, or seed' };

const tower = z
  .strictObject({
    ...weights,
    /** Shape of an untrained tower; with a file the shape is read off the tensors. */
    shape: z
      .strictObject({
        numChannels: size.optional(),
        numStacks: size.optional(),
        numLevels: z.number().int().min(1).max(12).optional(),
        kernelSize: z.number().int().min(1).max(16).optional(),
        numHidden: size.optional(),
      })
      .optional(),
    /** What the labels were multiplied by in training: scores are divided by it. */
    scale: positive,
    position: z.strictObject({
      /** Longest time in seconds that training saw. */
      maxSeconds: positive,
      /** What becomes of the timestamp feature beyond it, on a live stream. */
      policy: z.enum(POSITION_POLICIES),
    }),
  })
  .refine(isOneSource, oneSource)
  .refine(({ seed, shape }) => seed !== undefined || shape === undefined, {
    message: 'shape goes with seed only: with a file it is read off the tensors',
  });

function extractor<Kind extends string, Preprocessing extends string>(
  kind: Kind,
  preprocessing: readonly Preprocessing[],
) {
  return z
    .strictObject({
      kind: z.literal(kind),
      /** What is done to a segment before the network. */
      preprocessing: z.literal(preprocessing),
      ...weights,
      /** BatchNorm statistics that weights from a seed are used with; without them they are measured on made-up input. */
      statistics: z.strictObject({ file, sha256 }).optional(),
      /** Values of one embedding. */
      dim: size,
    })
    .refine(isOneSource, oneSource)
    .refine(({ seed, statistics }) => seed !== undefined || statistics === undefined, {
      message: 'statistics go with seed only: a file has its own',
    });
}

const visualExtractor = extractor('efficientnet-b0', ['letterbox-224-imagenet']);

const audioExtractor = z.discriminatedUnion('kind', [
  extractor('mobilenet-logmel', ['logmel-96x64']),
  /** Any ONNX file that `createOnnxAudioExtractor` takes. */
  extractor('onnx', ['logmel-96x64', 'waveform-16000']).refine(({ seed }) => seed === undefined, {
    message: 'an ONNX extractor is a file: a seed makes none',
  }),
]);

/** `pack.json`: what a model pack is, what it was trained on, and where its weights are. Unknown keys are refused. */
export const packManifestSchema = z
  .strictObject({
    name: z.string().regex(PACK_NAME),
    version: z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/),
    licence: z.string().min(1).max(200),
    /** One honest sentence. */
    trainedOn: z.string().min(1).max(500),
    /**
     * False where a tower comes from a seed, or an extractor from a seed alone: the scores then mean nothing. An extractor
     * from a seed with shipped statistics is a fixed feature map, which towers can be trained on.
     */
    trained: z.boolean(),
    labels: z.array(z.string()).refine((labels) => labels.join() === LABELS.join(), {
      message: `expected ${LABELS.join(', ')}, in this order`,
    }),
    rateHz: z.literal(SEGMENT_RATE),
    /** A modality whose extractor is still missing is not run. */
    visual: z.strictObject({ extractor: visualExtractor.optional(), tower }).optional(),
    audio: z.strictObject({ extractor: audioExtractor.optional(), tower }).optional(),
    /** What the pack lacks and what follows from it, in one sentence; shown wherever the pack is. */
    missing: z.string().min(1).max(300).optional(),
    /** Share of each modality in a score. */
    ensemble: z.strictObject({ visual: share, audio: share }),
    /** Measured M_rho, and on what. */
    metrics: z.strictObject({ mRho: z.number().min(-1).max(1), on: z.string().min(1) }).optional(),
  })
  .refine(({ visual, audio }) => visual?.extractor !== undefined || audio?.extractor !== undefined, {
    message: 'expected visual, audio or both, one of them with extractor and tower',
  })
  .refine(({ visual, audio, missing }) => missing !== undefined || (isWhole(visual) && isWhole(audio)), {
    path: ['missing'],
    message: 'expected a sentence on the extractor that is missing',
  })
  .refine(({ ensemble }) => Math.abs(ensemble.visual + ensemble.audio - 1) < 1e-6, {
    path: ['ensemble'],
    message: 'expected shares that sum to 1',
  })
  .refine(({ trained, visual, audio }) => !trained || (!isMadeUp(visual) && !isMadeUp(audio)), {
    path: ['trained'],
    message: 'expected false: a tower comes from a seed, or an extractor from a seed without statistics',
  });

/** Where weights come from: `file` and `sha256`, or `seed`, of an extractor maybe with `statistics`. */
export interface WeightSource {
  readonly file?: string | undefined;
  readonly sha256?: string | undefined;
  readonly seed?: string | undefined;
  readonly statistics?: NamedFile | undefined;
}

/** A file that a manifest names. */
export interface NamedFile {
  /** Path inside the pack's folder. */
  readonly file: string;
  /** Hex SHA-256. */
  readonly sha256: string;
}

/** `pack.json` as a program writes it, not yet validated. */
export type PackManifestInput = z.input<typeof packManifestSchema>;
/** A validated `pack.json`. */
export type PackManifest = z.output<typeof packManifestSchema>;
/** One modality of a pack as it is written: maybe without its extractor. */
export type PackPart = NonNullable<PackManifest['visual'] | PackManifest['audio']>;
/** One modality of a pack that can be run. */
export interface PackModality {
  readonly extractor: NonNullable<PackPart['extractor']>;
  readonly tower: PackPart['tower'];
}
/** One tower of a pack. */
export type PackTower = PackModality['tower'];
/** One extractor of a pack. */
export type PackExtractor = PackModality['extractor'];

interface Sources {
  readonly extractor?: WeightSource | undefined;
  readonly tower: WeightSource;
}

/** Whether scores of this part mean nothing. */
export function isMadeUp(part: Sources | undefined): boolean {
  const extractor = part?.extractor;
  const hasOwnStatistics = extractor?.seed === undefined || extractor.statistics !== undefined;
  return part?.tower.seed !== undefined || !hasOwnStatistics;
}

function isWhole(part: Sources | undefined): boolean {
  return part === undefined || part.extractor !== undefined;
}

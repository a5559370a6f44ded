import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import { replaceTextFile } from './replace-file.js';
import { optionFlag, type TrainingOptions, trainingOptionsSchema } from './training-options.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const count = z.number().int().positive();

/** Videos with annotations and features, and SHA-256 over their ids and numbers of annotated segments. */
const splitSchema = z.strictObject({ numVideos: count, digest });

const dataSchema = z.strictObject({
  labels: z.string().min(1),
  features: z.string().min(1),
});

/** run.json: what a run computes, of what data. Written once, before the first epoch. */
export const runRecordSchema = z.strictObject({
  format: z.literal('evoked-training-run-1'),
  options: trainingOptionsSchema,
  training: dataSchema,
  validation: dataSchema.nullable(),
  /** One honest sentence on what the data were. */
  trainedOn: z.string().min(1).max(500),
  facts: z.strictObject({
    training: splitSchema,
    validation: splitSchema.nullable(),
    /** Of the features; null where their files state none. */
    extractorDigest: digest.nullable(),
    /** Training videos that were used, and their steps. */
    numVideos: count,
    numSteps: count,
    embeddingDim: count,
    /** Longest time of a training step. */
    maxSeconds: z.number().nonnegative(),
    /** Backend that the run began with. */
    backend: z.string(),
  }),
});

/** What a run computes, of what data. */
export type RunRecord = z.output<typeof runRecordSchema>;

/** Where a set of videos is: EEV's CSV, and a folder of feature files. */
export type RunData = z.output<typeof dataSchema>;

/**
 * Reads run.json.
 * @returns null where there is none
 * @throws {EvokedError} ERR_FILE_FORMAT
 */
export async function readRunRecord(path: string): Promise<RunRecord | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const got = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new EvokedError('ERR_FILE_FORMAT', { what: `${path} cannot be read`, got, cause });
  }
  try {
    return runRecordSchema.parse(JSON.parse(text));
  } catch (cause) {
    const expected = 'run.json as evoked train writes it';
    throw new EvokedError('ERR_FILE_FORMAT', { what: `${path} is no record of a run`, expected, cause });
  }
}

/**
 * Writes run.json.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function writeRunRecord(path: string, record: RunRecord): Promise<void> {
  return replaceTextFile(path, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Checks that options given again are those that the run began with.
 * @throws {EvokedError} ERR_TRAINING_RESUME that names the first one that is not
 */
export function requireSameOptions({ options }: RunRecord, given: Partial<TrainingOptions>): void {
  for (const [key, value] of Object.entries(given)) {
    const name = key as keyof TrainingOptions;
    if (value !== undefined && value !== options[name]) {
      refuse(optionFlag(name), `${value ?? 'none'}`, `${options[name] ?? 'none'}`);
    }
  }
}

/**
 * Checks that a sentence given again is that of the beginning.
 * @throws {EvokedError} ERR_TRAINING_RESUME
 */
export function requireSameSentence({ trainedOn }: RunRecord, given: string | undefined): void {
  if (given !== undefined && given !== trainedOn) refuse('--trained-on', given, trainedOn);
}

/** What is compared of the data when a run goes on. */
export type DataFacts = Pick<RunRecord['facts'], 'training' | 'validation' | 'extractorDigest'>;

/**
 * Checks that the data are those that the run began with, wherever they lie now.
 * @throws {EvokedError} ERR_TRAINING_RESUME
 */
export function requireSameData({ facts }: RunRecord, found: DataFacts): void {
  if (found.extractorDigest !== facts.extractorDigest) {
    const what = '--features (digest of the extractor)';
    refuse(what, shortDigest(found.extractorDigest), shortDigest(facts.extractorDigest));
  }
  for (const [split, flags] of [
    ['training', '--labels or --features'],
    ['validation', '--val-labels or --val-features'],
  ] as const) {
    if (found[split]?.digest === facts[split]?.digest) continue;
    refuse(`${flags} (videos and their annotations)`, splitText(found[split]), splitText(facts[split]));
  }
}

function splitText(split: DataFacts['validation']): string {
  return split === null ? 'none' : `${split.numVideos} videos, sha256 ${shortDigest(split.digest)}`;
}

function shortDigest(value: string | null): string {
  return value === null ? 'none stated' : `${value.slice(0, 12)}…`;
}

function refuse(what: string, got: string, expected: string): never {
  throw new EvokedError('ERR_TRAINING_RESUME', {
    what: `a run goes on with what it began with: ${what} is another`,
    got,
    expected,
  });
}

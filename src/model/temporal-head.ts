import { EvokedError } from '../core/errors.js';
import { labelScale } from './checkpoint/label-scale.js';
import { readWeightFile } from './checkpoint/weight-file.js';
import { type FeatureRows, withPosition } from './feature-rows.js';
import { Tower } from './tower/tower.js';
import { towerWeights } from './tower/weights.js';

/** Which tower, and what becomes of its scale. */
export interface HeadOptions {
  /** Tower weights with the authors' names: safetensors, or one of their checkpoints. */
  readonly head: string;
  /** Leaves the scale in. */
  readonly raw: boolean;
  /**
   * What the scores are divided by where the weights' metadata have no `scale`. By default 10 for a checkpoint of the
   * authors' later code, which trained on labels x 10, and 1 for everything else.
   */
  readonly scale?: number;
}

/** How the rows of a sequence are run; the scores are the same. */
export interface HeadRun {
  /** Row by row, as a live stream is; or whole passes. */
  readonly mode: 'streaming' | 'offline';
  readonly onProgress?: (rowsDone: number, numRows: number) => void;
}

/** Rows of one offline pass: about 300 MB of scratch space at the paper's size. */
const OFFLINE_ROWS = 4096;

/** A tower of a weight file, for sequences of features. */
export class TemporalHead {
  /** What scores are divided by; 1 where the scale is left in. */
  readonly scale: number;
  readonly #path: string;
  readonly #tower: Tower;
  /** Digest of the extractor that it was trained on, where the weights state it. */
  readonly #extractorDigest: string | undefined;

  private constructor(path: string, scale: number, tower: Tower, extractorDigest: string | undefined) {
    this.#path = path;
    this.scale = scale;
    this.#tower = tower;
    this.#extractorDigest = extractorDigest;
  }

  /**
   * Loads a tower.
   * @throws {EvokedError} ERR_FILE_FORMAT, ERR_MODEL_WEIGHTS
   */
  static async open(options: HeadOptions): Promise<TemporalHead> {
    const file = await readWeightFile(options.head);
    const scale = options.raw ? 1 : labelScale(options.head, file, options.scale).scale;
    const tower = await Tower.create(towerWeights(file.tensors));
    return new TemporalHead(options.head, scale, tower, file.metadata.get('extractor'));
  }

  get numLabels(): number {
    return this.#tower.spec.numLabels;
  }

  /**
   * Scores of one sequence, `[T, numLabels]`, the first row with nothing before it.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where the features have another width; ERR_FILE_FORMAT where they are those of
   * another extractor than the tower's
   */
  async score(features: FeatureRows, { mode, onProgress }: HeadRun): Promise<Float32Array> {
    this.#checkFit(features);
    const { rows, dim, seconds } = features;
    const { numInputs, numLabels } = this.#tower.spec;
    const x = numInputs === dim ? rows : withPosition(rows, dim, seconds);
    const numRows = seconds.length;
    const rowsAtOnce = mode === 'offline' ? OFFLINE_ROWS : 1;
    const state = this.#tower.createState();
    const scores = new Float32Array(numRows * numLabels);
    for (let row = 0; row < numRows; row += rowsAtOnce) {
      const end = Math.min(row + rowsAtOnce, numRows);
      const part = x.subarray(row * numInputs, end * numInputs);
      scores.set(await this.#tower.steps(state, part, rowsAtOnce), row * numLabels);
      onProgress?.(end, numRows);
    }
    for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / this.scale;
    return scores;
  }

  /** Waits for calls under way and frees the weights. */
  release(): Promise<void> {
    return this.#tower.release();
  }

  #checkFit({ dim, extractorDigest }: FeatureRows): void {
    const { numInputs } = this.#tower.spec;
    const what = `${this.#path} does not fit the features`;
    if (numInputs !== dim && numInputs !== dim + 1) {
      const expected = `${dim}, or ${dim + 1} with the timestamp`;
      throw new EvokedError('ERR_MODEL_WEIGHTS', { what, got: `${numInputs} inputs`, expected });
    }
    const wanted = this.#extractorDigest;
    if (wanted === undefined || extractorDigest === null || wanted === extractorDigest) return;
    const got = `features of the extractor ${extractorDigest}`;
    throw new EvokedError('ERR_FILE_FORMAT', { what, got, expected: `those of ${wanted}` });
  }
}

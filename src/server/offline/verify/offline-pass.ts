import type { Modality, Segment } from '../../../core/media.js';
import { segmentSeconds } from '../../../core/time-grid.js';
import type { Extractor } from '../../../model/extractor.js';
import { loadPackExtractor, loadPackTower, type ModelPack, type Tower } from '../../../model/index.js';

/** Rows of one pass: about 300 MB of scratch space at the paper's size. */
const MAX_ROWS = 4096;

/**
 * One modality of a pack as training runs it: the features of the whole sequence first, then the tower over all of them at
 * once, with no state kept from step to step.
 */
export class OfflinePass {
  readonly #modality: Modality;
  readonly #extractor: Extractor;
  readonly #tower: Tower;
  readonly #scale: number;
  /** Rows of each epoch. */
  readonly #epochs: Float32Array[][] = [];
  #epoch: number | undefined;

  private constructor(modality: Modality, extractor: Extractor, tower: Tower, scale: number) {
    this.#modality = modality;
    this.#extractor = extractor;
    this.#tower = tower;
    this.#scale = scale;
  }

  /** @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS */
  static async load(pack: ModelPack, modality: Modality): Promise<OfflinePass> {
    const extractor = await loadPackExtractor(pack, modality);
    const tower = await loadPackTower(pack, modality);
    return new OfflinePass(modality, extractor, tower, pack.manifest[modality]?.tower.scale ?? 1);
  }

  /** Takes the features of a segment, unless it has none of this modality. Segments come in order, one at a time. */
  async add(segment: Segment): Promise<void> {
    const input = this.#modality === 'visual' ? segment.frame : segment.audio;
    if (input === null) return;
    if (segment.epoch !== this.#epoch) this.#epochs.push([]);
    this.#epoch = segment.epoch;
    const { dim } = this.#extractor;
    const { numInputs } = this.#tower.spec;
    const row = new Float32Array(numInputs);
    row.set(await this.#extractor.embed([input] as Uint8Array[] | Float32Array[]));
    if (numInputs > dim) row[dim] = segmentSeconds(segment.seq);
    this.#epochs.at(-1)!.push(row);
  }

  /**
   * Scores of every segment that had this modality, in order; epoch by epoch from nothing.
   * @param maxRows rows of one pass; a longer sequence takes several, none of which knows of another
   */
  async scores(maxRows = MAX_ROWS): Promise<number[][]> {
    const scores: number[][] = [];
    for (const rows of this.#epochs) {
      for (let first = 0; first < rows.length; first += maxRows) {
        scores.push(...(await this.#window(rows, first, Math.min(first + maxRows, rows.length))));
      }
    }
    return scores;
  }

  async release(): Promise<void> {
    await Promise.all([this.#extractor.release(), this.#tower.release()]);
  }

  /** One pass over rows `first` to `end`, and over those before them that their scores depend on. */
  async #window(rows: readonly Float32Array[], first: number, end: number): Promise<number[][]> {
    const { numInputs, numLabels } = this.#tower.spec;
    const from = Math.max(0, first - (this.#tower.receptiveField - 1));
    const x = new Float32Array((end - from) * numInputs);
    for (let row = from; row < end; row++) x.set(rows[row]!, (row - from) * numInputs);
    const values = await this.#tower.steps(this.#tower.createState(), x, end - from);
    return Array.from({ length: end - first }, (_, index) => {
      const start = (first - from + index) * numLabels;
      return Array.from(values.subarray(start, start + numLabels), (value) => value / this.#scale);
    });
  }
}

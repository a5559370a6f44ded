import { EvokedError } from '../../core/errors.js';
import { NUM_LABELS } from '../../core/labels.js';
import { readWeightFile, Tower, towerWeights } from '../../model/index.js';
import { withPosition } from '../../model/feature-rows.js';
import type { TrainingSequence } from '../sequence.js';

/** A trained tower as it runs when deployed. */
export class DeployedTower {
  readonly #tower: Tower;
  readonly #scale: number;

  private constructor(tower: Tower, scale: number) {
    this.#tower = tower;
    this.#scale = scale;
  }

  /**
   * Loads a tower file of `evoked train`.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS, ERR_FILE_FORMAT
   */
  static async load(path: string): Promise<DeployedTower> {
    const { tensors, metadata } = await readWeightFile(path);
    const scale = Number(metadata.get('scale'));
    if (!(scale > 0)) {
      const got = metadata.get('scale') ?? 'none';
      throw new EvokedError('ERR_FILE_FORMAT', {
        what: `${path} states no scale`,
        got,
        expected: 'a number above 0',
      });
    }
    return new DeployedTower(await Tower.create(towerWeights(tensors)), scale);
  }

  /** Scores `[T, 15]` of one video from its first step on. */
  async score({ embeddings, numSteps, seconds }: TrainingSequence): Promise<Float32Array> {
    const dim = embeddings.length / numSteps;
    const x = this.#tower.spec.numInputs === dim ? embeddings : withPosition(embeddings, dim, seconds);
    const scores = await this.#tower.steps(this.#tower.createState(), x);
    if (scores.length !== numSteps * NUM_LABELS) {
      const [got, expected] = [`${scores.length / numSteps}`, `${NUM_LABELS}`];
      throw new EvokedError('ERR_MODEL_WEIGHTS', { what: 'a tower has other outputs', got, expected });
    }
    return scores.map((score) => score / this.#scale);
  }

  release(): Promise<void> {
    return this.#tower.release();
  }
}

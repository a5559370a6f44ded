import type { Modality } from '../../core/media.js';
import { AUDIO_DIM } from '../audio/mobilenet-layout.js';
import { towerTensorRole } from '../tower/names.js';
import type { TowerSpec } from '../tower/spec.js';
import { towerWeights } from '../tower/weights.js';
import { VISUAL_DIM } from '../visual/efficientnet-layout.js';
import type { Tensor, TensorMap } from '../weights/tensor.js';

/** One tower of a weight file. */
export interface FoundTower {
  /** Null where its width fits neither extractor. */
  readonly modality: Modality | null;
  /** Whether it sees the timestamp. */
  readonly hasPosition: boolean;
  readonly spec: TowerSpec;
  /** Its own tensors under their names, without repeated ones. */
  readonly tensors: TensorMap;
}

/**
 * The towers among the tensors of a file: none, one, or one a modality.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where one is not whole
 */
export function findTowers(tensors: TensorMap): FoundTower[] {
  const byFeature = new Map<string, Map<string, Tensor>>();
  for (const [name, tensor] of tensors) {
    const role = towerTensorRole(name);
    // Names that no tower has are left in: towerWeights refuses them.
    if (role.type === 'other' || role.type === 'alias') continue;
    const group = byFeature.get(role.feature) ?? new Map<string, Tensor>();
    byFeature.set(role.feature, group.set(name, tensor));
  }
  return [...byFeature.values()].map((group) => {
    const { spec } = towerWeights(group);
    return { ...placeOf(spec.numInputs), spec, tensors: group };
  });
}

function placeOf(numInputs: number): Pick<FoundTower, 'modality' | 'hasPosition'> {
  for (const [modality, dim] of [['visual', VISUAL_DIM] as const, ['audio', AUDIO_DIM] as const]) {
    if (numInputs === dim || numInputs === dim + 1) return { modality, hasPosition: numInputs > dim };
  }
  return { modality: null, hasPosition: false };
}

import { describe, expect, it } from 'vitest';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { float32Tensor, type Tensor } from '../../../src/model/weights/tensor.js';
import { goldenTower, recipeTensor, recipeTower } from './golden-tower.js';

const SPEC = uniformTowerSpec({ numInputs: 7, numChannels: 6, numLevels: 2, numHidden: 5 });
const FIRST = 'temporal_test.0.network.0.conv1';

function edited(edit: (tensors: Map<string, Tensor>) => void): () => unknown {
  const tensors = new Map(recipeTower('weights', SPEC));
  edit(tensors);
  return () => towerWeights(tensors);
}

function renamed(from: RegExp, to: string): Map<string, Tensor> {
  return new Map([...recipeTower('weights', SPEC)].map(([name, tensor]) => [name.replace(from, to), tensor]));
}

describe('towerWeights', () => {
  it('reads the shape off the reference checkpoints', () => {
    const paper = uniformTowerSpec({ numInputs: 2049 });
    expect(towerWeights(goldenTower('audio-weightnorm').tensors).spec).toEqual(paper);
    const small = uniformTowerSpec({ numInputs: 25, numChannels: 16, numHidden: 8 });
    expect(towerWeights(goldenTower('small').tensors).spec).toEqual(small);
  });

  it('reads the older prefixes, and passes over repeated and foreign tensors', () => {
    const tensors = renamed(/^(temporal|regression)_test/, '_$1');
    tensors.set('_temporal.0.network.0.net.0.weight', recipeTensor('other', 'x', [6, 7, 3]));
    tensors.set('loss.weights', recipeTensor('other', 'y', [15]));
    const weights = towerWeights(tensors);
    expect(weights.spec).toEqual(SPEC);
    const expected = towerWeights(recipeTower('weights', SPEC));
    expect(weights.conv(1, 'conv2')).toEqual(expected.conv(1, 'conv2'));
  });

  it('orders blocks by number, not by the order of names', () => {
    const deep = uniformTowerSpec({ numInputs: 2, numChannels: 2, numStacks: 1, numLevels: 11 });
    const tensors = new Map([...recipeTower('order', deep)].sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(towerWeights(tensors).spec).toEqual(deep);
  });

  it.each([
    ['weight_g', 'weight_v'],
    ['parametrizations.weight.original0', 'parametrizations.weight.original1'],
  ])('folds weight normalisation of %s and %s', (gain, direction) => {
    const tensors = new Map(recipeTower('weights', SPEC));
    tensors.delete(`${FIRST}.weight`);
    const values = Float32Array.from({ length: 6 * 7 * 3 }, (_, i) => 1 + (i % 5));
    tensors.set(`${FIRST}.${direction}`, float32Tensor([6, 7, 3], values));
    tensors.set(`${FIRST}.${gain}`, float32Tensor([6, 1, 1], Float32Array.of(1, 2, 3, 4, 5, 6)));
    const { weight } = towerWeights(tensors).conv(0, 'conv1');
    for (let out = 0; out < 6; out++) {
      const row = weight.subarray(out * 21, (out + 1) * 21);
      expect(Math.hypot(...row)).toBeCloseTo(out + 1, 5);
      expect(row[1]! / row[0]!).toBeCloseTo(values[out * 21 + 1]! / values[out * 21]!, 5);
    }
    expect(values[0]).toBe(1);
  });

  const broken: [what: string, edit: (tensors: Map<string, Tensor>) => void, message: RegExp][] = [
    ['no tensors', (tensors) => tensors.clear(), /no temporal module/],
    ['no regression', (tensors) => tensors.delete('regression_test.2.weight'), /no regression module/],
    [
      'a bias in the regression',
      (tensors) => tensors.set('regression_test.0.bias', recipeTensor('b', 'b', [5])),
      /regression_test\.0\.bias/,
    ],
    ['a missing conv', (tensors) => tensors.delete(`${FIRST}.weight`), /conv1 has no weight/],
    ['a missing bias', (tensors) => tensors.delete(`${FIRST}.bias`), /no bias/],
    [
      'a missing block',
      (tensors) => {
        for (const name of [...tensors.keys()]) if (name.includes('_test.0.network.0')) tensors.delete(name);
      },
      /block 0 of stack 0 is missing/,
    ],
    [
      'a missing downsample',
      (tensors) => {
        for (const name of [...tensors.keys()]) if (name.includes('downsample')) tensors.delete(name);
      },
      /without a downsample/,
    ],
    [
      'widths that do not fit',
      (tensors) => tensors.set('temporal_test.0.network.1.conv1.weight', recipeTensor('w', 'w', [6, 5, 3])),
      /widths of block 1/,
    ],
    [
      'a weight of rank 2',
      (tensors) => tensors.set(`${FIRST}.weight`, recipeTensor('w', 'w', [6, 7])),
      /3 dimensions/,
    ],
    [
      'two towers',
      (tensors) => tensors.set('regression_other.0.weight', recipeTensor('w', 'w', [5, 6])),
      /more than one tower/,
    ],
  ];
  it.each(broken)('refuses %s', (_, edit, message) => {
    const read = edited(edit);
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_MODEL_WEIGHTS' }));
    expect(read).toThrow(message);
  });
});

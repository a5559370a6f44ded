import type { ConvLayer } from './spec.js';

/** Where a tensor of a weight file belongs in a tower. */
export type TowerTensorRole =
  | {
      readonly type: 'conv';
      readonly feature: string;
      readonly stack: number;
      readonly level: number;
      readonly layer: ConvLayer;
      readonly part: ConvPart;
    }
  | { readonly type: 'regression'; readonly feature: string; readonly index: 0 | 2 }
  /** The same values under a second name. */
  | { readonly type: 'alias' }
  /** Under a tower's prefix, but nothing that a tower has. */
  | { readonly type: 'unknown'; readonly feature: string }
  /** Nothing to do with a tower. */
  | { readonly type: 'other' };

/** A tensor of a convolution; `gain` and `direction` are the two halves of a weight-normalised weight. */
export type ConvPart = 'weight' | 'bias' | 'gain' | 'direction';

const PREFIX = /^(?:_?temporal|_?regression)(?:_([^.]*))?\./;
const CONV = /^_?temporal(?:_[^.]*)?\.(?:(\d+)\.)?network\.(\d+)\.(conv1|conv2|downsample)\.(.+)$/;
const ALIAS = /^_?temporal(?:_[^.]*)?\.(?:\d+\.)?network\.\d+\.net\./;
const REGRESSION = /^_?regression(?:_[^.]*)?\.([02])\.weight$/;

const CONV_PARTS: ReadonlyMap<string, ConvPart> = new Map([
  ['weight', 'weight'],
  ['bias', 'bias'],
  ['weight_g', 'gain'],
  ['weight_v', 'direction'],
  ['parametrizations.weight.original0', 'gain'],
  ['parametrizations.weight.original1', 'direction'],
]);

/**
 * What the name of a tensor says, in the words of the paper authors' checkpoints:
 * `temporal_audio.0.network.0.conv1.weight`, `regression_audio.0.weight`, or with the older prefixes `_temporal.` and
 * `_regression.`; `.net.` repeats conv1 and conv2. Where there is one stack only, its number is left out.
 */
export function towerTensorRole(name: string): TowerTensorRole {
  const prefix = PREFIX.exec(name);
  if (prefix === null) return { type: 'other' };
  const feature = prefix[1] ?? '';
  if (ALIAS.test(name)) return { type: 'alias' };
  const regression = REGRESSION.exec(name);
  if (regression !== null) return { type: 'regression', feature, index: regression[1] === '0' ? 0 : 2 };
  const conv = CONV.exec(name);
  const part = CONV_PARTS.get(conv?.[4] ?? '');
  if (conv === null || part === undefined) return { type: 'unknown', feature };
  const layer = conv[3] as ConvLayer;
  return { type: 'conv', feature, stack: Number(conv[1] ?? 0), level: Number(conv[2]), layer, part };
}

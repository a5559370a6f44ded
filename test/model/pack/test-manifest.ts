import { createHash } from 'node:crypto';
import { LABELS } from '../../../src/core/labels.js';

/** A valid manifest of an untrained pack with small towers. */
export function testManifest() {
  const position = { maxSeconds: 60, policy: 'clamp' };
  const tower = {
    seed: 'test',
    shape: { numChannels: 8, numLevels: 2, numHidden: 4 },
    scale: 1,
    position,
  };
  return {
    name: 'test',
    version: '1.0.0',
    licence: 'Apache-2.0',
    trainedOn: 'nothing: made for a test',
    trained: false,
    labels: [...LABELS],
    rateHz: 6,
    visual: {
      extractor: {
        kind: 'efficientnet-b0',
        preprocessing: 'letterbox-224-imagenet',
        seed: 'test',
        dim: 1280,
      },
      tower,
    },
    audio: {
      extractor: { kind: 'mobilenet-logmel', preprocessing: 'logmel-96x64', seed: 'test', dim: 2048 },
      tower,
    },
    ensemble: { visual: 0.8, audio: 0.2 },
  };
}

/** Hex SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

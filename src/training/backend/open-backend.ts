import type * as tfCore from '@tensorflow/tfjs-core';

/** TensorFlow.js, whichever package gave it. */
export type TensorFlow = typeof tfCore;

/** What runs the training's arithmetic. */
export interface TrainingBackend {
  readonly name: 'tfjs-node-gpu' | 'tfjs-node' | 'wasm';
  readonly tf: TensorFlow;
}

/**
 * The fastest backend of those installed: `@tensorflow/tfjs-node-gpu`, `@tensorflow/tfjs-node` (both optional), else
 * WebAssembly, which is always there and uses one thread.
 */
export function openBackend(): Promise<TrainingBackend> {
  return Promise.reject(new Error('not built yet'));
}

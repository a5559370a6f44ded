import type * as tfCore from '@tensorflow/tfjs-core';
import { withoutNewProcessListeners } from './process-listeners.js';

/** TensorFlow.js, whichever package gave it. */
export type TensorFlow = typeof tfCore;

/** What runs the training's arithmetic. */
export interface TrainingBackend {
  readonly name: 'tfjs-node-gpu' | 'tfjs-node' | 'wasm';
  readonly tf: TensorFlow;
}

/** How a package is loaded; rejects where it is not installed. */
export type LoadPackage = (name: string) => Promise<unknown>;

/** Faster ones first; both bring libtensorflow and cannot be installed everywhere, so they are nobody's dependency. */
const NATIVE = ['tfjs-node-gpu', 'tfjs-node'] as const;

/**
 * The fastest backend of those installed: `@tensorflow/tfjs-node-gpu`, `@tensorflow/tfjs-node`, else WebAssembly, which is
 * always there and computes on one thread.
 * @param load for tests: how the optional packages are imported
 */
export async function openBackend(
  load: LoadPackage = (name) => import(name) as Promise<unknown>,
): Promise<TrainingBackend> {
  for (const name of NATIVE) {
    const tf = await loadNative(`@tensorflow/${name}`, load);
    if (tf !== null) return { name, tf };
  }
  return { name: 'wasm', tf: await loadWasm() };
}

/** A native package's TensorFlow.js; null where the package is not installed or does not load on this machine. */
async function loadNative(name: string, load: LoadPackage): Promise<TensorFlow | null> {
  try {
    const loaded = (await load(name)) as TensorFlow & { readonly default?: TensorFlow };
    const tf = loaded.default ?? loaded;
    await tf.ready();
    return tf.getBackend() === 'tensorflow' ? tf : null;
  } catch {
    return null;
  }
}

async function loadWasm(): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-wasm');
  await withoutNewProcessListeners(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  return tf;
}

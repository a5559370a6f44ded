import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees what loading left behind: over 100 MB of weights that ONNX Runtime has copied by then. A thread that then only
 * computes would otherwise keep them for minutes, since V8 collects when a thread allocates.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect === 'function') (collect as () => void)();
}

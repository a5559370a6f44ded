import type * as Constants from 'node-av/constants';
import type * as Lib from 'node-av/lib';

/** FFmpeg as node-av binds it: its low-level classes and constants, without its high-level API. */
export type NodeAv = typeof Lib & typeof Constants;

/**
 * Loads FFmpeg into this process. Only decode children and tests call it: native decoders read bytes from strangers and
 * do not belong into the server's process.
 */
export async function loadNodeAv(): Promise<NodeAv> {
  fillInForNode20();
  const [lib, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')]);
  return { ...lib, ...constants };
}

// node-av uses these while its modules are evaluated; Node 20 has none of the first, and early 20 none of the others.
function fillInForNode20(): void {
  if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });
  for (const name of ['dispose', 'asyncDispose']) {
    if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
  }
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason?: unknown) => void;
} {
  let settle: Parameters<ConstructorParameters<typeof Promise<T>>[0]>;
  const promise = new Promise<T>((...functions) => (settle = functions));
  const [resolve, reject] = settle!;
  return { promise, resolve, reject };
}

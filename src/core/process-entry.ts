import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Path of a compiled module that is started as a process or a worker thread of its own.
 * Always the built file, so that code run from src/ (the tests) starts the same processes as the product.
 * @param name path below src/ without extension, for example `streams/decode/child-main`
 */
export function processEntry(name: string): string {
  return require.resolve(`#process/${name}`);
}

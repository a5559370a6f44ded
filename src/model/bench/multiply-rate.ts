import { Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graph-builder.js';
import { gemm } from '../onnx/operators.js';
import { createOrtSession, runOrtSession } from '../onnx/ort-session.js';
import { measureMs } from '../../core/measure.js';

const SIZE = 768;

/**
 * Multiply-adds a second (in 1e9) of one thread of this machine in a large float32 matrix product, measured: what a
 * network of convolutions could reach at best.
 */
export async function measureMultiplyRate(): Promise<number> {
  const graph = new GraphBuilder('matrix-product');
  const x = graph.input('x', 'float32', [SIZE, SIZE]);
  const weights = graph.floats('weights', [SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(0.01));
  graph.output('y', gemm(graph, x, weights), 'float32', [SIZE, SIZE]);
  const session = await createOrtSession(graph.build());
  try {
    const feeds = { x: new Tensor('float32', new Float32Array(SIZE * SIZE).fill(0.1), [SIZE, SIZE]) };
    const run = () => runOrtSession(session, feeds, 'y');
    const { median } = await measureMs(run, { numRuns: 20, numWarmUps: 3 });
    return SIZE ** 3 / median / 1e6;
  } finally {
    await session.release();
  }
}

/** A `BenchRow`'s floor for a network of this many million multiply-adds. */
export function multiplyFloor(millionMacs: number, rate: number): string {
  const floorMs = (millionMacs / rate).toFixed(1);
  return `${floorMs} ms: ${millionMacs} M multiply-adds at ${rate.toFixed(0)} G/s, this thread's matrix product`;
}

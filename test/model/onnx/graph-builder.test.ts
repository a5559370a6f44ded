import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/model/onnx/graph-builder.js';
import * as op from '../../../src/model/onnx/operators.js';
import { createOrtSession, releaseOnce, runOrtSession } from '../../../src/model/onnx/ort-session.js';

/** y = relu(x · W) with W of size x size, so that size decides whether W stays outside the .onnx bytes. */
function product(size: number, weight: Float32Array) {
  const graph = new GraphBuilder('product');
  const x = graph.input('x', 'float32', ['N', size]);
  const y = op.relu(graph, op.gemm(graph, x, graph.floats('weight', [size, size], weight)));
  graph.output('y', y, 'float32', ['N', size]);
  return graph.build();
}

describe('GraphBuilder', () => {
  it.each([
    [8, 0],
    [128, 1],
  ])('makes a graph that runs, with %i² constants in %i external arrays', async (size, numExternal) => {
    const weight = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i));
    const model = product(size, weight);
    expect(model.externalData).toHaveLength(numExternal);
    for (const { data } of model.externalData) expect(data.buffer).toBe(weight.buffer);
    const session = await createOrtSession(model);
    const x = Float32Array.from({ length: 2 * size }, (_, i) => Math.cos(i));
    const y = await runOrtSession(session, { x: new Tensor('float32', x, [2, size]) }, 'y');
    for (const [row, column] of [
      [0, 0],
      [1, size - 1],
      [1, 3],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += x[row * size + k]! * weight[k * size + column]!;
      expect(y[row * size + column]).toBeCloseTo(Math.max(0, sum), 4);
    }
    await session.release();
  });

  it('takes a constant that is a view into a larger buffer', async () => {
    const all = Float32Array.from({ length: 128 * 128 + 7 }, (_, i) => i % 5);
    const session = await createOrtSession(product(128, all.subarray(7)));
    const x = new Float32Array(128);
    x[0] = 1;
    const y = await runOrtSession(session, { x: new Tensor('float32', x, [1, 128]) }, 'y');
    expect(y).toEqual(all.slice(7, 135));
    await session.release();
  });

  it('runs slice, concat, transpose and reshape', async () => {
    const graph = new GraphBuilder('shapes');
    const x = graph.input('x', 'float32', [2, 3]);
    const turned = op.transpose(graph, x, [1, 0]);
    const joined = op.concat(graph, [op.slice(graph, turned, 0, 1, 3), turned], 0);
    graph.output('y', op.reshape(graph, joined, [-1]), 'float32', [10]);
    const session = await createOrtSession(graph.build());
    const feeds = { x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) };
    expect([...(await runOrtSession(session, feeds, 'y'))]).toEqual([2, 5, 3, 6, 1, 4, 2, 5, 3, 6]);
    const release = releaseOnce(session);
    await release();
    await expect(release()).resolves.toBeUndefined();
  });

  it('refuses two tensors of one name', () => {
    const graph = new GraphBuilder('twice');
    graph.input('x', 'float32', [1]);
    expect(() => graph.floats('x', [1], Float32Array.of(1))).toThrow(/two tensors called x/);
  });

  it('reports a graph that ONNX Runtime refuses as a coded error', async () => {
    const graph = new GraphBuilder('wrong');
    const x = graph.input('x', 'float32', [1]);
    graph.output('y', graph.node('NoSuchOperation', [x]), 'float32', [1]);
    await expect(createOrtSession(graph.build())).rejects.toMatchObject({ code: 'ERR_MODEL_WEIGHTS' });
  });

  it('reports a failing run as a coded error', async () => {
    const session = await createOrtSession(product(8, new Float32Array(64)));
    const feeds = { x: new Tensor('float32', new Float32Array(9), [1, 9]) };
    await expect(runOrtSession(session, feeds, 'y')).rejects.toMatchObject({ code: 'ERR_MODEL_WORKER' });
    await session.release();
  });
});

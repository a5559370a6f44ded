import { Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRAME_BYTES } from '../../../src/core/time-grid.js';
import type { Extractor } from '../../../src/model/extractor.js';
import { type ConvNormNodes, foldedConvNorm } from '../../../src/model/onnx/conv-norm-nodes.js';
import * as op from '../../../src/model/onnx/operators.js';
import { createOrtSession, runOrtSession } from '../../../src/model/onnx/ort-session.js';
import { buildEfficientNet } from '../../../src/model/visual/efficientnet-graph.js';
import { efficientNetLayout, efficientNetShapes } from '../../../src/model/visual/efficientnet-layout.js';
import { createVisualExtractor } from '../../../src/model/visual/visual-extractor.js';
import { convShape, foldConvNorm } from '../../../src/model/weights/conv-norm.js';
import { float32Tensor, numElements, type Tensor } from '../../../src/model/weights/tensor.js';
import { largestDifference } from '../weights/golden-array.js';
import { goldenEfficientNet } from './golden-efficientnet.js';

const TOLERANCE = 2e-4;
const golden = goldenEfficientNet();

describe('EfficientNet-B0', () => {
  let extractor: Extractor;
  beforeAll(async () => {
    extractor = await createVisualExtractor(golden.tensors);
  });
  afterAll(() => extractor.release());

  it("has timm's tensors and no others", () => {
    const shapes = Object.fromEntries(efficientNetShapes(efficientNetLayout()));
    expect(shapes).toEqual(Object.fromEntries([...golden.tensors].map(([name, { shape }]) => [name, shape])));
  });

  it("gives timm's features", async () => {
    const features = await extractor.embed(golden.frames);
    expect(largestDifference(features, golden.features)).toBeLessThan(TOLERANCE);
  });

  it('gives the same alone as among others', async () => {
    const together = await extractor.embed(golden.frames);
    for (const [i, frame] of golden.frames.entries()) {
      const alone = await extractor.embed([frame]);
      const same = together.subarray(i * extractor.dim, (i + 1) * extractor.dim);
      expect(largestDifference(alone, same)).toBeLessThan(1e-5);
    }
  });

  const folded = foldedConvNorm(golden.tensors);
  const WRONG: readonly [mistake: string, convNorm: ConvNormNodes][] = [
    [
      'symmetric padding',
      (graph, x, spec) => {
        const side = (spec.kernelSize - 1) / 2;
        return folded(graph, x, spec, [side, side, side, side]);
      },
    ],
    [
      'the extra zero on the wrong side',
      (graph, x, spec, [top, left, bottom, right]) => folded(graph, x, spec, [bottom, right, top, left]),
    ],
    [
      "PyTorch's BatchNorm epsilon",
      (graph, x, spec, padding) => {
        const { weight, bias } = foldConvNorm(golden.tensors, spec, 1e-5);
        return op.conv2d(
          graph,
          x,
          graph.floats(`${spec.conv}.weight`, convShape(spec), weight),
          graph.floats(`${spec.conv}.bias`, [spec.outChannels], bias),
          { stride: spec.stride, padding, groups: spec.depthwise ? spec.inChannels : 1 },
        );
      },
    ],
  ];

  it.each(WRONG)('is told from the same network with %s (control)', async (_mistake, convNorm) => {
    const session = await createOrtSession(buildEfficientNet(golden.tensors, convNorm));
    const frames = new OrtTensor('uint8', golden.frames[0]!, [1, 224, 224, 3]);
    const features = await runOrtSession(session, { frames }, 'embedding');
    expect(largestDifference(features, golden.features.subarray(0, 1280))).toBeGreaterThan(2 * TOLERANCE);
    await session.release();
  });

  it('ignores the classifier', () => {
    const classifier = float32Tensor([1000, 1280], new Float32Array(1_280_000));
    const withClassifier = new Map([...golden.tensors, ['classifier.weight', classifier]]);
    expect(buildEfficientNet(withClassifier).bytes).toEqual(buildEfficientNet(golden.tensors).bytes);
  });

  it.each([
    ['conv_stem.weight', undefined],
    ['blocks.3.1.bn2.running_var', undefined],
    ['blocks.2.0.conv_dw.weight', [144, 1, 3, 3]],
    ['blocks.0.0.se.conv_reduce.bias', [9]],
    ['bn2.weight', [1280, 1]],
  ])('names the tensor that is missing or has another shape: %s %j', async (name, shape) => {
    const tensors = new Map<string, Tensor>(golden.tensors);
    if (shape === undefined) tensors.delete(name);
    else tensors.set(name, float32Tensor(shape, new Float32Array(numElements(shape))));
    await expect(createVisualExtractor(tensors)).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining(`"${name}"`) as string,
    });
  });

  it('gives nothing for nothing', async () => {
    expect(await extractor.embed([])).toHaveLength(0);
  });

  it.each([
    ['a frame that is too short', new Uint8Array(FRAME_BYTES - 1)],
    ['floats', new Float32Array(FRAME_BYTES)],
  ])('refuses %s', async (_what, input) => {
    await expect(extractor.embed([input] as Uint8Array[])).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT' });
  });

  it('may be released twice', async () => {
    const other = await createVisualExtractor(golden.tensors);
    await other.release();
    await expect(other.release()).resolves.toBeUndefined();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSafetensors } from '../../../src/model/weights/safetensors-index.js';
import { encodeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { parseSafetensors } from '../../../src/model/weights/safetensors.js';
import { float32Tensor, type Tensor } from '../../../src/model/weights/tensor.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-index-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = encodeSafetensors(
  new Map<string, Tensor>([
    ['wide', float32Tensor([2, 3], Float32Array.from([1, 2, 3, 4, 5, 6]))],
    ['seconds', { dtype: 'F64', shape: [2], data: Float64Array.from([0, 1 / 6]) }],
    ['none', float32Tensor([0, 4], new Float32Array(0))],
  ]),
  new Map([['source', 'a.mp4']]),
);

async function write(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('withSafetensors', () => {
  it('tells the header and reads each tensor as the whole file’s reader does', async () => {
    const whole = parseSafetensors(bytes);
    await withSafetensors(await write('fine.safetensors', bytes), async (file) => {
      const { metadata, shapes } = file;
      expect(metadata).toEqual(whole.metadata);
      expect([...shapes.keys()].sort()).toEqual([...whole.tensors.keys()].sort());
      for (const [name, tensor] of whole.tensors) {
        expect(shapes.get(name)).toEqual(tensor.shape);
        expect(await file.read(name)).toEqual(tensor);
      }
      expect(await file.read('missing')).toBeUndefined();
    });
  });

  it.each([
    ['cut in its data', bytes.subarray(0, bytes.length - 1)],
    ['cut in its header', bytes.subarray(0, 40)],
    ['cut in its length', bytes.subarray(0, 5)],
    ['with bytes after it', Uint8Array.from([...bytes, 0])],
    ['empty', new Uint8Array(0)],
    ['of another kind', new TextEncoder().encode('YouTube ID,Timestamp (milliseconds)')],
  ])('refuses a file %s, by name', async (name, content) => {
    const path = await write(`${name}.safetensors`, content);
    await expect(withSafetensors(path, () => 'read')).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining(path) as string,
    });
  });

  it('names a file that is not there', async () => {
    await expect(withSafetensors(join(folder, 'nowhere'), () => 'read')).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { FUZZ_TARGETS } from '../../fuzz/targets.js';
import { runFuzz } from '../../fuzz/fuzz-target.js';

const NUM_INPUTS = 3000;

/** The short form of `npm run fuzz`. */
describe('mutated inputs', () => {
  it.each(FUZZ_TARGETS)('of $name end in coded errors, soon', async (target) => {
    const numInputs = Math.min(NUM_INPUTS, target.numInputs / 50);
    const { numAccepted, numRefused } = await runFuzz(target, { seed: 7, numInputs });
    const total = Object.values(numRefused).reduce((sum, count) => sum + count, numAccepted);
    expect(total).toBe(numInputs);
    expect(numAccepted).toBeLessThan(total);
  });

  it('would show an error that has no code', async () => {
    const target = {
      ...FUZZ_TARGETS[0]!,
      parse(bytes: Uint8Array) {
        if (bytes[0] !== 0x80) throw new TypeError('broken');
      },
    };
    await expect(runFuzz(target, { seed: 1, numInputs: 1000 })).rejects.toThrow(
      /pickle, seed 1, input \d+: no coded/,
    );
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeStreamState,
  encodeStreamState,
  numTapsOf,
  STATE_LAYOUT_VERSION,
  type StreamState,
} from '../../../src/model/tower/state-bytes.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { recipeTower } from './golden-tower.js';

const REFUSED = expect.objectContaining({ code: 'ERR_MODEL_STATE' }) as unknown;
const PACK = 'ab'.repeat(32);
const CHECKSUM_BYTES = 32;

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const savedTower = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 5 })), { maxLength: 4 }),
    fc.nat(Number.MAX_SAFE_INTEGER),
    fc.option(fc.nat(1000)),
  )
  .chain(([rings, numSteps, lastSeq]) => {
    const shape = rings.flat();
    const length = numTapsOf(shape);
    return fc
      .float32Array({ minLength: length, maxLength: length })
      .map((taps) => ({ numSteps, lastSeq, taps, shape }));
  });
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const towers = (tower: typeof savedTower) => fc.record({ visual: tower, audio: tower }, { requiredKeys: [] });
const streamState: fc.Arbitrary<StreamState> = fc.oneof(
  fc.record({
    packDigest: digest,
    last: fc.record({ epoch: count, seq: fc.integer({ min: 1000, max: Number.MAX_SAFE_INTEGER }) }),
    towers: towers(savedTower),
  }),
  fc.record({
    packDigest: digest,
    last: fc.constant(null),
    towers: towers(savedTower.map((tower) => ({ ...tower, lastSeq: null }))),
  }),
);
/** Makes the checksum right again after a change. */
function sealed(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  bytes.set(createHash('sha256').update(body).digest(), body.length);
  return bytes;
}

/** What `decodeStreamState` says: a state, or a coded refusal; anything else it throws fails the test. */
function verdict(bytes: Uint8Array): 'state' | 'refused' {
  try {
    decodeStreamState(bytes);
    return 'state';
  } catch (error) {
    expect(error).toEqual(REFUSED);
    return 'refused';
  }
}

describe('bytes of a state', () => {
  const example = encodeStreamState({
    packDigest: PACK,
    last: { epoch: 3, seq: 700 },
    towers: {
      visual: { numSteps: 701, lastSeq: 698, taps: Float32Array.of(1, -0, NaN, 4, 5, 6), shape: [2, 3] },
    },
  });

  it('give back every value bit by bit', () => {
    fc.assert(
      fc.property(streamState, (state) => {
        const bytes = encodeStreamState(state);
        const again = decodeStreamState(bytes);
        expect(again).toEqual(state);
        expect(encodeStreamState(again)).toEqual(bytes);
      }),
    );
  });

  it('are read from the middle of other bytes, and not kept', () => {
    const around = Buffer.alloc(example.length + 8, 7);
    around.set(example, 3);
    const state = decodeStreamState(around.subarray(3, 3 + example.length));
    around.fill(0);
    expect(encodeStreamState(state)).toEqual(example);
  });

  it('are refused where one bit has changed, wherever', () => {
    fc.assert(
      fc.property(fc.nat(example.length * 8 - 1), (bit) => {
        const bytes = example.slice();
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(verdict(bytes)).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('are refused where they are cut off or go on', () => {
    for (let length = 0; length < example.length; length++) {
      expect(verdict(example.subarray(0, length))).toBe('refused');
    }
    expect(verdict(Uint8Array.of(...example, 0))).toBe('refused');
  });

  it('end in a state or a refusal where someone made the checksum right', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(example.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = example.slice();
          for (const [at, value] of changes) bytes[at] = value;
          seen.add(verdict(sealed(bytes)));
        },
      ),
      { numRuns: 2000 },
    );
    expect(seen).toEqual(new Set(['state', 'refused']));
  });

  it.each([
    ['of another layout', 8, STATE_LAYOUT_VERSION + 1, /layout.*version 3.*version 2/],
    ['with a tower of no modality', 64, 3, /unknown tower/],
    ['with more rings than bytes', 71, 255, /not whole/],
    ['with rings larger than its bytes', 91, 255, /not whole/],
    ['with a tower too few', 10, 0, /goes on/],
    ['with more steps than can be counted', 79, 1, /counts wrongly/],
    ['with a tower that is ahead of it', 81, 3, /ahead/],
    ['with a tower before the first segment', 87, 128, /counts wrongly/],
  ])('are refused %s', (_, at, value, message) => {
    const bytes = example.slice();
    bytes[at] = value;
    expect(() => decodeStreamState(sealed(bytes))).toThrow(message);
    expect(verdict(bytes)).toBe('refused');
  });
});

describe('a tower that goes on from bytes', () => {
  const SPEC = uniformTowerSpec({ numInputs: 7, numChannels: 6, numHidden: 5, numLabels: 3 });
  const NUM_STEPS = 150;
  const x = seededFloats('state-bytes', 'x', NUM_STEPS * SPEC.numInputs, 1);
  const row = (step: number) => x.subarray(step * SPEC.numInputs, (step + 1) * SPEC.numInputs);
  let towers: Tower[];
  beforeAll(async () => {
    const make = () => Tower.create(towerWeights(recipeTower('state-bytes', SPEC)));
    towers = [await make(), await make()];
  });
  afterAll(() => Promise.all(towers.map((tower) => tower.release())));

  it('says exactly what it says uninterrupted, whatever the cuts', async () => {
    const uninterrupted: Float32Array[] = [];
    const only = towers[0]!.createState();
    for (let step = 0; step < NUM_STEPS; step++) {
      uninterrupted.push((await towers[0]!.step([{ state: only, x: row(step) }]))[0]!);
    }
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(NUM_STEPS - 1), { maxLength: 8 }), async (cuts) => {
        let used = 0;
        let state = towers[used]!.createState();
        for (let step = 0; step < NUM_STEPS; step++) {
          if (cuts.includes(step)) {
            const saved = {
              ...towers[used]!.getState(state),
              lastSeq: null,
              shape: towers[used]!.stateShape,
            };
            const bytes = encodeStreamState({ packDigest: PACK, last: null, towers: { audio: saved } });
            used = 1 - used;
            state = towers[used]!.createState();
            towers[used]!.setState(state, decodeStreamState(bytes).towers.audio!);
          }
          const [scores] = await towers[used]!.step([{ state, x: row(step) }]);
          expect(scores).toEqual(uninterrupted[step]);
        }
        expect(state).toEqual(only);
      }),
      { numRuns: 25 },
    );
  });
});

import { readFileSync } from 'node:fs';
import { encodeModel } from '../../src/model/onnx/onnx-proto.js';
import { encodeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import type { Tensor } from '../../src/model/weights/tensor.js';
import {
  orderedDict,
  storageOver,
  type StoredTensor,
  storedTensor,
  writeCheckpoint,
} from '../fixtures/checkpoint-writer.js';
import { Call, Global, pickle, type Picklable, PersistentId, Tuple } from '../fixtures/pickle-writer.js';
import { writeZip } from '../fixtures/zip-writer.js';

const SHARED = storageOver('FloatStorage', Float32Array.of(1, 2, 3, 4, 5, 6));
const TENSORS: ReadonlyMap<string, StoredTensor> = new Map<string, StoredTensor>([
  ['temporal_audio.0.network.0.conv1.weight', { storage: SHARED, shape: [2, 3] }],
  ['temporal_audio.0.network.0.net.0.weight', { storage: SHARED, shape: [3, 2], strides: [1, 3] }],
  ['half', storedTensor('HalfStorage', [2], Uint16Array.of(1, 2))],
  ['count', storedTensor('IntStorage', [], Int32Array.of(7))],
  ['parameter', { ...storedTensor('DoubleStorage', [1], Float64Array.of(0.5)), isParameter: true }],
]);
const EXTRAS = new Map<Picklable, Picklable>([
  ['epoch', 20],
  ['lr', 0.005],
  ['callbacks', [null, true, new Tuple(1, 2, 3, 4)]],
  [
    'anneal',
    new Call(
      new Global('__builtin__', 'getattr'),
      new Tuple(new Global('torch.optim.swa_utils', 'SWALR'), '_cosine_anneal'),
    ),
  ],
]);

/** Whole checkpoints of both formats. */
export const CHECKPOINT_SEEDS = (['zip', 'legacy'] as const).flatMap((format) =>
  ([2, 4] as const).flatMap((protocol) => [
    writeCheckpoint(TENSORS, { format, protocol, extras: EXTRAS }),
    writeCheckpoint(TENSORS, { format, protocol, bare: true, deflated: true }),
  ]),
);

/** Pickles of checkpoints, without anything around them. */
export const PICKLE_SEEDS = ([2, 4] as const).flatMap((protocol) => {
  const storage = new PersistentId(
    new Tuple('storage', new Global('torch', 'FloatStorage'), '0', 'cpu', 6, null),
  );
  const args = [storage, 0, new Tuple(2, 3), new Tuple(3, 1), false, orderedDict(new Map())];
  const tensor = new Call(new Global('torch._utils', '_rebuild_tensor_v2'), new Tuple(...args));
  const dict = orderedDict(
    new Map([
      ['a', tensor],
      ['b', tensor],
    ]),
    new Map([['_metadata', null]]),
  );
  return [
    pickle(new Map<Picklable, Picklable>([...EXTRAS, ['state_dict', dict]]), { protocol }),
    pickle(dict, { protocol }),
  ];
});

/** Names and opcodes of pickles. */
export const PICKLE_TOKENS = [
  'cos\nsystem\n',
  'ctorch._utils\n_rebuild_tensor_v2\n',
  'ctorch\nFloatStorage\n',
  'ccollections\nOrderedDict\n',
  'ctorch\nSize\n',
  ...'().}]QRNabesut0123h'.split(''),
  Uint8Array.of(0x80, 2),
  Uint8Array.of(0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0x58, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x42, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x4a, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x4a, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x10),
  Uint8Array.of(0x72, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x6a, 0, 0, 0, 0),
  Uint8Array.of(0x81),
  Uint8Array.of(0x85),
  Uint8Array.of(0x86),
  Uint8Array.of(0x87),
  Uint8Array.of(0x93),
  Uint8Array.of(0x94),
];

const ZIP_FILES = [
  { name: 'one', data: Buffer.from('stored') },
  { name: 'two', data: Buffer.from('deflated '.repeat(30)), deflated: true },
  { name: 'three', data: Buffer.alloc(0) },
];

/** Archives with every kind of header. */
export const ZIP_SEEDS = [
  {},
  { sizesFollow: true },
  { wide: true, alignment: 64 },
  { sizesFollow: true, wide: true, alignment: 64 },
].map((options) => writeZip(ZIP_FILES, options).bytes);

/** Signatures of archives. */
export const ZIP_TOKENS = [
  'PK\x01\x02',
  'PK\x03\x04',
  'PK\x05\x06',
  'PK\x06\x06',
  'PK\x06\x07',
  'PK\x07\x08',
  'one',
  'two',
  Uint8Array.of(1, 0, 16, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(8, 0),
];

/** Safetensors of every element type. */
export const SAFETENSORS_SEEDS = [
  encodeSafetensors(
    new Map<string, Tensor>([
      ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
      ['half', { dtype: 'F16', shape: [1, 1], data: Uint16Array.of(0x3c00) }],
      ['single', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 3, 0.1) }],
      ['double', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
      ['long', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
    ]),
    new Map([['scale', '10']]),
  ),
  encodeSafetensors(
    new Map<string, Tensor>([['a', { dtype: 'BF16', shape: [0, 5], data: new Uint16Array(0) }]]),
  ),
];

/** Words of safetensors headers. */
export const SAFETENSORS_TOKENS = [
  ...'{}[]":,-\\ '.split(''),
  '"dtype"',
  '"shape"',
  '"data_offsets"',
  '"__metadata__":{}',
  '"__proto__"',
  '"F32"',
  '"BF16"',
  '1e9',
  '9007199254740993',
  '4294967296',
  '\\u0061',
  '\\ud800',
];

/** A model with an operation, constants and attributes. */
export const ONNX_SEEDS = [
  encodeModel({
    irVersion: 8,
    producerName: 'fuzz',
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'graph',
      node: [
        {
          name: 'n',
          opType: 'Gemm',
          domain: '',
          input: ['x', 'w'],
          output: ['y'],
          attribute: [
            { name: 'alpha', type: 1, f: 0.5 },
            { name: 'perm', type: 7, ints: [0, 2, 1] },
          ],
        },
        {
          name: 'm',
          opType: 'QuickGelu',
          domain: 'com.microsoft',
          input: ['y'],
          output: ['z'],
          attribute: [],
        },
      ],
      initializer: [{ name: 'w', dims: [2, 2], dataType: 1, rawData: new Uint8Array(16) }],
      input: [
        {
          name: 'x',
          type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 2 }] } } },
        },
      ],
      output: [],
    },
  }),
];

/** Beginnings of messages that the check looks into. */
export const ONNX_TOKENS = [
  ...[0x0a, 0x2a, 0x32, 0x3a, 0x42, 0x52, 0x5a, 0x6a, 0x7a].map((tag) => Uint8Array.of(tag, 4)),
  Uint8Array.of(0x70, 1),
  Uint8Array.of(0xb2, 1, 6),
  Uint8Array.of(0xa2, 1, 2),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x0b),
  'location',
  'com.microsoft',
];

const PACK = seededManifest(new URL('../../packs/demo/pack.json', import.meta.url));

/** Manifests: the bundled pack's, its weights from seeds since they stand alone; and the same in one line. */
export const PACK_SEEDS = [Buffer.from(JSON.stringify(PACK, null, 2)), Buffer.from(JSON.stringify(PACK))];

function seededManifest(file: URL): object {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<'visual' | 'audio', SeededPart>;
  for (const part of [manifest.visual, manifest.audio]) {
    part.extractor.statistics = undefined;
    part.tower = { ...part.tower, file: undefined, sha256: undefined, seed: 'evoked-demo' };
  }
  return { ...manifest, trained: false };
}

interface SeededPart {
  readonly extractor: { statistics?: unknown };
  tower: Record<string, unknown>;
}

/** Words of manifests. */
export const PACK_TOKENS = [
  ...'{}[]":,-\\ '.split(''),
  '"seed":"a"',
  '"file":"../../etc/passwd"',
  '"file":"weights\\\\tower"',
  '"file":"a\\u0000b"',
  `"sha256":"${'0'.repeat(64)}"`,
  '"__proto__":{"a":1}',
  '"constructor":null',
  '"trained":true',
  '"trained":false',
  '"shape":{"numLevels":12}',
  'null',
  'true',
  '1e308',
  '-0',
  '[[[[[[[[',
];

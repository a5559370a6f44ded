import { type Attribute, attributeProto } from './attribute.js';
import {
  ELEMENT_TYPES,
  encodeModel,
  EXTERNAL_LOCATION,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx-proto.js';

/** Name of a tensor inside one graph; only a `GraphBuilder` makes them. */
export type Value = string & { readonly __graphValue: true };

/** A size, or the name of a size that is known only when the graph runs. */
export type Dimension = number | string;

/** Element type of a graph's inputs, outputs and constants. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A graph ready for ONNX Runtime: the .onnx bytes and the large constants, which are not in them. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** For `externalData` of the session options. `data` are the arrays that were given, not copies. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Operator set; what these operators mean is fixed by it. */
const OPSET_VERSION = 17;
const IR_VERSION = 8;
/** ONNX Runtime's own operators, such as its fused activations. */
export const MICROSOFT_DOMAIN = 'com.microsoft';
/** Constants above this stay out of the .onnx bytes: they are then not copied into a protobuf and out again. */
const EXTERNAL_THRESHOLD_BYTES = 16 * 1024;

/** Builds one ONNX graph in the order of its data flow. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #externalData: { path: string; data: Uint8Array }[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #integerConstants = new Map<string, Value>();
  readonly #names = new Set<string>();

  /** @param name of the graph, for people who look at it */
  constructor(name: string) {
    this.#name = name;
  }

  /** Declares an input, fed under this name. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return this.#claim(name);
  }

  /** A float32 constant. `data` must not change until the session is made; a large one is not copied. */
  floats(name: string, shape: readonly number[], data: Float32Array): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tensor = { name, dims: shape, dataType: ELEMENT_TYPES.float32 };
    if (bytes.byteLength <= EXTERNAL_THRESHOLD_BYTES) {
      this.#initializers.push({ ...tensor, rawData: bytes });
    } else {
      this.#externalData.push({ path: name, data: bytes });
      const externalData = [
        { key: 'location', value: name },
        { key: 'offset', value: '0' },
        { key: 'length', value: String(bytes.byteLength) },
      ];
      this.#initializers.push({ ...tensor, externalData, dataLocation: EXTERNAL_LOCATION });
    }
    return this.#claim(name);
  }

  /** A 1-D int64 constant (shapes, axes, slice bounds); equal ones are shared. */
  integers(values: readonly number[]): Value {
    const key = values.join(',');
    const known = this.#integerConstants.get(key);
    if (known !== undefined) return known;
    const name = this.#unusedName('integers');
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.#initializers.push({ name, dims: [values.length], dataType: ELEMENT_TYPES.int64, rawData });
    const value = this.#claim(name);
    this.#integerConstants.set(key, value);
    return value;
  }

  /**
   * Adds an operation and returns its first output. An empty string as input leaves an optional one out.
   * @param domain empty for ONNX's own operators
   */
  node(
    opType: string,
    inputs: readonly (Value | '')[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value {
    const name = this.#unusedName(opType);
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.#nodes.push({ name, opType, domain, input: inputs, output: [name], attribute });
    return this.#claim(name);
  }

  /** Makes `value` an output, fetched under `name`. */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void {
    this.#claim(name);
    this.#nodes.push({ name, opType: 'Identity', domain: '', input: [value], output: [name], attribute: [] });
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** The finished model. */
  build(): OnnxModel {
    const bytes = encodeModel({
      irVersion: IR_VERSION,
      producerName: 'evoked',
      opsetImport: [
        { domain: '', version: OPSET_VERSION },
        { domain: MICROSOFT_DOMAIN, version: 1 },
      ],
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return { bytes, externalData: this.#externalData };
  }

  #unusedName(stem: string): string {
    let suffix = this.#names.size;
    while (this.#names.has(`${stem}_${suffix}`)) suffix++;
    return `${stem}_${suffix}`;
  }

  #claim(name: string): Value {
    if (this.#names.has(name)) throw new TypeError(`graph ${this.#name} has two tensors called ${name}`);
    this.#names.add(name);
    return name as Value;
  }
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], shape: { dim } } } };
}

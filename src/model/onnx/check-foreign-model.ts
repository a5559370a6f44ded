import { EvokedError } from '../../core/errors.js';
import { WireError, type WireField, wireFields } from './wire-fields.js';

/** What an ONNX file from outside may be at most. */
export const FOREIGN_MODEL_LIMITS = {
  numBytes: 512 * 2 ** 20,
  /** Operations of all graphs together. */
  nodes: 50_000,
  /** Fields of everything that is looked into. */
  fields: 2_000_000,
  /** Graphs inside of one another: a model's own, and those of `If` and `Loop`. */
  depth: 8,
} as const;

/** What the check found. */
export interface ForeignModel {
  /** Version of each operator set that the model asks for, by domain; ONNX's own is `ai.onnx`. */
  readonly operatorSets: ReadonlyMap<string, number>;
  readonly numNodes: number;
}

/** Operators that ONNX Runtime carries itself; any other domain needs a library that the file would bring. */
const KNOWN_DOMAINS = new Set(['ai.onnx', 'ai.onnx.ml', 'com.microsoft']);
/** onnx.proto: the fields that hold, or lead to, what is checked. */
const FIELDS = {
  model: { irVersion: 1, graph: 7, opsetImport: 8, trainingInfo: 20, functions: 25 },
  opset: { domain: 1, version: 2 },
  graph: { node: 1, initializer: 5, sparseInitializer: 15 },
  node: { attribute: 5, domain: 7 },
  attribute: { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparseTensor: 22, sparseTensors: 23 },
  sparseTensor: { values: 1, indices: 2 },
  tensor: { externalData: 13, dataLocation: 14 },
} as const;
const ORT_FORMAT_MARK = { offset: 4, text: 'ORTM' };

/**
 * Looks through an ONNX file from outside before ONNX Runtime sees it. Refused are data in other files (ONNX Runtime would
 * open what the model names), operators of unknown domains, functions and training graphs of its own, ONNX Runtime's own
 * binary format, and absurd sizes. Nothing is executed or loaded.
 * @throws {EvokedError} ERR_FILE_FORMAT where it is no ONNX file; ERR_MODEL_WEIGHTS where it is refused
 */
export function checkForeignModel(bytes: Uint8Array): ForeignModel {
  if (bytes.byteLength > FOREIGN_MODEL_LIMITS.numBytes) exceeded('bytes', FOREIGN_MODEL_LIMITS.numBytes);
  const mark = Buffer.from(bytes.subarray(ORT_FORMAT_MARK.offset, ORT_FORMAT_MARK.offset + 4)).toString(
    'latin1',
  );
  if (mark === ORT_FORMAT_MARK.text) notOnnx("ONNX Runtime's own format (.ort)");
  try {
    return new ModelCheck().model(bytes);
  } catch (cause) {
    if (cause instanceof WireError) return notOnnx(cause.message, cause);
    throw cause;
  }
}

class ModelCheck {
  #numFields = 0;
  readonly #countField = (): void => {
    if (++this.#numFields > FOREIGN_MODEL_LIMITS.fields) exceeded('fields', FOREIGN_MODEL_LIMITS.fields);
  };
  #numNodes = 0;

  model(bytes: Uint8Array): ForeignModel {
    const operatorSets = new Map<string, number>();
    let numGraphs = 0;
    let hasVersion = false;
    for (const field of this.#fields(bytes)) {
      const { number } = field;
      if (number === FIELDS.model.irVersion) hasVersion = field.type === 'varint';
      else if (number === FIELDS.model.trainingInfo) refuse('ONNX model holds training graphs');
      else if (number === FIELDS.model.functions) refuse('ONNX model defines functions of its own');
      else if (number === FIELDS.model.opsetImport) this.#operatorSet(message(field), operatorSets);
      else if (number === FIELDS.model.graph) {
        numGraphs++;
        this.#graph(message(field), 1);
      }
    }
    if (!hasVersion || numGraphs !== 1 || operatorSets.size === 0) {
      notOnnx(`${numGraphs} graphs and ${operatorSets.size} operator sets`);
    }
    return { operatorSets, numNodes: this.#numNodes };
  }

  #operatorSet(bytes: Uint8Array, operatorSets: Map<string, number>): void {
    let domain = '';
    let version = 0;
    for (const field of this.#fields(bytes)) {
      if (field.number === FIELDS.opset.domain) domain = text(field);
      else if (field.number === FIELDS.opset.version && field.type === 'varint') version = field.value;
    }
    operatorSets.set(knownDomain(domain), version);
  }

  #graph(bytes: Uint8Array, depth: number): void {
    if (depth > FOREIGN_MODEL_LIMITS.depth)
      exceeded('graphs inside of one another', FOREIGN_MODEL_LIMITS.depth);
    for (const field of this.#fields(bytes)) {
      if (field.number === FIELDS.graph.node) this.#node(message(field), depth);
      else if (field.number === FIELDS.graph.initializer) this.#tensor(message(field));
      else if (field.number === FIELDS.graph.sparseInitializer) this.#sparseTensor(message(field));
    }
  }

  #node(bytes: Uint8Array, depth: number): void {
    if (++this.#numNodes > FOREIGN_MODEL_LIMITS.nodes) exceeded('operations', FOREIGN_MODEL_LIMITS.nodes);
    for (const field of this.#fields(bytes)) {
      if (field.number === FIELDS.node.domain) knownDomain(text(field));
      else if (field.number === FIELDS.node.attribute) this.#attribute(message(field), depth);
    }
  }

  #attribute(bytes: Uint8Array, depth: number): void {
    const { tensor, tensors, graph, graphs, sparseTensor, sparseTensors } = FIELDS.attribute;
    for (const field of this.#fields(bytes)) {
      const { number } = field;
      if (number === tensor || number === tensors) this.#tensor(message(field));
      else if (number === graph || number === graphs) this.#graph(message(field), depth + 1);
      else if (number === sparseTensor || number === sparseTensors) this.#sparseTensor(message(field));
    }
  }

  #sparseTensor(bytes: Uint8Array): void {
    const { values, indices } = FIELDS.sparseTensor;
    for (const field of this.#fields(bytes)) {
      if (field.number === values || field.number === indices) this.#tensor(message(field));
    }
  }

  #tensor(bytes: Uint8Array): void {
    const { externalData, dataLocation } = FIELDS.tensor;
    for (const field of this.#fields(bytes)) {
      const isExternal =
        field.number === externalData ||
        (field.number === dataLocation && (field.type !== 'varint' || field.value !== 0));
      if (isExternal)
        refuse('ONNX model keeps tensors in another file', undefined, 'one file that holds everything');
    }
  }

  #fields(bytes: Uint8Array): Generator<WireField> {
    return wireFields(bytes, this.#countField);
  }
}

function message(field: WireField): Uint8Array {
  if (field.type !== 'bytes') throw new WireError(`field ${field.number} is no message`);
  return field.bytes;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(field: WireField): string {
  try {
    return UTF8.decode(message(field));
  } catch (cause) {
    if (cause instanceof WireError) throw cause;
    throw new WireError(`field ${field.number} is not UTF-8`);
  }
}

function knownDomain(domain: string): string {
  const name = domain === '' ? 'ai.onnx' : domain;
  if (KNOWN_DOMAINS.has(name)) return name;
  return refuse(
    'ONNX model uses operators of an unknown domain',
    JSON.stringify(name.slice(0, 100)),
    [...KNOWN_DOMAINS].join(', '),
  );
}

function refuse(what: string, got?: string, expected?: string): never {
  const parts = { ...(got === undefined ? {} : { got }), ...(expected === undefined ? {} : { expected }) };
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what, ...parts });
}

function exceeded(what: string, limit: number): never {
  return refuse(`ONNX model has too many ${what}`, undefined, `at most ${limit}`);
}

function notOnnx(got: string, cause?: unknown): never {
  throw new EvokedError('ERR_FILE_FORMAT', {
    what: 'file is no ONNX model',
    got,
    expected: 'an .onnx file',
    cause,
  });
}

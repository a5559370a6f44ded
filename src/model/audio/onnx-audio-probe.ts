import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import { MEL_BANDS, MEL_FRAMES, PADDED_SAMPLES } from './log-mel.js';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { AUDIO_DIM } from './mobilenet-layout.js';
import { AUDIO_INPUT_FORMS, type AudioInputForm, audioInputForms, shapeText } from './onnx-audio-form.js';

/** How a network from outside is fed and read, found by running it once. */
export interface AudioNetworkPlan {
  readonly form: AudioInputForm;
  readonly input: string;
  readonly output: string;
  /** Inputs that never change, such as the sample rate. */
  readonly constants: Readonly<Record<string, Tensor>>;
  /** Segments that may be given at once without changing each other's embeddings. */
  readonly maxBatch: number;
}

type TensorMetadata = Extract<InferenceSession.ValueMetadata, { readonly isTensor: true }>;

const MAX_BATCH = 8;
/** Fatal only: a form that does not fit is no error worth a line on standard error. */
const QUIET = { logSeverityLevel: 4 } as const;
/** Share of the largest value that a row may differ by between a batch and alone. */
const BATCH_TOLERANCE = 1e-3;

/**
 * Finds out how a network is fed and where its embeddings come out, from its stated inputs and outputs and by running it on
 * made-up sound.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where it is no audio network of a known form with 2048 outputs
 */
export async function probeAudioNetwork(session: InferenceSession): Promise<AudioNetworkPlan> {
  const { input, constants } = sortInputs(session.inputMetadata);
  const forms = audioInputForms(input.shape);
  if (forms.length === 0) {
    throw refusal(`input "${input.name}" has another shape`, shapeText(input.shape), AUDIO_INPUT_FORMS);
  }
  let reason = 'nothing';
  for (const form of forms) {
    const candidate = { form, input: input.name, constants };
    for (const batch of form.fixedBatch === null ? [2, 1] : [form.fixedBatch]) {
      const results = await tryRun(session, candidate, batch);
      if (typeof results === 'string') {
        reason = results;
        continue;
      }
      const output = chooseOutput(results, form, batch);
      if (typeof output !== 'string') {
        reason = output.mismatch;
        continue;
      }
      const plan = { ...candidate, output, maxBatch: batch };
      checkFinite(readEmbeddings(results, plan, batch));
      if (form.fixedBatch !== null || batch === 1) return plan;
      const rowsAgree = await isRowAlone(session, plan, results);
      return { ...plan, maxBatch: rowsAgree ? MAX_BATCH : 1 };
    }
  }
  throw refusal(`it does not work as an audio network`, reason, `an output [N, ${AUDIO_DIM}]`);
}

/**
 * `[batch, 2048]` of what a network put out; several embeddings of one segment (`[batch, T', 2048]`) are averaged.
 * @throws {EvokedError} ERR_MODEL_WORKER where the output has changed its type or shape
 */
export function readEmbeddings(
  results: InferenceSession.ReturnType,
  { output, form }: Pick<AudioNetworkPlan, 'output' | 'form'>,
  batch: number,
): Float32Array {
  const tensor = results[output];
  const numTimes = tensor === undefined ? null : embeddingTimes(tensor, form, batch);
  if (numTimes === null || !(tensor?.data instanceof Float32Array)) {
    const got = tensor === undefined ? 'nothing' : shapeText(tensor.dims);
    const expected = `[${batch}, ${AUDIO_DIM}]`;
    throw new EvokedError('ERR_MODEL_WORKER', {
      what: `output "${output}" has another shape`,
      got,
      expected,
    });
  }
  if (numTimes === 1) return tensor.data;
  const mean = new Float32Array(batch * AUDIO_DIM);
  for (const [i, value] of tensor.data.entries()) {
    const row = Math.floor(i / (numTimes * AUDIO_DIM));
    const column = row * AUDIO_DIM + (i % AUDIO_DIM);
    mean[column] = mean[column]! + value / numTimes;
  }
  return mean;
}

/** The one input for sound; a whole number beside it whose name speaks of a rate is the sample rate. */
function sortInputs(inputs: readonly InferenceSession.ValueMetadata[]): {
  input: TensorMetadata;
  constants: Readonly<Record<string, Tensor>>;
} {
  const constants: Record<string, Tensor> = {};
  const sounds: TensorMetadata[] = [];
  for (const each of inputs) {
    const rate = each.isTensor && /rate/i.test(each.name) ? rateTensor(each) : null;
    if (rate !== null) constants[each.name] = rate;
    else if (each.isTensor && each.type === 'float32') sounds.push(each);
    else
      throw refusal(`input "${each.name}" is of no use`, each.isTensor ? each.type : 'no tensor', 'float32');
  }
  const [input, ...others] = sounds;
  if (input === undefined || others.length > 0) {
    throw refusal('it has not one input for sound', `${sounds.length} float32 inputs`, '1');
  }
  return { input, constants };
}

function rateTensor({ type, shape }: TensorMetadata): Tensor | null {
  if (shape.length > 1 || (shape.length === 1 && typeof shape[0] === 'number' && shape[0] > 1)) return null;
  const dims = shape.map(() => 1);
  if (type === 'int64') return new Tensor('int64', [BigInt(SAMPLE_RATE_HZ)], dims);
  if (type === 'int32') return new Tensor('int32', [SAMPLE_RATE_HZ], dims);
  return type === 'float32' ? new Tensor('float32', [SAMPLE_RATE_HZ], dims) : null;
}

async function tryRun(
  session: InferenceSession,
  plan: Pick<AudioNetworkPlan, 'form' | 'input' | 'constants'>,
  batch: number,
): Promise<InferenceSession.ReturnType | string> {
  const { form, input, constants } = plan;
  const sound = new Tensor('float32', madeUpSound(form, batch), form.shape(batch));
  try {
    return await session.run({ ...constants, [input]: sound }, QUIET);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return `${form.text}: ${text.split('\n')[0] ?? ''}`;
  }
}

/** Rows that differ, from a linear congruential generator: uniform in about the range of the real input. */
function madeUpSound(form: AudioInputForm, batch: number): Float32Array {
  const isPicture = form.preprocessing === 'logmel-96x64';
  const length = batch * (isPicture ? MEL_FRAMES * MEL_BANDS : PADDED_SAMPLES);
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const unit = state / 2 ** 32;
    return isPicture ? -7 * unit : (unit - 0.5) / 5;
  });
}

function chooseOutput(
  results: InferenceSession.ReturnType,
  form: AudioInputForm,
  batch: number,
): string | { readonly mismatch: string } {
  const all = Object.entries(results);
  const fitting = all.filter(
    ([, tensor]) => tensor.type === 'float32' && embeddingTimes(tensor, form, batch) !== null,
  );
  const named = fitting.filter(([name]) => /(^|[/:_.])embeddings?($|[:_.])/i.test(name));
  const [only, ...others] = named.length > 0 ? named : fitting;
  if (only !== undefined && others.length === 0) return only[0];
  const list = (entries: typeof all) =>
    entries.map(([name, { dims }]) => `"${name}" ${shapeText(dims)}`).join(', ');
  return {
    mismatch: only === undefined ? `outputs ${list(all)}` : `several fitting outputs: ${list(fitting)}`,
  };
}

/** How many embeddings of each segment a tensor holds; null where it holds none. */
function embeddingTimes({ dims }: Tensor, form: AudioInputForm, batch: number): number | null {
  if (dims.at(-1) !== AUDIO_DIM || dims.length > 3) return null;
  const hasBatchAxis = form.shape(batch).length > 1;
  const leading = dims.slice(0, -1);
  if (!hasBatchAxis) return leading.reduce((product, size) => product * size, 1) || null;
  return leading[0] === batch ? (leading[1] ?? 1) || null : null;
}

async function isRowAlone(
  session: InferenceSession,
  plan: AudioNetworkPlan,
  together: InferenceSession.ReturnType,
): Promise<boolean> {
  // The generator starts over, so this is the batch's first row.
  const results = await tryRun(session, plan, 1);
  if (typeof results === 'string') return false;
  const output = results[plan.output];
  if (output === undefined || embeddingTimes(output, plan.form, 1) === null) return false;
  const alone = readEmbeddings(results, plan, 1);
  const row = readEmbeddings(together, plan, 2);
  const largest = alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return alone.every((value, i) => Math.abs(value - row[i]!) <= BATCH_TOLERANCE * largest);
}

function checkFinite(embeddings: Float32Array): void {
  if (embeddings.every(Number.isFinite)) return;
  throw refusal('it puts out values that are no numbers', 'NaN or infinity', 'finite values');
}

function refusal(what: string, got: string, expected: string): EvokedError {
  return new EvokedError('ERR_MODEL_WEIGHTS', { what: `ONNX audio network: ${what}`, got, expected });
}

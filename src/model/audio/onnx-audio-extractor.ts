import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import type { Extractor } from '../extractor.js';
import { checkForeignModel } from '../onnx/check-foreign-model.js';
import { createOrtSession, type OrtOptions, releaseOnce } from '../onnx/ort-session.js';
import { LogMel, MEL_BANDS, MEL_FRAMES, PADDED_SAMPLES } from './log-mel.js';
import { AUDIO_DIM } from './mobilenet-layout.js';
import type { AudioPreprocessing } from './onnx-audio-form.js';
import { type AudioNetworkPlan, probeAudioNetwork, readEmbeddings } from './onnx-audio-probe.js';

/** An audio network from an ONNX file, and what its form turned out to be. */
export interface OnnxAudioExtractor extends Extractor {
  readonly preprocessing: AudioPreprocessing;
  /** Shape of the input, for people: `[N, 96, 64]`. */
  readonly inputText: string;
}

/**
 * An extractor from any ONNX file with one input for sound and 2048 outputs: a log-mel picture (`[N, 96, 64]`,
 * `[N, 96, 64, 1]` or `[N, 1, 96, 64]`, as `LogMel` makes it) or a waveform at 16 kHz padded with zeros to 16000 samples
 * (`[N, T]` or `[T]`), and `[N, 2048]` or `[N, T', 2048]`, whose mean over T' is taken. An input whose name speaks of a
 * rate is given 16000. Which of these it is, is found out here.
 *
 * A network that takes no batches, or whose rows depend on their neighbours, is run one segment at a time.
 * @param bytes of the file; it must hold all its weights
 * @throws {EvokedError} ERR_FILE_FORMAT where it is no ONNX file; ERR_MODEL_WEIGHTS where it does not fit, or asks for more
 *   than its own bytes and ONNX Runtime's own operators
 */
export async function createOnnxAudioExtractor(
  bytes: Uint8Array,
  options: OrtOptions = {},
): Promise<OnnxAudioExtractor> {
  checkForeignModel(bytes);
  const session = await createOrtSession({ bytes, externalData: [] }, options);
  const release = releaseOnce(session);
  let plan: AudioNetworkPlan;
  try {
    plan = await probeAudioNetwork(session);
  } catch (error) {
    await release();
    throw error;
  }
  const prepare = plan.form.preprocessing === 'logmel-96x64' ? logMelRows() : paddedRows;
  return {
    modality: 'audio',
    dim: AUDIO_DIM,
    embedBatchSize: plan.maxBatch,
    preprocessing: plan.form.preprocessing,
    inputText: plan.form.text,
    async embed(inputs) {
      const waveforms = checkWaveforms(inputs);
      const embeddings = new Float32Array(waveforms.length * AUDIO_DIM);
      for (let first = 0; first < waveforms.length; first += plan.maxBatch) {
        const part = waveforms.slice(first, first + plan.maxBatch);
        const batch = plan.form.fixedBatch ?? part.length;
        const rows = await runBatch(session, plan, prepare(part, batch), batch);
        embeddings.set(rows.subarray(0, part.length * AUDIO_DIM), first * AUDIO_DIM);
      }
      return embeddings;
    },
    release,
  };
}

async function runBatch(
  session: InferenceSession,
  plan: AudioNetworkPlan,
  rows: Float32Array,
  batch: number,
): Promise<Float32Array> {
  const feeds = { ...plan.constants, [plan.input]: new Tensor('float32', rows, plan.form.shape(batch)) };
  let results: InferenceSession.ReturnType;
  try {
    results = await session.run(feeds, [plan.output]);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new EvokedError('ERR_MODEL_WORKER', { what: 'ONNX Runtime failed', got, cause });
  }
  return readEmbeddings(results, plan, batch);
}

type RowMaker = (waveforms: readonly Float32Array[], batch: number) => Float32Array;

function logMelRows(): RowMaker {
  const logMel = new LogMel();
  return (waveforms, batch) => {
    const pictures = logMel.compute(waveforms);
    if (batch === waveforms.length) return pictures;
    const padded = new Float32Array(batch * MEL_FRAMES * MEL_BANDS);
    padded.set(pictures);
    return padded;
  };
}

function paddedRows(waveforms: readonly Float32Array[], batch: number): Float32Array {
  const rows = new Float32Array(batch * PADDED_SAMPLES);
  for (const [i, samples] of waveforms.entries()) {
    // As in LogMel: one broken sample must not spoil a tower's state.
    const finite = samples.every(Number.isFinite)
      ? samples
      : samples.map((x) => (Number.isFinite(x) ? x : 0));
    rows.set(finite, i * PADDED_SAMPLES);
  }
  return rows;
}

function checkWaveforms(inputs: readonly (Uint8Array | Float32Array)[]): Float32Array[] {
  return inputs.map((input) => {
    if (input instanceof Float32Array && input.length <= PADDED_SAMPLES) return input;
    const got = `${input.constructor.name} of ${input.length}`;
    const expected = `Float32Array of at most ${PADDED_SAMPLES}`;
    throw new EvokedError('ERR_MODEL_INPUT', { what: 'input is no waveform', got, expected });
  });
}

import { openBackend, type TrainingBackend } from '../backend/index.js';
import { renderReport } from '../report/index.js';
import type { InputStatistics, Trainer } from '../trainer/index.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { bestEpoch, type EpochRow } from './epoch-row.js';
import type { TrainingEvent, TrainingResult } from './events.js';
import { epochLearningRate } from './learning-rate.js';
import { makeTrainer } from './make-trainer.js';
import { openData, type OpenedData } from './open-data.js';
import { replaceTextFile } from './replace-file.js';
import { trainEpoch, validateEpoch } from './run-epoch.js';
import { prepareRunFolder, runFolder, type RunFolder } from './run-folder.js';
import { readRunRecord, requireSameData, type RunRecord, writeRunRecord } from './run-record.js';
import { surveyVideos } from './survey.js';
import { writeTower } from './tower-file.js';
import { planTraining, type TrainingPlan, type TrainingRequest } from './training-request.js';

type Emit = (event: TrainingEvent) => void;

/**
 * Trains one tower into a run folder, epoch by epoch. The checkpoint of the last complete epoch is what a run goes on from:
 * the same weights, bit for bit, as if it had never stopped (on the same backend and machine). All other files follow
 * from it and are written after it; each is replaced in one step.
 * @throws {EvokedError} ERR_USAGE, ERR_TRAINING_RESUME, ERR_TRAINING_DIVERGED, ERR_FILE_FORMAT, ERR_FILE_WRITE
 */
export async function runTraining(request: TrainingRequest, emit: Emit): Promise<TrainingResult> {
  const files = runFolder(request.out);
  await prepareRunFolder(files, request.resume);
  const saved = request.resume ? await readRunRecord(files.record) : null;
  const plan = planTraining(request, saved);
  const backend = await openBackend();
  const otherBefore = saved === null || saved.facts.backend === backend.name ? null : saved.facts.backend;
  emit({ type: 'backend', name: backend.name, otherBefore });
  const run =
    saved === null
      ? await TrainingRun.begin(plan, files, backend, emit)
      : await TrainingRun.goOn({ ...saved, ...plan }, files, backend, emit);
  try {
    return await run.finish();
  } finally {
    run.dispose();
  }
}

class TrainingRun {
  readonly #record: RunRecord;
  readonly #files: RunFolder;
  readonly #emit: Emit;
  readonly #statistics: InputStatistics | null;
  readonly #rows: EpochRow[];
  /** Null where no epoch is left. */
  readonly #data: OpenedData | null;
  readonly #trainer: Trainer;

  private constructor(
    record: RunRecord,
    files: RunFolder,
    backend: TrainingBackend,
    emit: Emit,
    start: { statistics: InputStatistics | null; rows: readonly EpochRow[]; data: OpenedData | null },
  ) {
    this.#record = record;
    this.#files = files;
    this.#emit = emit;
    this.#statistics = start.statistics;
    this.#rows = [...start.rows];
    this.#data = start.data;
    this.#trainer = makeTrainer(backend, record.options, record.facts.embeddingDim, start.statistics);
  }

  static async begin(plan: TrainingPlan, files: RunFolder, backend: TrainingBackend, emit: Emit) {
    const { modality, standardize } = plan.options;
    const data = await openData({ modality, ...plan }, emit);
    const { statistics, ...survey } = await surveyVideos(data.training, { modality, standardize }, emit);
    const facts = { ...data.facts, ...survey, backend: backend.name };
    const record: RunRecord = { format: 'evoked-training-run-1', ...plan, facts };
    const run = new TrainingRun(record, files, backend, emit, { statistics, rows: [], data });
    // The checkpoint first: with run.json there, a run can be resumed.
    await run.#writeCheckpoint();
    await writeRunRecord(files.record, record);
    emit({ type: 'begin', afterEpoch: 0, record });
    return run;
  }

  static async goOn(record: RunRecord, files: RunFolder, backend: TrainingBackend, emit: Emit) {
    const { rows, snapshot, statistics } = await readCheckpoint(files.checkpoint);
    const { options } = record;
    const data = rows.length < options.epochs ? await openData({ ...record, ...options }, emit) : null;
    if (data !== null) requireSameData(record, data.facts);
    const run = new TrainingRun(record, files, backend, emit, { statistics, rows, data });
    run.#trainer.restore(snapshot);
    emit({ type: 'begin', afterEpoch: rows.length, record });
    // The run may have been stopped after the checkpoint and before what follows from it.
    if (rows.length > 0) await run.#writeOutputs();
    return run;
  }

  async finish(): Promise<TrainingResult> {
    const { epochs } = this.#record.options;
    for (let epoch = this.#rows.length + 1; epoch <= epochs; epoch++) await this.#epoch(epoch);
    const { tower, report } = this.#files;
    return { record: this.#record, rows: this.#rows, keptEpoch: this.#keptEpoch(), tower, report };
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  async #epoch(epoch: number): Promise<void> {
    const { options } = this.#record;
    const { training, validation } = this.#data!;
    const startedAtMs = performance.now();
    const trainer = this.#trainer;
    trainer.learningRate = epochLearningRate(options, epoch);
    const context = { trainer, options, epoch, emit: this.#emit };
    const trainLoss = await trainEpoch(training, context);
    const isAveraged = options.swaFrom !== null && epoch >= options.swaFrom;
    if (isAveraged) trainer.collectAverage();
    const weights = isAveraged ? 'average' : 'current';
    const validationRow = validation === null ? null : await validateEpoch(validation, context, weights);
    const row: EpochRow = {
      epoch,
      trainLoss,
      weights,
      validation: validationRow,
      learningRate: trainer.learningRate,
      seconds: (performance.now() - startedAtMs) / 1000,
    };
    this.#rows.push(row);
    await this.#writeCheckpoint();
    await this.#writeOutputs();
    this.#emit({ type: 'epoch', row });
  }

  #writeCheckpoint(): Promise<void> {
    const snapshot = this.#trainer.snapshot();
    return writeCheckpoint(this.#files.checkpoint, {
      rows: this.#rows,
      snapshot,
      statistics: this.#statistics,
    });
  }

  async #writeOutputs(): Promise<void> {
    const rows = this.#rows;
    const last = rows.at(-1)!;
    const keptEpoch = this.#keptEpoch();
    if (keptEpoch === last.epoch) {
      await writeTower(this.#files.tower, this.#trainer.tensors(last.weights), this.#record, keptEpoch);
    }
    await replaceTextFile(this.#files.log, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await replaceTextFile(this.#files.report, renderReport({ record: this.#record, rows, keptEpoch }));
  }

  #keptEpoch(): number {
    const last = this.#rows.at(-1)!.epoch;
    return this.#record.options.keep === 'best' ? (bestEpoch(this.#rows)?.epoch ?? last) : last;
  }
}

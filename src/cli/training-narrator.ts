import type { EpochRow, TrainingEvent, TrainingStage } from '../training/run/index.js';
import { type Progress, startProgress } from './progress.js';

const SKIPS_TOLD = 10;

/** Tells a training run on the terminal: a bar for what goes on, a line for what happened. */
export class TrainingNarrator {
  /** Complete epochs. */
  numEpochsDone = 0;
  /** Null until the run has begun. */
  numEpochs: number | null = null;
  readonly #json: boolean;
  #bar: { readonly key: string; readonly progress: Progress } | null = null;
  #numSkipped = 0;

  /** @param json leaves stdout alone */
  constructor(json: boolean) {
    this.#json = json;
  }

  tell(event: TrainingEvent): void {
    switch (event.type) {
      case 'progress':
        return this.#progress(event);
      case 'backend': {
        const { name, otherBefore } = event;
        this.#line(`computing with ${name}`);
        if (otherBefore === null) return;
        return this.#line(
          `the run began with ${otherBefore}: its numbers cannot be repeated bit for bit now`,
        );
      }
      case 'data': {
        const { split, numVideos, numWithoutFeatures, numWithoutLabels } = event;
        const rest = `${numWithoutFeatures} without features, ${numWithoutLabels} without annotations`;
        return this.#line(`${numVideos} ${split} videos (left out: ${rest})`);
      }
      case 'skip':
        return this.#skip(`skipped ${event.split} video ${event.id}: ${event.reason}`);
      case 'begin':
        this.numEpochsDone = event.afterEpoch;
        this.numEpochs = event.record.options.epochs;
        return this.#begin(event.afterEpoch, this.numEpochs);
      case 'epoch':
        this.numEpochsDone = event.row.epoch;
        return this.#line(epochLine(event.row, this.numEpochs ?? event.row.epoch));
      case 'done': {
        const { tower, report, keptEpoch } = event.result;
        return this.#line(`weights of epoch ${keptEpoch}: ${tower}\nreport: ${report}`);
      }
    }
  }

  /** Ends the bar. May be called twice. */
  stop(): void {
    this.#bar?.progress.stop();
    this.#bar = null;
    if (this.#numSkipped > SKIPS_TOLD) console.error(`… ${this.#numSkipped} skipped in all`);
    this.#numSkipped = 0;
  }

  #begin(afterEpoch: number, numEpochs: number): void {
    if (afterEpoch === numEpochs) this.#line(`all ${numEpochs} epochs are done already`);
    else if (afterEpoch > 0) this.#line(`going on after epoch ${afterEpoch} of ${numEpochs}`);
  }

  #progress({ stage, epoch, done, total }: TrainingEvent & { readonly type: 'progress' }): void {
    const key = `${stage} ${epoch ?? ''}`;
    if (this.#bar?.key !== key) {
      this.#bar?.progress.stop();
      this.#bar = { key, progress: startProgress(this.#stageTitle(stage, epoch), total, unitOf(stage)) };
    }
    this.#bar.progress.update(done);
  }

  #stageTitle(stage: TrainingStage, epoch: number | null): string {
    if (epoch === null) return stage === 'labels' ? 'reading labels' : 'looking through the videos';
    return `${stage} ${epoch}/${this.numEpochs ?? '?'}`;
  }

  #skip(line: string): void {
    this.#numSkipped += 1;
    if (this.#numSkipped <= SKIPS_TOLD) this.#line(line, true);
  }

  #line(text: string, isAside = false): void {
    this.#bar?.progress.stop();
    this.#bar = null;
    if (this.#json || isAside) console.error(text);
    else console.log(text);
  }
}

function unitOf(stage: TrainingStage): string {
  return stage === 'labels' ? 'bytes' : 'videos';
}

function epochLine({ epoch, trainLoss, validation, seconds }: EpochRow, numEpochs: number): string {
  const parts = [`epoch ${epoch}/${numEpochs}`, `loss ${trainLoss.toFixed(4)}`];
  if (validation !== null) {
    parts.push(`validation ${validation.loss.toFixed(4)}`);
    parts.push(`M_rho ${figure(validation.mRho)} (over defined only ${figure(validation.mRhoDefined)})`);
  }
  return [...parts, `${seconds.toFixed(1)} s`].join(' · ');
}

/** An M_rho with the digits of the paper's table. */
export function figure(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(5);
}

import type { Evaluation, Figure, LabelResult, VideoResult } from '../training/evaluation/index.js';

/** Videos and ids that are shown where there are many; `--json` has them all. */
const NUM_SHOWN = 5;
const DIGITS = 4;
/** From the paper's table and the challenge's ranking: what every reader should hold a figure against. */
const CONTEXT =
  'For comparison, on real viewers of unseen videos: this method 0.037 to 0.055 (EEV private test set), 2nd place 0.044, 3rd 0.023.';

/** What `evoked evaluate` prints, a line an element. */
export function evaluationLines(evaluation: Evaluation): string[] {
  const { asAuthors, definedOnly, shuffled, labels, videos, skipped } = evaluation;
  return [
    `M_rho ${figure(asAuthors)} · as the method's authors count: a correlation that is not defined is -1`,
    `M_rho ${figure(definedOnly)} · over the correlations that are defined: ${defined(labels, videos)}`,
    `M_rho ${figure(shuffled)} · with each video's labels shuffled in time: what chance gives`,
    coverage(evaluation),
    '',
    `${'expression'.padEnd(16)}${'as authors'.padStart(12)}${'defined'.padStart(12)}   not defined in`,
    ...labels.map(labelLine),
    '',
    ...videoLines(videos),
    ...idLines('annotated without scores', evaluation.idsWithoutScores),
    ...idLines('scored without annotations', evaluation.idsWithoutLabels),
    ...skipped.slice(0, NUM_SHOWN).map(({ id, reason }) => `skipped ${id}: ${reason}`),
    ...(skipped.length > NUM_SHOWN ? [`skipped ${skipped.length - NUM_SHOWN} more videos (--json)`] : []),
    CONTEXT,
  ];
}

function figure(value: Figure | null): string {
  if (value === null) return 'not defined';
  const { interval, mRho } = value;
  const range =
    interval === null ? 'no interval' : `95 % ${number(interval.low)} to ${number(interval.high)}`;
  return `${number(mRho)} (${range})`;
}

function defined(labels: readonly LabelResult[], { length }: readonly VideoResult[]): string {
  const numUndefined = labels.reduce((sum, label) => sum + label.numUndefined, 0);
  return `${labels.length * length - numUndefined} of ${labels.length * length}`;
}

function coverage({ videos, numAnnotatedVideos, numSteps, numUnscored, numUnannotated }: Evaluation): string {
  const steps = `${numSteps} of ${numSteps + numUnscored} annotated steps`;
  const ignored =
    numUnannotated === 0 ? '' : ` · ${numUnannotated} scores at times without annotation ignored`;
  return `over ${videos.length} of ${numAnnotatedVideos} annotated videos, ${steps}${ignored}`;
}

function labelLine({ label, mean, meanDefined, numUndefined }: LabelResult): string {
  const videos = numUndefined === 0 ? '' : `   ${numUndefined} videos`;
  return `${label.padEnd(16)}${number(mean).padStart(12)}${number(meanDefined).padStart(12)}${videos}`;
}

/** All videos where they are few, else the best and the worst. */
function videoLines(videos: readonly VideoResult[]): string[] {
  const line = ({ id, mean, meanDefined, numSteps }: VideoResult): string =>
    `  ${id} ${number(mean)} (defined: ${number(meanDefined)}) · ${numSteps} steps`;
  if (videos.length <= 2 * NUM_SHOWN) return ['videos, best first', ...videos.map(line)];
  return [
    'best videos',
    ...videos.slice(0, NUM_SHOWN).map(line),
    'worst videos',
    ...videos.slice(-NUM_SHOWN).map(line),
  ];
}

function idLines(what: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const more = ids.length > NUM_SHOWN ? ', …' : '';
  return [`${ids.length} ${what}: ${ids.slice(0, NUM_SHOWN).join(', ')}${more}`];
}

function number(value: number | null): string {
  return value === null ? '-' : value.toFixed(DIGITS);
}

import { type Command, InvalidArgumentError } from 'commander';
import type { EnsembleCommandOptions } from './ensemble.js';
import type { EvaluateOptions } from './evaluate.js';

/** The paper's equation 5. */
const PAPER_LAMBDA = 0.8;

/** Registers the commands that work on files of scores. */
export function addEvaluationCommands(program: Command): void {
  program
    .command('evaluate')
    .summary('M_rho of scores against annotations')
    .description(
      'Holds files of scores against annotations as the EEV challenge does: per video the mean of 15 correlations over\n' +
        'time, then the mean over the videos. Annotated rows of zeros ("no detection") do not count.',
    )
    .requiredOption('--labels <file>', 'annotations: a CSV with the columns of EEV')
    .requiredOption('--scores <file or folder>', 'scores: a CSV with the same columns, or a folder of them')
    .option('--seed <number>', 'seed of the bootstrap interval and of the shuffled labels', integer, 1)
    .option('--json', 'print all figures as JSON, each video among them', false)
    .action(async (options: EvaluateOptions) => {
      const { runEvaluate } = await import('./evaluate.js');
      await runEvaluate(options);
    });

  program
    .command('ensemble')
    .summary('puts the scores of a visual and an audio tower together')
    .description(
      'Writes lambda x visual + (1 - lambda) x audio, row by row (eq. 5 of the paper). Where one of them has no row for a\n' +
        'segment the other one counts alone.',
    )
    .requiredOption('--visual <file or folder>', 'scores of the visual tower: a CSV, or a folder of them')
    .requiredOption('--audio <file or folder>', 'scores of the audio tower')
    .option('--lambda <share>', 'share of the visual scores, 0 to 1', share, PAPER_LAMBDA)
    .option('--submission', 'name the columns as a submission to the EEV challenge does', false)
    .requiredOption('-o, --out <file>', 'output file (.csv)')
    .action(async (options: EnsembleCommandOptions) => {
      const { runEnsemble } = await import('./ensemble.js');
      await runEnsemble(options);
    });
}

function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('A whole number is expected.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('A number from 0 to 1 is expected.');
  }
  return value;
}

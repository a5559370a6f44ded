import { type Command, InvalidArgumentError, Option } from 'commander';
import { TRAINING_DEFAULTS, type TrainingOptions } from '../training/run/training-options.js';

/** Flags of `evoked train`, as they come from the command line. */
interface TrainFlags extends Partial<Omit<TrainingOptions, 'position'>> {
  readonly out: string;
  readonly labels?: string;
  readonly features?: string;
  readonly valLabels?: string;
  readonly valFeatures?: string;
  readonly trainedOn?: string;
  readonly recipe?: string;
  readonly position: boolean;
  readonly resume: boolean;
  readonly json: boolean;
}

/** Registers `evoked train`. */
export function addTrainingCommands(program: Command): void {
  const defaults = TRAINING_DEFAULTS;
  program
    .command('train')
    .summary('trains a tower on features and annotations')
    .description(
      'Trains one temporal tower, by default as the paper did, and writes it as OUT/tower.safetensors, which\n' +
        '`evoked packs import` makes a pack of. After each epoch OUT holds a checkpoint, log.jsonl and report.html; an\n' +
        'interrupted run goes on with --resume, which needs no other options, exactly where it was.',
    )
    .requiredOption('-o, --out <folder>', 'folder of the run')
    .option('--labels <file>', 'annotations, CSV with the columns of EEV')
    .option('--features <folder>', 'feature files, <id>.safetensors')
    .addOption(
      new Option('-m, --modality <modality>', 'which features').choices(['visual', 'audio'] as const),
    )
    .option('--val-labels <file>', 'annotations of the validation videos')
    .option('--val-features <folder>', 'their feature files (default: --features)')
    .option('--trained-on <sentence>', 'one honest sentence on what the videos are, kept with the weights')
    .option('--epochs <n>', text('passes over the videos', defaults.epochs), integer)
    .option('--learning-rate <rate>', text('learning rate', defaults.learningRate), positive)
    .addOption(
      choice('--lr-decay <how>', 'learning rate over the epochs', ['none', 'cosine'], defaults.lrDecay),
    )
    .addOption(choice('--optimizer <kind>', 'how a step is made', ['sgd', 'adam'], defaults.optimizer))
    .option('--accumulate <n>', text('videos of one step', defaults.accumulate), integer)
    .option('--dropout <share>', text('dropout in the blocks', defaults.dropout), share)
    .option('--no-position', 'without the timestamp as an input')
    .option('--weight-norm', 'train gain and direction of the convolutions apart')
    .option('--label-scale <factor>', text('labels are multiplied by this', defaults.labelScale), positive)
    .option('--channels <n>', text('width of the blocks', defaults.channels), integer)
    .option('--stacks <n>', text('stacks of blocks', defaults.stacks), integer)
    .option('--levels <n>', text('blocks of a stack, dilations 1, 2, 4, …', defaults.levels), integer)
    .option('--kernel <n>', text('taps of a convolution', defaults.kernel), integer)
    .option('--hidden <n>', text('width between the linear layers', defaults.hidden), integer)
    .option('--swa-from <epoch>', 'keep the mean of the weights of this and all later epochs (SWA)', integer)
    .option(
      '--drop-timestamps <share>',
      text('share of steps left out at random', defaults.dropTimestamps),
      share,
    )
    .option('--standardize', 'bring inputs to mean 0 and deviation 1 (folded into the weights)')
    .addOption(
      choice('--init <how>', 'initial weights: normal(0, 0.01), or by width', ['paper', 'he'], defaults.init),
    )
    .addOption(
      choice(
        '--keep <which>',
        'weights of the last epoch, or of the best M_rho',
        ['last', 'best'],
        defaults.keep,
      ),
    )
    .option('--seed <n>', text('seed of all that is random', defaults.seed), natural)
    .option('--resume', 'go on with the run in the folder', false)
    .addOption(
      new Option('--recipe <name>', 'train a whole table, a row a folder').choices(['paper-table-1']),
    )
    .option('--json', 'print the result as JSON; lines and progress go to standard error', false)
    .action(train);
}

async function train(flags: TrainFlags): Promise<void> {
  const { out, labels, features, valLabels, valFeatures, trainedOn, recipe, resume, json, ...rest } = flags;
  const { position, ...options } = rest;
  const request = {
    ...{ out, resume, labels, features, valLabels, valFeatures, trainedOn },
    // A flag that was left out says nothing: a run that goes on knows what it began with.
    options: position ? options : { ...options, position },
  };
  if (recipe !== undefined) {
    const { printTable, runRecipe } = await import('./train-recipe.js');
    return printTable(await runRecipe(request, json), json);
  }
  const { printResult, runTrain } = await import('./train.js');
  printResult(await runTrain({ request, json }), json);
}

function text(what: string, fallback: number): string {
  return `${what} (default: ${fallback})`;
}

/** Without a default of commander's: what was left out must be told from what was given. */
function choice(flags: string, what: string, choices: readonly string[], fallback: string): Option {
  return new Option(flags, `${what} (default: "${fallback}")`).choices(choices);
}

function numberWhere(isRight: (value: number) => boolean, expected: string): (text: string) => number {
  return (given) => {
    const value = Number(given);
    if (given.trim() === '' || !isRight(value)) throw new InvalidArgumentError(`${expected} is expected.`);
    return value;
  };
}

const positive = numberWhere((value) => value > 0 && Number.isFinite(value), 'A number above 0');
const share = numberWhere((value) => value >= 0 && value < 1, 'A share of at least 0 and below 1');
const integer = numberWhere((value) => Number.isSafeInteger(value) && value > 0, 'A whole number above 0');
const natural = numberWhere(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'A whole number of at least 0',
);

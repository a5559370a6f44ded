import { InvalidArgumentError, Option, type Command } from 'commander';
import { POSITION_POLICIES } from '../core/config.js';
import { SCORE_FORMATS } from './output/score-writer.js';
import { FEATURE_STAGES } from '../server/offline/feature-stages.js';
import type { FeaturesOptions } from './features.js';
import type { ScoreOptions } from './score.js';
import type { TemporalOptions } from './temporal.js';
import type { VerifyOptions } from './verify.js';

/** Registers the commands that read files and write files. */
export function addFileCommands(program: Command): void {
  program
    .command('score')
    .summary('scores of a file or finite stream, faster than real time')
    .description(
      'Scores a media file (or any finite source) as fast as the machine allows; nothing is dropped.\n' +
        'CSV has the columns of the EEV dataset, whose "Timestamp (milliseconds)" holds microseconds.\n' +
        'The scores are what a viewer is predicted to show; their correlation with real viewers is modest.',
    )
    .argument('<media>', 'path or URL; film:SEED is the built-in film')
    .option('-p, --pack <name or folder>', 'model pack (default: the pulled one, else the bundled one)')
    .addOption(new Option('-f, --format <format>', 'output format').choices(SCORE_FORMATS))
    .option(
      '-o, --out <file>',
      'output file; its ending chooses the format (default: CSV to standard output)',
    )
    .option('--id <id>', "video id in the output (default: the file's name)")
    .option('--limit <seconds>', 'stop after this much media time', positiveNumber)
    .addOption(positionOption('elapsed'))
    .action(async (media: string, options: ScoreOptions) => {
      const { runScore } = await import('./score.js');
      await runScore(media, options);
    });

  program
    .command('features')
    .summary('frames, log-mel or embeddings of a file or a folder of images')
    .description(
      'Writes what the extractors see or say, a row a segment, as safetensors:\n' +
        '  frames     frames [T,224,224,3] uint8\n  logmel     logmel [T,96,64]\n' +
        '  embedding  visual [T,1280] and audio [T,2048]\nwith seconds [T] (float64).',
    )
    .argument('<media>', 'media path or URL, or a folder of images (one a segment, in order of name)')
    .addOption(
      new Option('-s, --stage <stage>', 'what to write').choices(FEATURE_STAGES).default('embedding'),
    )
    .option('-p, --pack <name or folder>', 'model pack whose extractors run')
    .option('--visual-extractor <file>', 'EfficientNet-B0 weights with timm names (.safetensors)')
    .option('--audio-extractor <file>', 'audio network: ONNX with 2048 outputs, or .safetensors')
    .option('--limit <seconds>', 'stop after this much media time', positiveNumber)
    .requiredOption('-o, --out <file>', 'output file (.safetensors)')
    .action(async (media: string, options: FeaturesOptions) => {
      const { runFeatures } = await import('./features.js');
      await runFeatures(media, options);
    });

  program
    .command('temporal')
    .summary('scores of feature files by one tower')
    .description(
      'Runs one temporal tower over the rows of a feature file, step by step or in one pass. With a folder of feature files,\n' +
        '<id>.safetensors, the scores of all videos go into one CSV with the columns of EEV.',
    )
    .requiredOption('--head <file>', 'tower weights (.safetensors, or a PyTorch Lightning .ckpt)')
    .requiredOption(
      '--features <file or folder>',
      'features: visual [T,1280] or audio [T,2048], and seconds [T]',
    )
    .addOption(
      new Option('-m, --modality <modality>', 'which features')
        .choices(['visual', 'audio'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--mode <mode>', 'how to run (default: streaming; offline for a folder)').choices([
        'streaming',
        'offline',
      ]),
    )
    .option('--labels <file>', 'step only at the rows that this CSV annotates, as training does')
    .option('--raw', "leave the tower's scale in the scores", false)
    .option(
      '--scale <number>',
      'divide the scores by this where the weights do not say (default: 10 for a .ckpt of the later published code, else 1)',
      positiveNumber,
    )
    .requiredOption('-o, --out <file>', 'scores [T,15] and seconds [T] (.safetensors); of a folder .csv')
    .action(async (options: TemporalOptions) => {
      const { runTemporal } = await import('./temporal.js');
      await runTemporal(options);
    });

  program
    .command('verify')
    .summary('streaming against offline on your own media: the largest difference, a row a tower')
    .description(
      'Scores media as a live stream is scored and holds that against one pass over the whole sequence, batches with other\n' +
        'streams against the stream alone, and a stream that goes on from its saved state in a second process against the\n' +
        'uninterrupted one. The exit code is 1 where scores differ by more than 1e-4 of the largest one (the last: at all).',
    )
    .argument('<media>', 'path or URL; film:SEED is the built-in film')
    .option('-p, --pack <name or folder>', 'model pack (default: the pulled one, else the bundled one)')
    .option('--limit <seconds>', 'stop after this much media time', positiveNumber, 60)
    .option('--json', 'print the figures as JSON', false)
    .action(async (media: string, options: VerifyOptions) => {
      const { runVerify } = await import('./verify.js');
      await runVerify(media, options);
    });
}

function positionOption(fallback: string): Option {
  return new Option('--position <policy>', 'timestamp feature beyond what training saw')
    .choices(POSITION_POLICIES)
    .default(fallback);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above 0 is expected.');
  return value;
}

import { InvalidArgumentError, type Command } from 'commander';
import type { ExtractOptions } from './extract.js';

/** Registers the commands that make what training reads. */
export function addDatasetCommands(program: Command): void {
  program
    .command('extract')
    .summary('features of many videos, one file each: what training reads')
    .description(
      'Runs the networks of the live path over videos and writes a feature file for each, <id>.safetensors: visual [T,1280],\n' +
        'audio [T,2048] and seconds [T] (float64). The id of a video is its file name without the ending, that of a film its\n' +
        'seed. What is there already, by the same networks and of the same media, is kept: run it again after an interrupt.\n' +
        'A video that cannot be read is reported and left out; the exit code is 1 then.',
    )
    .argument('[media...]', 'media files, folders of them, film:SEED')
    .requiredOption('-o, --out <folder>', 'folder of the feature files')
    .option('-p, --pack <name or folder>', 'model pack whose networks run')
    .option('--visual-extractor <file>', 'EfficientNet-B0 weights with timm names (.safetensors)')
    .option('--audio-extractor <file>', 'audio network: ONNX with 2048 outputs, or .safetensors')
    .option('--labels <file>', "only the videos that a CSV of EEV's form names")
    .option('--limit <seconds>', 'stop after this much media time of each video', positiveNumber)
    .option('--films <seed>', 'the films SEED-0, SEED-1, …, made on the way')
    .option('--count <number>', 'how many films', positiveInteger)
    .option('--first <number>', 'number of the first film', naturalNumber, 0)
    .option('--seconds <seconds>', 'length of each film', positiveNumber)
    .option('--workers <number>', 'threads that run the networks (default: one a core)', positiveInteger)
    .option('--overwrite', 'replace features by other networks', false)
    .option('--json', 'print the figures as JSON', false)
    .action(async (media: string[], options: ExtractOptions) => {
      const { runExtract } = await import('./extract.js');
      await runExtract(media, options);
    });
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above 0 is expected.');
  return value;
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 is expected.');
  return Number(text);
}

function naturalNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number from 0 is expected.');
  return Number(text);
}

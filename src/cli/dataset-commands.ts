import { InvalidArgumentError, type Command } from 'commander';
import { SEGMENT_RATE } from '../core/time-grid.js';
import type { ExtractOptions } from './extract.js';
import type { FilmsOptions } from './films.js';

/** Registers the commands that make what training reads. */
export function addDatasetCommands(program: Command): void {
  program
    .command('films')
    .summary('films of the built-in film maker, with what they are designed to evoke')
    .description(
      'Encodes the films SEED-0, SEED-1, … as MP4 (H.264 640x360 and AAC), and writes labels.csv in the form of EEV: the 15\n' +
        'designed curves at the end of each segment, zeros where a film is not annotated. The films are synthetic: pictures\n' +
        'and sounds made from the seed. Those that are there already are kept: run it again after an interrupt.',
    )
    .requiredOption('--seed <seed>', 'seed of the films; the same one gives the same films', seedText)
    .requiredOption('--count <number>', 'how many films', positiveInteger)
    .requiredOption('--seconds <seconds>', 'length of each film: a multiple of 1/6 s', segmentsLong)
    .requiredOption('-o, --out <folder>', 'folder of the films; all of them are of one length and rate')
    .option('--first <number>', 'number of the first film', naturalNumber, 0)
    .option(
      '--fps <number>',
      'frames per second; one of a multiple of 12 is in the middle of each segment',
      framesPerSecond,
      12,
    )
    .option(
      '--workers <number>',
      'films that are encoded at the same time (default: one a core)',
      positiveInteger,
    )
    .option('--labels-only', 'write labels.csv alone: extract --films needs no encoded films', false)
    .option('--json', 'print the figures as JSON', false)
    .action(async (options: FilmsOptions) => {
      const { runFilms } = await import('./films.js');
      await runFilms(options);
    });

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
    .option('--films <seed>', 'the films SEED-0, SEED-1, …, made on the way', seedText)
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

function seedText(text: string): string {
  if (!/^[^/\\\0.][^/\\\0]*$/.test(text)) {
    throw new InvalidArgumentError('A name without slashes is expected: it becomes a file name.');
  }
  return text;
}

function segmentsLong(text: string): number {
  const seconds = positiveNumber(text);
  const numSegments = Math.round(seconds * SEGMENT_RATE);
  if (numSegments > 0 && Math.abs(seconds * SEGMENT_RATE - numSegments) < 1e-3)
    return numSegments / SEGMENT_RATE;
  throw new InvalidArgumentError('A multiple of 1/6 s is expected, such as 60 or 0.5.');
}

function framesPerSecond(text: string): number {
  const fps = positiveInteger(text);
  if (fps < 12 || fps > 60) throw new InvalidArgumentError('A whole number from 12 to 60 is expected.');
  return fps;
}

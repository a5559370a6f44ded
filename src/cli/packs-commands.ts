import { type Command, InvalidArgumentError } from 'commander';
import type { ImportOptions } from './packs/import.js';
import type { PullOptions } from './packs/pull.js';

/** What every command of this group can print. */
export interface PrintOptions {
  readonly json: boolean;
}

/** Registers `evoked packs …`. */
export function addPacksCommands(program: Command): void {
  const packs = program
    .command('packs')
    .summary('model packs: list, show, verify, import, pull')
    .description(
      'Model packs: weights and what they were trained on. Packs of your own are kept in EVOKED_HOME, or where the\n' +
        'platform keeps the data of a user. A PACK is the name of one, or a folder.',
    );

  packs
    .command('list')
    .summary('packs that can be used by name')
    .option('--json', 'print JSON', false)
    .action(async (options: PrintOptions) => {
      const { runList } = await import('./packs/list.js');
      await runList(options);
    });

  packs
    .command('show')
    .summary('what a pack is')
    .argument('[pack]', 'name or folder (default: the pulled pack, else the bundled one)')
    .option('--json', 'print pack.json as it was read', false)
    .action(async (pack: string | undefined, options: PrintOptions) => {
      const { runShow } = await import('./packs/show.js');
      await runShow(pack, options);
    });

  packs
    .command('verify')
    .summary('checks every file of a pack and runs it once')
    .argument('[pack]', 'name or folder (default: the pulled pack, else the bundled one)')
    .option('--json', 'print JSON', false)
    .action(async (pack: string | undefined, options: PrintOptions) => {
      const { runVerifyPack } = await import('./packs/verify.js');
      await runVerifyPack(pack, options);
    });

  packs
    .command('import')
    .summary('makes a pack from weight files')
    .description(
      'Makes a pack from weight files and installs it under a name. A head is .safetensors (as evoked train writes it) or\n' +
        'a PyTorch (Lightning) checkpoint with the tensor names of the method’s authors; parts that are not given come\n' +
        'from --base.',
    )
    .requiredOption('--name <name>', 'name of the pack')
    .option('--base <pack>', 'pack to take the other parts from')
    .option('--extractors-of <pack>', 'pack to take the extractors from')
    .option('--visual-extractor <file>', 'EfficientNet-B0 weights with timm names')
    .option('--visual-head <file>', 'visual tower')
    .option('--audio-extractor <file>', 'ONNX audio network with 2048 outputs')
    .option('--audio-head <file>', 'audio tower')
    .option(
      '--scale <number>',
      'what the labels were multiplied by in training, where a head does not say (default: 10 for a .ckpt of the later published code, else 1)',
      positiveNumber,
    )
    .option(
      '--max-seconds <seconds>',
      'longest time that training saw (default: what a head of evoked train says, else 120)',
      positiveNumber,
    )
    .option(
      '--lambda <share>',
      'share of the visual scores (default: that of --base, else 0.8)',
      numberWithin(0, 1),
    )
    .option('--m-rho <number>', 'measured M_rho', numberWithin(-1, 1))
    .option('--measured-on <sentence>', 'what M_rho was measured on')
    .option('--card <file>', 'model card (Markdown) that goes into the pack')
    .option('--licence <text>', 'licence of the weights (default: that of --extractors-of or --base)')
    .option('--trained-on <sentence>', 'one honest sentence (default: what a head of evoked train says)')
    .option('--pack-version <version>', 'version of the pack', '1.0.0')
    .option('--replace', 'an installed pack of this name gives way', false)
    .option('--json', 'print JSON', false)
    .action(async (options: ImportOptions) => {
      const { runImport } = await import('./packs/import.js');
      await runImport(options);
    });

  packs
    .command('pull')
    .summary('fetches the published weights and makes a pack of them')
    .description(
      'Fetches the weights that the method’s authors, timm and Google published, and makes the pack "published" of them.\n' +
        'An interrupted download goes on where it was. What came is pinned: other files later are refused.',
    )
    .option('--mirror <url>', 'fetch everything from below this address instead (docs/model-packs.md)')
    .option('--audio-extractor <file>', 'TRILL-distilled converted to ONNX, to complete the pack')
    .option('--no-trill', 'leave out the audio network, which cannot be run without a conversion')
    .option(
      '--visual-checkpoint <name>',
      'which checkpoint of the archive (default: see docs/model-packs.md)',
    )
    .option('--audio-checkpoint <name>', 'which checkpoint of the archive')
    .option('--scale <number>', 'what the labels were multiplied by in training', positiveNumber)
    .option('--json', 'print JSON', false)
    .action(async (options: PullOptions) => {
      const { runPull } = await import('./packs/pull.js');
      await runPull(options);
    });
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above 0 is expected.');
  return value;
}

function numberWithin(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`A number from ${lowest} to ${highest} is expected.`);
  };
}

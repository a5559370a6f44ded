import { Argument, type Command } from 'commander';
import { BENCH_STAGES } from '../bench/stages.js';
import type { BenchOptions } from './bench.js';

/** Registers `evoked bench`. */
export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .summary("this machine's figures")
    .description(
      'Measures each stage on its own and the whole path, and prints medians. Stages: the default is all but `live`,\n' +
        'which needs --live URL (an RTSP camera, say), `soak`, whose films come and go, and `isolation`, which kills\n' +
        'and freezes the decode child of one film to see what others notice of it; these three run for --minutes.',
    )
    .addArgument(new Argument('[stages...]', 'which stages to measure').choices([...BENCH_STAGES]))
    .option('--live <url>', 'live source of the `live` stage')
    .option('--minutes <n>', 'how long `live`, `soak` and `isolation` measure', Number, 10)
    .option('--streams <n>', 'films of the `soak` stage', Number, 8)
    .option('--bystanders <n>', 'films of the `isolation` stage beside the one that is killed', Number, 2)
    .option('--json', 'print figures as JSON', false)
    .action(async (stages: string[], options: BenchOptions) => {
      const { runBench } = await import('./bench.js');
      await runBench(stages, options);
    });
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ServeOptions } from './serve.js';

/** Registers the commands that run the server. */
export function addServerCommands(program: Command): void {
  withServerFlags(
    program
      .command('demo')
      .summary('the server with the built-in film')
      .description(
        'Starts the server with the bundled pack and the built-in film, so that there is something to see.',
      ),
  )
    .option('--seed <seed>', 'seed of the film; those of training begin with train-, val- or test-', 'demo')
    .action(async ({ seed, ...options }: ServeOptions & { seed: string }) => {
      const { runServe } = await import('./serve.js');
      const { bundledPackFolder } = await import('../model/pack/pack-shelf.js');
      await runServe({
        logLevel: 'warn',
        pack: bundledPackFolder(),
        ...options,
        source: { demo: `film:${seed}`, ...options.source },
      });
    });

  withServerFlags(
    program
      .command('serve')
      .summary('the server')
      .description(
        'Runs streams and serves their scores: WebSocket and HTTP under /v1, the dashboard at /.\n' +
          'Settings: a flag beats an environment variable (EVOKED_PORT, ...) beats the settings file beats the default.',
      ),
  )
    .option('-c, --config <file>', 'settings file (default: evoked.yaml where there is one)')
    .action(async (options: ServeOptions) => {
      const { runServe } = await import('./serve.js');
      await runServe(options);
    });
}

function withServerFlags(command: Command): Command {
  return command
    .option(
      '--host <address>',
      'address to listen on; anything but loopback needs a token (default: 127.0.0.1)',
    )
    .option('--port <port>', 'TCP port, 0 takes a free one (default: 8787)', parseInteger)
    .option(
      '--rtmp-port <port>',
      'TCP port for encoders, which publish to rtmp://HOST:PORT/live/KEY (default: none)',
      parseInteger,
    )
    .option(
      '-p, --pack <name or folder>',
      'model pack (default of serve: the pulled one, else the bundled one; of demo: the bundled one)',
    )
    .option('-s, --source <id=url>', 'stream to run from the start; may be repeated', collectSource)
    .option(
      '--allow-address <address or range>',
      'requests may add sources there, such as 192.168.0.0/16 for cameras at home; may be repeated',
      (text: string, previous: readonly string[] = []) => [...previous, text],
    )
    .option('--files-folder <folder>', 'requests may add files below it (default: no files)')
    .option('--allow-devices', 'requests may add cameras, microphones and screens of this machine')
    .option('--token <token>', 'bearer token that requests must carry; better given as EVOKED_TOKEN')
    .addOption(
      new Option('--log-level <level>', 'how much to log (default: info)').choices([
        'trace',
        'debug',
        'info',
        'warn',
        'error',
        'silent',
      ]),
    );
}

function collectSource(text: string, previous: Record<string, string> | undefined): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 1)
    throw new InvalidArgumentError('ID=URL is expected, for example door=rtsp://192.0.2.7/live.');
  return { ...previous, [text.slice(0, separator)]: text.slice(separator + 1) };
}

function parseInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is expected.');
  return Number(text);
}

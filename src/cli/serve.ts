import { once } from 'node:events';
import { createScoringEngine, loadPack } from '../model/index.js';
import type { ScoringEngine } from '../model/scoring.js';
import { createServer, loadConfig, type EvokedServer } from '../server/index.js';

/** Flags of `evoked serve` and `evoked demo`. */
export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly rtmpPort?: number;
  readonly pack?: string;
  readonly source?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly logLevel?: string;
  readonly allowAddress?: readonly string[];
  readonly filesFolder?: string;
  readonly allowDevices?: boolean;
}

/**
 * `evoked serve` and `evoked demo`: runs until SIGINT or SIGTERM, then drains; a second signal ends at once.
 * @throws {EvokedError} of the settings, the pack or the address
 */
export async function runServe(options: ServeOptions): Promise<void> {
  const {
    config: file,
    source: sources,
    allowAddress,
    filesFolder,
    allowDevices,
    rtmpPort,
    ...flags
  } = options;
  const source = { allowAddresses: allowAddress, filesFolder, allowDevices };
  const config = await loadConfig({ file, flags: { ...flags, rtmp: { port: rtmpPort }, sources, source } });
  const pack = await loadPack(config.pack);
  const engine = await createScoringEngine(pack, config.inference);
  const server = await createServer(config, { engine });
  announce(server, engine);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  await server.close();
}

function announce({ address, rtmpAddress }: EvokedServer, { pack }: ScoringEngine): void {
  const lines = [
    `evoked is running: ${address}/ is the dashboard, ${address}/v1/streams the API`,
    ...(rtmpAddress === null ? [] : [`encoders publish to ${rtmpAddress}/KEY`]),
    `pack ${pack.name} ${pack.version}, trained on: ${pack.trainedOn}`,
    ...(pack.trained ? [] : ['UNTRAINED: the scores of this pack mean nothing']),
    'Ctrl-C ends it.',
  ];
  console.log(lines.join('\n'));
}

#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { EvokedError, toEvokedError } from '../core/errors.js';
import { readVersion } from './version.js';
import { addServerCommands } from './server-commands.js';
import { addFileCommands } from './file-commands.js';
import { addBenchCommand } from './bench-command.js';
import { addPacksCommands } from './packs-commands.js';
import { addEvaluationCommands } from './evaluation-commands.js';
import { addTrainingCommands } from './training-commands.js';
import { addDatasetCommands } from './dataset-commands.js';

const USAGE_EXIT_CODE = 2;

function createProgram(): Command {
  const program = new Command('evoked')
    .description('Live evoked-expression scores from audio and video: 15 scores, six times a second.')
    .version(readVersion(), '-V, --version')
    .showHelpAfterError('(add --help for the options)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addServerCommands(program);
  addFileCommands(program);
  addPacksCommands(program);
  addDatasetCommands(program);
  addTrainingCommands(program);
  addEvaluationCommands(program);
  addBenchCommand(program);
  return program;
}

function reportAndExitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  if (error instanceof InvalidArgumentError) return USAGE_EXIT_CODE;
  const coded = toEvokedError(error);
  console.error(`${coded.code}: ${coded.message}`);
  if (!(error instanceof EvokedError) && error instanceof Error) console.error(error.stack);
  return coded.code === 'ERR_USAGE' || coded.code === 'ERR_CONFIG_INVALID' ? USAGE_EXIT_CODE : 1;
}

// A reader such as `head` closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportAndExitCode(error);
}

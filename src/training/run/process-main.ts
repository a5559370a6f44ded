import { toEvokedError } from '../../core/errors.js';
import type { TrainingCommand, TrainingMessage } from './process-messages.js';
import { runTraining } from './training-run.js';

/**
 * The training process. Its parent handles interrupts and ends it at any moment; where the parent is gone it ends by itself,
 * before the next video and in any case before it writes again.
 */
function send(message: TrainingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, () => resolve());
    else resolve();
  });
}

async function run({ request }: TrainingCommand): Promise<void> {
  try {
    const result = await runTraining(request, (event) => void send({ type: 'event', event }));
    await send({ type: 'event', event: { type: 'done', result } });
  } catch (error) {
    const { code, message, cause } = toEvokedError(error);
    if (code === 'ERR_INTERNAL' && cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`);
    await send({ type: 'error', code, message });
  }
  process.off('disconnect', abandon);
  if (process.connected) process.disconnect();
}

function abandon(): never {
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.once('disconnect', abandon);
process.once('message', (command: TrainingCommand) => void run(command));

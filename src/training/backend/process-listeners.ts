const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs `load` and takes away the process-wide error listeners that it added: emscripten's start-up code adds some that
 * throw errors again, which hides where they came from.
 */
export async function withoutNewProcessListeners(load: () => Promise<void>): Promise<void> {
  const before = new Map(EVENTS.map((event) => [event, new Set(process.rawListeners(event))]));
  try {
    await load();
  } finally {
    for (const [event, known] of before) {
      for (const listener of process.rawListeners(event)) {
        if (!known.has(listener)) process.removeListener(event, listener as () => void);
      }
    }
  }
}

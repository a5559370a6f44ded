const IDLE = 0;
const BUSY = 1;
const SHUT = 2;

/** A batch takes a tenth of this on a slow machine, loading a pack about a third. */
const SHUT_TIMEOUT_MS = 5000;

/**
 * Keeps `process.exit` and a thread's native work apart: a thread that is stopped inside ONNX Runtime aborts the whole
 * process, whatever its exit code was to be. The thread enters before such work and leaves after it; the main thread shuts
 * the gate while it exits.
 */
export class ComputeGate {
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#state = new Int32Array(buffer);
  }

  /** In the thread, before native work. False from the moment that the process exits: begin nothing more. */
  enter(): boolean {
    return Atomics.compareExchange(this.#state, 0, IDLE, BUSY) === IDLE;
  }

  /** In the thread, after native work. */
  leave(): void {
    Atomics.compareExchange(this.#state, 0, BUSY, IDLE);
    Atomics.notify(this.#state, 0);
  }

  /** On the main thread: blocks until no work is under way (at most 5 s), and lets none begin. */
  shut(): void {
    while (Atomics.compareExchange(this.#state, 0, IDLE, SHUT) === BUSY) {
      if (Atomics.wait(this.#state, 0, BUSY, SHUT_TIMEOUT_MS) === 'timed-out') return;
    }
  }
}

const openGates = new Set<ComputeGate>();

/** Shuts the gate when the process exits. Returns a function that undoes it. */
export function shutOnExit(gate: ComputeGate): () => void {
  if (openGates.size === 0) process.on('exit', shutAll);
  openGates.add(gate);
  return () => {
    openGates.delete(gate);
    if (openGates.size === 0) process.off('exit', shutAll);
  };
}

function shutAll(): void {
  for (const gate of openGates) gate.shut();
}

import { interval, type SchedulerLike, type Subscription } from 'rxjs';

/** How often a child's memory is looked at: what decodes fast can fill a machine in seconds. */
export const MEMORY_LOOK_MS = 250;

const MEBIBYTE = 1024 * 1024;

/** What a memory guard watches. */
export interface MemoryGuardOptions {
  readonly limitMb: number;
  /** Resident memory in bytes; null where the system does not tell it. */
  readonly residentBytes: () => number | null;
  readonly scheduler: SchedulerLike;
  /** Called at every look that finds more. */
  readonly onExceeded: (residentMb: number) => void;
}

/** Looks at the memory of a child until it is closed. */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  readonly #looking: Subscription;
  /** What the child says of itself, for systems that do not tell it. */
  #toldBytes = 0;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#looking = interval(MEMORY_LOOK_MS, options.scheduler).subscribe(() => this.#look());
  }

  told(residentBytes: number): void {
    this.#toldBytes = residentBytes;
  }

  close(): void {
    this.#looking.unsubscribe();
  }

  #look(): void {
    const { limitMb, residentBytes, onExceeded } = this.#options;
    const residentMb = (residentBytes() ?? this.#toldBytes) / MEBIBYTE;
    if (residentMb > limitMb) onExceeded(Math.round(residentMb));
  }
}

import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { EvokedError } from '../core/errors.js';
import { writing } from '../model/pack/durable-files.js';

const pinSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  numBytes: z.number().int().positive(),
  /** Where it came from. */
  url: z.string(),
  /** Whether the host stated the digest, or it was only taken of what came. */
  isDigestStated: z.boolean(),
});
const lockSchema = z.strictObject({ version: z.literal(1), files: z.record(z.string(), pinSchema) });

/** What came the first time. */
export type Pin = z.output<typeof pinSchema>;

/** The lock file: what was fetched first, by the file's id. What comes later must be the same. */
export class PullLock {
  readonly path: string;
  readonly #pins: Map<string, Pin>;

  private constructor(path: string, pins: Map<string, Pin>) {
    this.path = path;
    this.#pins = pins;
  }

  /**
   * @param path of the lock file; need not exist
   * @throws {EvokedError} ERR_PULL_PINNED where it cannot be understood: nothing would hold what comes
   */
  static async read(path: string): Promise<PullLock> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
        return new PullLock(path, new Map());
      }
      throw unreadable(path, cause);
    }
    try {
      return new PullLock(path, new Map(Object.entries(lockSchema.parse(JSON.parse(text)).files)));
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  pin(id: string): Pin | undefined {
    return this.#pins.get(id);
  }

  /**
   * Pins a file, or holds it against its pin.
   * @throws {EvokedError} ERR_PULL_PINNED where another file came before; ERR_FILE_WRITE
   */
  async hold(id: string, pin: Pin): Promise<void> {
    const known = this.#pins.get(id);
    if (known !== undefined) {
      if (known.sha256 === pin.sha256) return;
      throw new EvokedError('ERR_PULL_PINNED', {
        what: `another ${id} file came than the one that ${this.path} pins`,
        got: `sha256 ${pin.sha256}`,
        expected: known.sha256,
      });
    }
    const files = Object.fromEntries([...this.#pins, [id, pin]]);
    const fresh = `${this.path}.new`;
    const text = `${JSON.stringify({ version: 1, files }, null, 2)}\n`;
    await writing(fresh, writeFile(fresh, text, { flush: true }));
    await writing(this.path, rename(fresh, this.path));
    this.#pins.set(id, pin);
  }
}

function unreadable(path: string, cause: unknown): EvokedError {
  const expected = 'what an earlier pull wrote; delete it to trust what comes next';
  return new EvokedError('ERR_PULL_PINNED', { what: `${path} cannot be read`, expected, cause });
}

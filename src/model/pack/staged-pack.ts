import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemClock } from '../../core/clock.js';
import { EvokedError } from '../../core/errors.js';
import type { TensorMap } from '../weights/tensor.js';
import { writeSafetensors } from '../weights/safetensors-writer.js';
import { fileSha256, systemErrorCode, syncFile, syncFolder, writing } from './durable-files.js';
import { loadPack, type ModelPack } from './load-pack.js';
import type { NamedFile, PackManifestInput } from './manifest.js';
import { CARD_NAME, MANIFEST_NAME, replacedFolder } from './pack-shelf.js';
import { requireWorkingPack } from './verify-pack.js';

const WEIGHTS_FOLDER = 'weights';
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * A pack that is being made, in a hidden folder beside the place where it will lie. Whatever interrupts it, there is either
 * no pack of this name, or the one from before, or the whole new one.
 */
export class StagedPack {
  readonly #shelf: string;
  readonly #name: string;
  readonly #folder: string;

  private constructor(shelf: string, name: string, folder: string) {
    this.#shelf = shelf;
    this.#name = name;
    this.#folder = folder;
  }

  /**
   * @param shelf folder of packs; made where it is not there
   * @throws {EvokedError} ERR_FILE_WRITE
   */
  static async create(shelf: string, name: string): Promise<StagedPack> {
    const make = async (): Promise<string> => {
      await mkdir(shelf, { recursive: true });
      await removeAbandoned(shelf, name);
      const folder = await mkdtemp(join(shelf, `.${name}.new-`));
      await mkdir(join(folder, WEIGHTS_FOLDER));
      return folder;
    };
    return new StagedPack(shelf, name, await writing(shelf, make()));
  }

  /**
   * Adds tensors as a safetensors file.
   * @throws {EvokedError} ERR_FILE_WRITE
   */
  async addTensors(name: string, tensors: TensorMap): Promise<NamedFile> {
    const path = this.#path(name);
    await writeSafetensors(path, tensors);
    return this.#packed(path);
  }

  /**
   * Adds a copy of a file.
   * @throws {EvokedError} ERR_FILE_WRITE
   */
  async addCopy(name: string, source: string): Promise<NamedFile> {
    const path = this.#path(name);
    await writing(path, copyFile(source, path));
    return this.#packed(path);
  }

  /**
   * Adds a model card.
   * @param source Markdown
   * @throws {EvokedError} ERR_USAGE where it cannot be read; ERR_FILE_WRITE
   */
  async addCard(source: string): Promise<void> {
    const text = await readFile(source, 'utf8').catch((cause: unknown) => {
      const got = systemErrorCode(cause);
      throw new EvokedError('ERR_USAGE', { what: `model card ${source} cannot be read`, got, cause });
    });
    const path = join(this.#folder, CARD_NAME);
    await writing(path, writeFile(path, text, { flush: true }));
  }

  /**
   * Tries the pack out, then puts it in its place.
   * @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS where it does not work; ERR_FILE_WRITE
   */
  async install(manifest: PackManifestInput, { replace }: { readonly replace: boolean }): Promise<ModelPack> {
    const path = join(this.#folder, MANIFEST_NAME);
    await writing(path, writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true }));
    await writing(
      path,
      syncFolder(join(this.#folder, WEIGHTS_FOLDER)).then(() => syncFolder(this.#folder)),
    );
    await requireWorkingPack(await loadPack(this.#folder));
    const target = join(this.#shelf, this.#name);
    await writing(target, this.#takePlace(target, replace));
    return loadPack(target);
  }

  /** Throws away what is not installed. May follow `install`, and be called twice. */
  async discard(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, WEIGHTS_FOLDER, basename(name));
  }

  async #packed(path: string): Promise<NamedFile> {
    await writing(path, syncFile(path));
    return { file: `${WEIGHTS_FOLDER}/${basename(path)}`, sha256: await fileSha256(path) };
  }

  async #takePlace(target: string, replace: boolean): Promise<void> {
    const replaced = replacedFolder(this.#shelf, this.#name);
    if (await exists(target)) {
      if (!replace) {
        const expected = 'another --name, or --replace';
        throw new EvokedError('ERR_USAGE', {
          what: `pack ${this.#name} exists already`,
          got: target,
          expected,
        });
      }
      // While both are there the first one counts, and while neither of them is whole the second one does.
      await rm(replaced, { recursive: true, force: true });
      await rename(target, replaced);
    }
    await rename(this.#folder, target);
    await syncFolder(this.#shelf);
    await rm(replaced, { recursive: true, force: true });
  }
}

/** What a killed run left. A run that is at work has written something within the hour. */
async function removeAbandoned(shelf: string, name: string): Promise<void> {
  for (const entry of await readdir(shelf)) {
    if (!entry.startsWith(`.${name}.new-`)) continue;
    const path = join(shelf, entry);
    const age = systemClock.nowMs() - (await stat(path)).mtimeMs;
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

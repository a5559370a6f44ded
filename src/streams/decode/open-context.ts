import type { FormatContext, InputFormat } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { acceptedMedia, probingDecoders } from './accepted-media.js';
import type { InputSettings, InputTarget } from './input-target.js';
import type { NodeAv } from './load-node-av.js';
import { pictureTooLarge } from './picture-limit.js';
import { refusedFormat } from './refused-format.js';
import { sourceError, sourceTimeout, TRANSPORT_REFUSED } from './source-error.js';
import { unreadableFile } from './unreadable-file.js';

/** What is not there may be at another address. */
const NOT_THERE: ReadonlySet<string> = new Set(['ERR_SOURCE_UNREACHABLE', 'ERR_SOURCE_TIMEOUT']);

/** What the file itself tells more of than FFmpeg's code. */
const OF_THE_FILE: ReadonlySet<string> = new Set(['ERR_SOURCE_UNREACHABLE', 'ERR_SOURCE_NOT_MEDIA']);

/**
 * Connects to a source and reads enough of it to know its tracks; tries the target's other addresses and alternatives where
 * one may help.
 * @returns the open source; the caller closes it
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE, _AUTH, _TIMEOUT, _NOT_MEDIA, _TOO_LARGE, _DEVICE or _URL
 */
export async function openContext(av: NodeAv, spec: SourceSpec, target: InputTarget): Promise<FormatContext> {
  const format = target.format === null ? null : av.InputFormat.findInputFormat(target.format);
  if (target.format !== null && format === null) {
    throw new EvokedError('ERR_SOURCE_DEVICE', {
      what: `This build of FFmpeg has no "${target.format}" input (${spec.display})`,
    });
  }
  const failures: EvokedError[] = [];
  for (const address of [target.address, ...(target.otherAddresses ?? [])]) {
    const outcome = await openAt(new OpenAttempt(av, spec, address, format), target);
    if (!(outcome instanceof EvokedError)) return outcome;
    failures.push(outcome);
    if (!NOT_THERE.has(outcome.code)) break;
  }
  throw failures.at(-1)!;
}

async function openAt(attempt: OpenAttempt, target: InputTarget): Promise<FormatContext | EvokedError> {
  const alternatives = target.alternatives ?? [];
  const failures: EvokedError[] = [];
  for (const [i, settings] of [target.settings, ...alternatives].entries()) {
    const isLast = i === alternatives.length;
    const outcome = await attempt.run(settings, isLast ? null : (target.patienceMs ?? null));
    if (!('error' in outcome)) return outcome;
    failures.push(outcome.error);
    if (!outcome.mayBeMended) break;
  }
  // That nothing came says more than that another way was refused.
  return failures.find(({ code }) => code === 'ERR_SOURCE_TIMEOUT') ?? failures[0]!;
}

/**
 * How much may be read to find out the codec of a track that turns up later: its first packet. FFmpeg hands out no packet
 * of any track meanwhile, and damage to MPEG-TS makes up tracks of which no second packet comes.
 */
const LATER_PROBE_BYTES = '32';

interface Failure {
  readonly error: EvokedError;
  /** Whether other settings are worth trying. */
  readonly mayBeMended: boolean;
}

class OpenAttempt {
  readonly #av: NodeAv;
  readonly #spec: SourceSpec;
  readonly #address: string;
  readonly #format: InputFormat | null;

  constructor(av: NodeAv, spec: SourceSpec, address: string, format: InputFormat | null) {
    this.#av = av;
    this.#spec = spec;
    this.#address = address;
    this.#format = format;
  }

  /** @param patienceMs how long no media may come once the source is connected, null for as long as the settings say */
  async run(settings: InputSettings, patienceMs: number | null): Promise<FormatContext | Failure> {
    const av = this.#av;
    const context = new av.FormatContext();
    const opened = await context.openInput(
      this.#address,
      this.#format,
      av.Dictionary.fromObject({ ...settings, ...acceptedMedia(this.#spec.kind) }),
    );
    if (opened < 0) return await this.#failure(opened);
    if (patienceMs !== null) context.setOption('timeout', String(patienceMs * 1000));
    // Probing may decode: what the container states is looked at before it, what the pictures state after it.
    context.setOption('codec_whitelist', probingDecoders(context.iformat?.name ?? ''));
    const stated = pictureTooLarge(context, this.#spec);
    const probed = stated === null ? await context.findStreamInfo() : 0;
    const tooLarge = stated ?? pictureTooLarge(context, this.#spec);
    if (tooLarge !== null) {
      await context.closeInput();
      return { error: tooLarge, mayBeMended: false };
    }
    const isSilent = patienceMs !== null && !this.#hasMedia(context);
    if (probed >= 0 && !isSilent) {
      if (this.#spec.live) context.setOption('probesize', LATER_PROBE_BYTES);
      if (patienceMs !== null) context.setOption('timeout', settings['timeout']);
      return context;
    }
    await context.closeInput();
    if (!isSilent) return { error: await this.#errorOf(probed), mayBeMended: false };
    return { error: sourceTimeout(this.#spec, 'open', patienceMs), mayBeMended: true };
  }

  async #failure(code: number): Promise<Failure> {
    const av = this.#av;
    const refused = code === av.AVERROR_EINVAL ? await refusedFormat(av, this.#spec) : null;
    const isRefusal =
      TRANSPORT_REFUSED === av.FFmpegError.strerror(code) ||
      code === av.AVERROR_HTTP_OTHER_4XX ||
      code === av.AVERROR_INVALIDDATA;
    return {
      error: refused ?? (await this.#errorOf(code)),
      mayBeMended: this.#spec.device || isRefusal,
    };
  }

  async #errorOf(code: number): Promise<EvokedError> {
    const error = sourceError(this.#av, code, this.#spec, 'open');
    if (this.#spec.kind !== 'file' || !OF_THE_FILE.has(error.code)) return error;
    return unreadableFile(this.#spec, this.#av.FFmpegError.strerror(code));
  }

  #hasMedia({ streams }: FormatContext): boolean {
    const noTime = BigInt(this.#av.AV_NOPTS_VALUE);
    return streams.some(({ startTime }) => startTime !== noTime);
  }
}

import type { PacketsDecoded, SourceTracks } from '../../core/media.js';
import type { SessionEvent, StreamInfo } from '../../core/protocol.js';
import { DecodedShare } from './decoded-share.js';
import { StreamTally } from './stream-tally.js';

/** The part of `StreamInfo` that counts, and that says what the source brings. */
export type Figures = Pick<
  StreamInfo,
  'epoch' | 'nextSeq' | 'hasVideo' | 'hasAudio' | 'numScores' | 'numDropped' | 'decodedShare' | 'latencyMs'
>;

/** What is known of a stream in figures: of all it told, and of its source as it is open now. */
export class StreamFigures {
  readonly #tally = new StreamTally();
  readonly #decoded: DecodedShare;
  #tracks: SourceTracks | null = null;

  /** @param nowMs a clock that nobody sets */
  constructor(nowMs: () => number) {
    this.#decoded = new DecodedShare(nowMs);
  }

  get all(): Figures {
    const { epoch, nextSeq, numScores, numDropped, latencyMs } = this.#tally;
    return {
      epoch,
      nextSeq,
      hasVideo: this.#tracks && this.#tracks.video !== null,
      hasAudio: this.#tracks && this.#tracks.audio !== null,
      numScores,
      numDropped,
      decodedShare: { visual: this.#decoded.of('visual'), audio: this.#decoded.of('audio') },
      latencyMs,
    };
  }

  /** Where the stream is: in `epoch`, -1 before the first, with `nextSeq` to come. */
  get place(): { readonly epoch: number; readonly nextSeq: number } {
    const { epoch, nextSeq } = this.#tally;
    return { epoch, nextSeq };
  }

  told(event: SessionEvent): void {
    this.#tally.add(event);
  }

  /** The source is being opened: what it brings is not known yet. */
  opening(): void {
    this.#tracks = null;
  }

  opened(tracks: SourceTracks): void {
    this.#tracks = tracks;
    this.#decoded.reset();
  }

  decoded(report: PacketsDecoded): void {
    this.#decoded.add(report);
  }
}

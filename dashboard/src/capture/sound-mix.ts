/**
 * One audio track that goes on while the microphones behind it come and go: a recorder cannot change its tracks. Silence where
 * there is none.
 */
export class SoundMix {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  readonly #output = this.#context.createMediaStreamDestination();
  readonly #inputs = new Map<MediaStreamTrack, MediaStreamAudioSourceNode>();

  constructor() {
    // A browser may start it suspended where the page was not pressed on yet.
    void this.#context.resume();
  }

  get track(): MediaStreamTrack {
    const [track] = this.#output.stream.getAudioTracks();
    if (track === undefined) throw new TypeError('an audio destination has no track');
    return track;
  }

  /** Mixes exactly these. */
  set(tracks: readonly MediaStreamTrack[]): void {
    for (const [track, node] of this.#inputs) {
      if (tracks.includes(track)) continue;
      node.disconnect();
      this.#inputs.delete(track);
    }
    for (const track of tracks) {
      if (this.#inputs.has(track)) continue;
      const node = this.#context.createMediaStreamSource(new MediaStream([track]));
      node.connect(this.#output);
      this.#inputs.set(track, node);
    }
  }

  close(): void {
    this.set([]);
    void this.#context.close();
  }
}

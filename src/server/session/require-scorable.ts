import { tap } from 'rxjs';
import type { Modality } from '../../core/media.js';
import type { MediaInput } from '../../streams/media-input.js';
import { checkScorable } from '../scorable.js';

/** The same input, which fails with ERR_SOURCE_NO_TRACKS where no track of it is of these modalities. */
export function requireScorable(input: MediaInput, modalities: readonly Modality[]): MediaInput {
  return {
    media$: input.media$.pipe(
      tap((event) => {
        if (event.type === 'tracks') checkScorable(event.tracks, modalities);
      }),
    ),
    setPreview: (on) => input.setPreview(on),
    pause: () => input.pause(),
    resume: () => input.resume(),
  };
}

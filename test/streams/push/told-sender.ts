import type { EvokedError } from '../../../src/core/errors.js';
import type { PushForm, PushSenderEvents } from '../../../src/streams/push/pushed-media.js';

export const WEBM: PushForm = { type: 'container', container: 'webm' };

/** Keeps what a sender is told: `drain`, `progress`, `over` or `over CODE`. */
export class ToldSender implements PushSenderEvents {
  readonly told: string[] = [];

  drain(): void {
    this.told.push('drain');
  }

  progress(): void {
    this.told.push('progress');
  }

  over(error: Error | null): void {
    this.told.push(error === null ? 'over' : `over ${(error as EvokedError).code}`);
  }
}

import { VirtualTimeScheduler } from 'rxjs';

/** Time that passes when the test says so. */
export class VirtualTime extends VirtualTimeScheduler {
  pass(ms: number): void {
    this.maxFrames = this.frame + ms;
    this.schedule(() => undefined, ms);
    this.flush();
  }
}

import { Observable } from 'rxjs';
import { StandingWishes } from './standing-wishes.js';
import type { SupervisedInput } from './supervised-input.js';
import { SupervisedOutput } from './supervised-output.js';

/**
 * A source, supervised in some way.
 * @param start begins with a subscription: whatever inputs it opens, their media goes to `output`, and `wishes` hold for each of
 *   them; returns a function that ends it
 */
export function superviseBy(
  start: (output: SupervisedOutput, wishes: StandingWishes) => () => void,
): SupervisedInput {
  const wishes = new StandingWishes();
  return {
    events$: new Observable((subscriber) => start(new SupervisedOutput(subscriber), wishes)),
    setPreview: (on) => wishes.setPreview(on),
    pause: () => wishes.pause(),
    resume: () => wishes.resume(),
  };
}

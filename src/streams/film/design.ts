import type { Label } from '../../core/labels.js';
import type { AudioDrive, VisualDrive } from './drives.js';

/** How one expression of the film's imagined viewer answers to what is seen and heard. */
export interface Answer {
  readonly label: Label;
  /** Weights of what is seen, in standard deviations of the drive. */
  readonly seen: Readonly<Partial<Record<VisualDrive, number>>>;
  /** Weights of what is heard, likewise. */
  readonly heard: Readonly<Partial<Record<AudioDrive, number>>>;
  /** A sight and a sound that count for more together than apart, and how much. */
  readonly together?: { readonly seen: VisualDrive; readonly heard: AudioDrive; readonly weight: number };
  /** Reaction time in seconds: nothing of the last moments counts. */
  readonly delaySeconds: number;
  /** Time in seconds after which an impression has faded to a third. */
  readonly fadeSeconds: number;
  /** What the first minute of a film does to it: below 0 it tires, above 0 it builds up. */
  readonly arc: number;
}

/**
 * The design: 15 answers, each of them to pictures and to sound. Made up so that the parts of the method have something to
 * show; it claims nothing about people.
 */
export const DESIGN: readonly Answer[] = [
  {
    label: 'amusement',
    seen: { smile: 0.9, motion: 0.5 },
    heard: { major: 0.7, beat: 0.6 },
    together: { seen: 'face', heard: 'burst', weight: 0.4 },
    delaySeconds: 0.5,
    fadeSeconds: 2,
    arc: -0.8,
  },
  {
    label: 'anger',
    seen: { frown: 0.9, motion: 0.4, warm: 0.3 },
    heard: { noise: 0.8, loud: 0.5 },
    delaySeconds: 0.7,
    fadeSeconds: 3,
    arc: 0.7,
  },
  {
    label: 'awe',
    seen: { wide: 0.9, closeUp: -0.4, dark: -0.4 },
    heard: { major: 0.5, pitch: 0.5, loud: 0.4 },
    delaySeconds: 1.2,
    fadeSeconds: 4,
    arc: -0.7,
  },
  {
    label: 'concentration',
    seen: { text: 1, motion: -0.4 },
    heard: { silence: 0.7, loud: -0.5 },
    delaySeconds: 1,
    fadeSeconds: 3,
    arc: -0.9,
  },
  {
    label: 'confusion',
    seen: { cut: 0.7, text: 0.5, closeUp: 0.4 },
    heard: { burst: 0.7, noise: 0.5 },
    together: { seen: 'text', heard: 'noise', weight: 0.4 },
    delaySeconds: 0.8,
    fadeSeconds: 3,
    arc: 0.8,
  },
  {
    label: 'contempt',
    seen: { frown: 0.8, warm: -0.5 },
    heard: { voice: 0.8, loud: -0.3 },
    delaySeconds: 1,
    fadeSeconds: 3,
    arc: 0.7,
  },
  {
    label: 'contentment',
    seen: { warm: 0.7, motion: -0.6, dark: -0.3 },
    heard: { major: 0.8, noise: -0.4 },
    delaySeconds: 1.5,
    fadeSeconds: 4,
    arc: -0.6,
  },
  {
    label: 'disappointment',
    seen: { dark: 0.7, smile: -0.6 },
    heard: { minor: 0.7, silence: 0.4 },
    delaySeconds: 1.5,
    fadeSeconds: 4,
    arc: 0.9,
  },
  {
    label: 'doubt',
    seen: { text: 0.5, closeUp: 0.5, warm: -0.4 },
    heard: { minor: 0.5, voice: 0.6 },
    delaySeconds: 1,
    fadeSeconds: 4,
    arc: 0.6,
  },
  {
    label: 'elation',
    seen: { smile: 0.6, warm: 0.5, motion: 0.6 },
    heard: { beat: 0.8, major: 0.4 },
    delaySeconds: 0.6,
    fadeSeconds: 2.5,
    arc: -0.8,
  },
  {
    label: 'interest',
    seen: { face: 0.6, cut: 0.5, closeUp: 0.5 },
    heard: { voice: 0.8, silence: -0.4 },
    together: { seen: 'face', heard: 'voice', weight: 0.4 },
    delaySeconds: 0.4,
    fadeSeconds: 3,
    arc: -1,
  },
  {
    label: 'pain',
    seen: { dark: 0.7, closeUp: 0.6 },
    heard: { burst: 0.8, noise: 0.5 },
    delaySeconds: 0.5,
    fadeSeconds: 2,
    arc: 0.6,
  },
  {
    label: 'sadness',
    seen: { dark: 0.9, motion: -0.5 },
    heard: { minor: 0.8, beat: -0.4 },
    delaySeconds: 2,
    fadeSeconds: 5,
    arc: 0.8,
  },
  {
    label: 'surprise',
    seen: { cut: 1, motion: 0.3 },
    heard: { burst: 0.9, loud: 0.3 },
    delaySeconds: 0.3,
    fadeSeconds: 1.2,
    arc: -0.7,
  },
  {
    label: 'triumph',
    seen: { crowd: 0.9, warm: 0.4 },
    heard: { loud: 0.6, beat: 0.5, pitch: 0.3 },
    together: { seen: 'crowd', heard: 'major', weight: 0.4 },
    delaySeconds: 0.8,
    fadeSeconds: 3,
    arc: 0.6,
  },
];

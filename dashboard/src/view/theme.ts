import { NUM_COLORS } from '../data/label-picks.js';
import { byId } from './page.js';

type Choice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'evoked.theme';
const NEXT: Record<Choice, Choice> = { system: 'light', light: 'dark', dark: 'system' };
const NAMES: Record<Choice, string> = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };

/** Resolved colours for canvases, which know no custom properties. */
export interface ChartColors {
  readonly traces: readonly string[];
  readonly quiet: string;
  readonly context: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly ink: string;
  readonly inkFaint: string;
  readonly surface: string;
  readonly hatch: string;
  readonly hatchWash: string;
  readonly accent: string;
  readonly designed: string;
  readonly designedWash: string;
}

/** Light, dark, or what the system says: `prefers-color-scheme` plus a button that remembers. */
export class Theme {
  colors: ChartColors = readColors();
  #onChange: () => void = () => undefined;
  #choice = storedChoice();

  constructor() {
    const button = byId('theme-button', HTMLButtonElement);
    button.addEventListener('click', () => {
      this.#choice = NEXT[this.#choice];
      localStorage.setItem(STORAGE_KEY, this.#choice);
      this.#apply(button);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply(button));
    this.#apply(button);
  }

  /** Calls `listener` after every later change of colours. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  #apply(button: HTMLButtonElement): void {
    if (this.#choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#choice;
    button.textContent = NAMES[this.#choice];
    this.colors = readColors();
    this.#onChange();
  }
}

function storedChoice(): Choice {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function readColors(): ChartColors {
  // A custom property reads back as light-dark(…); only a real property reads back as a colour.
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors: ChartColors = {
    traces: Array.from({ length: NUM_COLORS }, (_, index) => read(`trace-${index}`)),
    quiet: read('trace-quiet'),
    context: read('trace-context'),
    line: read('line'),
    lineStrong: read('line-strong'),
    ink: read('ink'),
    inkFaint: read('ink-faint'),
    surface: read('surface'),
    hatch: read('hatch'),
    hatchWash: read('hatch-wash'),
    accent: read('accent'),
    designed: read('designed'),
    designedWash: read('designed-wash'),
  };
  probe.remove();
  return colors;
}

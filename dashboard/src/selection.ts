const PREFIX = '#/streams/';

/** The selected stream lives in the address, so that a link or a reload shows the same one. */
export class Selection {
  readonly #onChange: (id: string | null) => void;

  constructor(onChange: (id: string | null) => void) {
    this.#onChange = onChange;
    addEventListener('hashchange', () => this.#onChange(this.id));
  }

  get id(): string | null {
    if (!location.hash.startsWith(PREFIX)) return null;
    try {
      return decodeURIComponent(location.hash.slice(PREFIX.length)) || null;
    } catch {
      return null;
    }
  }

  select(id: string | null): void {
    if (id === this.id) return;
    if (id === null) history.pushState(null, '', location.pathname + location.search);
    else history.pushState(null, '', PREFIX + encodeURIComponent(id));
    this.#onChange(id);
  }

  /** Selects without a step in the browser's history: nobody chose. */
  selectQuietly(id: string): void {
    history.replaceState(null, '', PREFIX + encodeURIComponent(id));
    this.#onChange(id);
  }
}

import type { StreamInfo } from '../../../src/core/protocol.js';
import { byId, create, setText } from './page.js';
import { stateBadge } from './state-badge.js';

interface Row {
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly badge: HTMLSpanElement;
  readonly detail: HTMLSpanElement;
}

/** The streams at the left. Rows are kept across updates, so that focus and reading position survive. */
export class StreamList {
  readonly #list = byId('stream-list', HTMLUListElement);
  readonly #count = byId('stream-count', HTMLSpanElement);
  readonly #empty = byId('streams-empty', HTMLParagraphElement);
  readonly #rows = new Map<string, Row>();
  readonly #onSelect: (id: string) => void;

  constructor(onSelect: (id: string) => void) {
    this.#onSelect = onSelect;
  }

  render(streams: readonly StreamInfo[], selectedId: string | null): void {
    setText(this.#count, streams.length === 0 ? '' : String(streams.length));
    this.#empty.hidden = streams.length > 0;
    const ids = new Set(streams.map((stream) => stream.id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.item.remove();
      this.#rows.delete(id);
    }
    streams.forEach((stream, index) => {
      const row = this.#rows.get(stream.id) ?? this.#addRow(stream.id);
      if (this.#list.children[index] !== row.item) {
        this.#list.insertBefore(row.item, this.#list.children[index] ?? null);
      }
      this.#renderRow(row, stream, stream.id === selectedId);
    });
  }

  #addRow(id: string): Row {
    const badge = create('span');
    const detail = create('span', { class: 'stream-item-detail' });
    const button = create('button', {
      class: 'stream-item',
      attributes: { type: 'button' },
      children: [create('span', { class: 'stream-item-name', text: id }), badge, detail],
    });
    button.addEventListener('click', () => this.#onSelect(id));
    const row = { item: create('li', { children: [button] }), button, badge, detail };
    this.#rows.set(id, row);
    return row;
  }

  #renderRow(row: Row, stream: StreamInfo, selected: boolean): void {
    if (selected) row.button.setAttribute('aria-current', 'true');
    else row.button.removeAttribute('aria-current');
    if (row.badge.dataset.state !== stream.state) {
      row.badge.dataset.state = stream.state;
      row.badge.replaceChildren(stateBadge(stream.state));
    }
    const latency = stream.latencyMs === null ? '' : `${Math.round(stream.latencyMs)} ms`;
    const facts = [stream.detail, stream.detail === '' ? (stream.url ?? 'pushed stream') : '', latency];
    setText(row.detail, facts.filter((fact) => fact !== '').join(' · '));
  }
}

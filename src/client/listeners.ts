/** Who is told what, by the type of the event. */
export class Listeners<EventMap> {
  readonly #byType = new Map<string, Set<(event: never) => void>>();

  /** @returns a function that takes the listener off again */
  add<K extends keyof EventMap & string>(type: K, listener: (event: EventMap[K]) => void): () => void {
    const listeners = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tell(event: EventMap[keyof EventMap] & { readonly type: string }): void {
    for (const listener of [...(this.#byType.get(event.type) ?? [])]) listener(event as never);
  }
}

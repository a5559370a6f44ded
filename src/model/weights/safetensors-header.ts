import { EvokedError } from '../../core/errors.js';

/** One tensor as a safetensors header describes it. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and one past the last, from the start of the data. */
  readonly offsets: readonly [begin: number, end: number];
}

/** What a safetensors header holds. */
export interface SafetensorsHeader {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

const METADATA_KEY = '__metadata__';
/** Legal JSON, but a trap for readers that build objects from keys. */
const FORBIDDEN_KEY = '__proto__';
const ENTRY_KEYS = new Set(['dtype', 'shape', 'data_offsets']);
const INTEGER_TOKEN = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
const MAX_RANK = 32;
/** Of one object: an entry takes far more memory than the few characters that a header can spell it with. */
const MAX_MEMBERS = 65_536;

/**
 * Reads the JSON of a safetensors header: exactly its grammar and nothing else of JSON. Unlike `JSON.parse` it
 * refuses a key that is given twice, so that two readers cannot see two different files.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function parseSafetensorsHeader(json: string): SafetensorsHeader {
  return new HeaderParser(json).parse();
}

class HeaderParser {
  readonly #json: string;
  #position = 0;

  constructor(json: string) {
    this.#json = json;
  }

  parse(): SafetensorsHeader {
    const entries: HeaderEntry[] = [];
    let metadata: ReadonlyMap<string, string> = new Map();
    this.#object((name) => {
      if (name === METADATA_KEY) metadata = this.#metadata();
      else entries.push(this.#entry(name));
    });
    this.#skipSpace();
    if (this.#position !== this.#json.length) this.#fail('the end of the header');
    return { entries, metadata };
  }

  #metadata(): ReadonlyMap<string, string> {
    const metadata = new Map<string, string>();
    this.#object((key) => metadata.set(key, this.#string()));
    return metadata;
  }

  #entry(name: string): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((key) => {
      if (key === 'dtype') dtype = this.#string();
      else if (key === 'shape') shape = this.#integers(MAX_RANK);
      else if (key === 'data_offsets') offsets = this.#integers(2);
      else this.#fail(`one of ${[...ENTRY_KEYS].join(', ')}`);
    });
    const [begin, end] = offsets ?? [];
    if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
      return this.#fail(`dtype, shape and two data_offsets for "${name}"`);
    }
    return { name, dtype, shape, offsets: [begin, end] };
  }

  #object(onMember: (key: string) => void): void {
    const seen = new Set<string>();
    this.#expect('{');
    if (this.#accept('}')) return;
    do {
      const key = this.#string();
      if (seen.has(key)) this.#fail(`each key once, not "${key}" twice`);
      if (key === FORBIDDEN_KEY) this.#fail(`another key than "${key}"`);
      if (seen.size === MAX_MEMBERS) this.#fail(`at most ${MAX_MEMBERS} members`);
      seen.add(key);
      this.#expect(':');
      onMember(key);
    } while (this.#accept(','));
    this.#expect('}');
  }

  #integers(maxLength: number): number[] {
    const values: number[] = [];
    this.#expect('[');
    if (this.#accept(']')) return values;
    do {
      const value = Number(this.#token(INTEGER_TOKEN, 'a whole number'));
      if (values.length === maxLength || !Number.isSafeInteger(value)) {
        this.#fail(`at most ${maxLength} whole numbers below 2^53`);
      }
      values.push(value);
    } while (this.#accept(','));
    this.#expect(']');
    return values;
  }

  #string(): string {
    this.#skipSpace();
    const start = this.#position;
    if (this.#json[start] !== '"') this.#fail('a string');
    let end = start + 1;
    while (end < this.#json.length && this.#json[end] !== '"') end += this.#json[end] === '\\' ? 2 : 1;
    const token = this.#json.slice(start, end + 1);
    this.#position += token.length;
    try {
      return JSON.parse(token) as string;
    } catch {
      return this.#fail('a valid JSON string');
    }
  }

  #token(pattern: RegExp, expected: string): string {
    this.#skipSpace();
    pattern.lastIndex = this.#position;
    const token = pattern.exec(this.#json)?.[0] ?? this.#fail(expected);
    this.#position += token.length;
    return token;
  }

  #accept(symbol: string): boolean {
    this.#skipSpace();
    if (this.#json[this.#position] !== symbol) return false;
    this.#position++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.#fail(`"${symbol}"`);
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#json[this.#position] ?? '.')) this.#position++;
  }

  #fail(expected: string): never {
    const got = JSON.stringify(this.#json.slice(this.#position, this.#position + 20));
    const what = `safetensors header is malformed at character ${this.#position}`;
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what, got, expected });
  }
}

/** Where in a status line of RTSP the bytes are; below them, how many characters of the mark have come. */
const STEP = { version: 5, space: 6, number: 7 } as const;

const MARK = 'RTSP/';

/**
 * Finds the status lines of RTSP that redirect. FFmpeg follows a redirect wherever it leads, so it must not see one. Where
 * FFmpeg takes a line to begin depends on what came before; every place is taken for one here, as is every way to write a
 * status that C's atoi() reads as 300 to 399, carriage returns left out as FFmpeg does.
 */
export class RtspRedirectWatch {
  #step = 0;
  #value = 0;
  #isNegative = false;

  /** Whether a redirect is complete with these bytes, which follow those of the last call. */
  sees(chunk: Uint8Array): boolean {
    for (const byte of chunk) {
      if (byte !== CARRIAGE_RETURN && this.#take(byte)) return true;
    }
    return false;
  }

  #take(byte: number): boolean {
    switch (this.#step) {
      case STEP.version:
        if (byte === NEWLINE) this.#restart(byte);
        else if (byte === SPACE || byte === TAB) this.#step = STEP.space;
        return false;
      case STEP.space:
        this.#value = 0;
        this.#isNegative = byte === MINUS;
        if (isDigit(byte)) this.#value = byte - ZERO;
        if (byte === PLUS || byte === MINUS || isDigit(byte)) this.#step = STEP.number;
        else if (!BLANKS.has(byte)) this.#restart(byte);
        return false;
      case STEP.number: {
        if (isDigit(byte)) {
          // As the number wraps in 32 bits.
          this.#value = (Math.imul(this.#value, 10) + byte - ZERO) >>> 0;
          return false;
        }
        this.#restart(byte);
        const status = (this.#isNegative ? -this.#value : this.#value) >>> 0;
        return status >= 300 && status < 400;
      }
      default:
        if (byte === MARK.charCodeAt(this.#step)) this.#step += 1;
        else this.#restart(byte);
        return false;
    }
  }

  #restart(byte: number): void {
    this.#step = byte === MARK.charCodeAt(0) ? 1 : 0;
  }
}

const [TAB, NEWLINE, CARRIAGE_RETURN, SPACE, PLUS, MINUS, ZERO] = [9, 10, 13, 32, 43, 45, 48] as const;

/** What atoi() and FFmpeg skip before a number, but for the end of the line: tab, vertical tab, form feed, space. */
const BLANKS: ReadonlySet<number> = new Set([TAB, 11, 12, SPACE]);

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

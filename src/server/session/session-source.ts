import type { Config } from '../../core/config.js';
import { openListener, refuseOpenListener } from '../../streams/policy/open-listener.js';
import { policyFor, type SourceOrigin } from '../../streams/policy/source-policy.js';
import { parseSource, type SourceSpec } from '../../streams/source/parse-source.js';

/** A source of a session: what was named, by whom, and what it says. */
export class SessionSource {
  readonly url: string;
  /** What a request names is under the policy of `config.source`. */
  readonly origin: SourceOrigin;
  readonly spec: SourceSpec;

  /** @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE */
  constructor(url: string, origin: SourceOrigin, config: Config) {
    this.url = url;
    this.origin = origin;
    this.spec = parseSource(url, policyFor(origin, config));
    refuseOpenListener(this.spec, config.source.allowOpenListeners);
  }

  /** The URL with credentials taken out; null for what is pushed. */
  get display(): string | null {
    return this.spec.kind === 'push' ? null : this.spec.display;
  }

  /** Who else may send into it, because it listens without a key; null for nobody. */
  get warning(): string | null {
    const open = openListener(this.spec);
    switch (open?.reach) {
      case undefined:
        return null;
      case 'machine':
        return 'listens without a passphrase: any program of this machine can send into it';
      case 'network':
        return `listens without a passphrase: ANYBODY who reaches ${open?.host} can send into it`;
      case 'group':
        return `listens without a passphrase: anybody who reaches the group ${open?.host} can send into it`;
    }
  }

  /** Details are meant to be free of credentials; that the URL itself is, is made certain here. */
  redact(detail: string): string {
    return detail.replaceAll(this.url, this.spec.display);
  }
}

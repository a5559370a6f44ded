import type { Config } from '../../core/config.js';
import { refuseOpenListener } from '../../streams/policy/open-listener.js';
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

  /** Details are meant to be free of credentials; that the URL itself is, is made certain here. */
  redact(detail: string): string {
    return detail.replaceAll(this.url, this.spec.display);
  }
}

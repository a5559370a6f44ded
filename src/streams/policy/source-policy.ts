import type { Config } from '../../core/config.js';

/**
 * What a source may be that came with a request. What the operator names himself, in the settings or on the command line, is
 * under no policy: wherever one is expected, null stands for that.
 */
export interface SourcePolicy {
  /** Schemes of network addresses, of the film and of pushed media. */
  readonly allowedSchemes: readonly string[];
  /** Files are opened below this folder alone; empty for none at all. */
  readonly filesFolder: string;
  /** Whether cameras, microphones and screens of this machine may be opened. */
  readonly allowDevices: boolean;
  /** Addresses and CIDR ranges that may be reached beside those of the public internet. */
  readonly allowAddresses: readonly string[];
}

/** Who named a source: the operator of this server, or whoever sent a request. */
export type SourceOrigin = 'operator' | 'request';

/** The policy that a source of this origin is under. */
export function policyFor(origin: SourceOrigin, { source }: Config): SourcePolicy | null {
  if (origin === 'operator') return null;
  const { allowedSchemes, filesFolder, allowDevices, allowAddresses } = source;
  return { allowedSchemes, filesFolder, allowDevices, allowAddresses };
}

import { EvokedError } from '../../core/errors.js';
import type { InputTarget } from '../decode/input-target.js';
import type { SourceSpec } from '../source/parse-source.js';
import { waitsForSenders } from './check-source.js';
import { HostResolver, type Lookup } from './host-resolver.js';
import { networkAddress, urlHost, type NetworkAddress } from './network-address.js';
import { RtspRedirectWatch } from './rtsp-redirect-watch.js';
import { sourceForbidden } from './source-forbidden.js';
import type { SourcePolicy } from './source-policy.js';
import { openStreamRelay, type RelayWatch } from './stream-relay.js';
import { WebGateway } from './web-gateway.js';

/** What FFmpeg may open of a source that a request names, and what stands between. */
export interface GuardedTarget {
  readonly target: InputTarget;
  /** What FFmpeg cannot know of why the source does not answer; null where there is nothing. */
  readonly failure: () => EvokedError | null;
  close(): void;
}

/** What a guard is made with. */
export interface GuardOptions {
  readonly policy: SourcePolicy;
  /** The source led to where it may not, after it was opened. */
  readonly onForbidden: (error: EvokedError) => void;
  /** Default: as this machine resolves names. */
  readonly lookup?: Lookup;
}

const nothing = (): null => null;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, rtmp: 1935, rtmps: 443 };

/**
 * Changes what FFmpeg is asked to open so that it connects to checked addresses alone, whatever the source then says.
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN, ERR_SOURCE_UNREACHABLE
 */
export async function guardTarget(
  spec: SourceSpec,
  target: InputTarget,
  options: GuardOptions,
): Promise<GuardedTarget> {
  const resolver = new HostResolver(spec, options.policy.allowAddresses, options.lookup);
  switch (spec.kind) {
    case 'http':
    case 'hls':
      return throughGateway(spec, target, resolver, options);
    case 'rtsp':
      return throughRelay(spec, rtspOverTcp(target), resolver, () => redirectWatch(spec, options));
    case 'rtmp':
      return spec.listens
        ? atCheckedAddress(spec, target, resolver)
        : throughRelay(spec, withServerUrl(spec, target), resolver, null);
    case 'srt':
    case 'udp':
      return atCheckedAddress(spec, target, resolver);
    default:
      return { target, failure: nothing, close: () => undefined };
  }
}

async function throughGateway(
  spec: SourceSpec,
  target: InputTarget,
  resolver: HostResolver,
  { policy: { allowedSchemes }, onForbidden }: GuardOptions,
): Promise<GuardedTarget> {
  const gateway = await WebGateway.open({ spec, resolver, allowedSchemes, onForbidden });
  const settings = {
    ...target.settings,
    protocol_whitelist: 'http,tcp,crypto',
    http_proxy: gateway.proxyUrl,
    // Radio would hide its bytes among words about them.
    icy: '0',
  };
  // An option does not reach what a demuxer opens by itself; these do, and this process is for this source alone.
  delete process.env['no_proxy'];
  process.env['http_proxy'] = gateway.proxyUrl;
  const address = gateway.addressOf(target.address);
  return {
    target: { ...target, address, settings },
    failure: () => gateway.failure,
    close: () => gateway.close(),
  };
}

async function throughRelay(
  spec: SourceSpec,
  target: InputTarget,
  resolver: HostResolver,
  newWatch: (() => RelayWatch) | null,
): Promise<GuardedTarget> {
  const address = networkAddress(spec);
  const isTls = address.scheme.endsWith('s');
  const addresses = await resolver.resolve(address.host);
  const port = address.port ?? DEFAULT_PORTS[address.scheme] ?? 0;
  const destination = { addresses, port, tlsHost: isTls ? address.host : null };
  const relay = await openStreamRelay(destination, newWatch).catch((cause: unknown) => {
    const got = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    const what = `The source cannot be reached (${spec.display})`;
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what, got, cause });
  });
  const inner = { ...address, scheme: address.scheme.replace(/s$/, ''), host: '127.0.0.1', port: relay.port };
  return { target: { ...target, address: urlOf(inner) }, failure: nothing, close: () => relay.close() };
}

/** SRT and UDP know no redirects, and no way through a relay; who listens is connected to nobody. */
async function atCheckedAddress(
  spec: SourceSpec,
  target: InputTarget,
  resolver: HostResolver,
): Promise<GuardedTarget> {
  const given = networkAddress({ ...spec, target: target.address });
  const hosts = await resolver.resolve(given.host, waitsForSenders(spec));
  const [address = '', ...otherAddresses] = hosts.map((host) => urlOf({ ...given, userinfo: '', host }));
  return { target: { ...target, address, otherAddresses }, failure: nothing, close: () => undefined };
}

/** Over UDP the server would say where to send packets to. */
function rtspOverTcp({ address, format, settings }: InputTarget): InputTarget {
  return { address, format, settings: { ...settings, rtsp_transport: 'tcp', protocol_whitelist: 'tcp' } };
}

function redirectWatch(spec: SourceSpec, { onForbidden }: GuardOptions): RelayWatch {
  const watch = new RtspRedirectWatch();
  const expected = 'the address that the server redirects to, as the source';
  return {
    refuses: (chunk) => watch.sees(chunk),
    onRefused: () => onForbidden(sourceForbidden(spec, 'a redirect of an RTSP server', expected)),
  };
}

/** Servers tell their virtual hosts by the URL that the player says it connects to. */
function withServerUrl(spec: SourceSpec, target: InputTarget): InputTarget {
  const { scheme, host, port, path } = networkAddress(spec);
  const [app = '', instance, stream] = path.split('/').slice(1);
  const application =
    instance === undefined || stream === undefined || instance.includes(':') ? app : `${app}/${instance}`;
  const tcurl = urlOf({ scheme, host, port, userinfo: '', path: `/${application}`, query: '' });
  return { ...target, settings: { ...target.settings, rtmp_tcurl: tcurl } };
}

function urlOf({ scheme, userinfo, host, port, path, query }: NetworkAddress): string {
  return `${scheme}://${userinfo}${urlHost(host)}${port === null ? '' : `:${port}`}${path}${query}`;
}

import type { Config } from '../../config/config.js';
import type { TransportSettings } from '../../server/thread-messages.js';
import type { TlsPair } from '../../server/tls-gate.js';
import { prefixesOf } from './protection-of.js';

/** What the configuration says of proxies and TLS, as the answering threads take it. */
export function transportOf({ dnsProxies }: Config, tls: TlsPair | undefined): TransportSettings {
  return { proxies: prefixesOf(dnsProxies), tls };
}

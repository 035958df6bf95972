import { parsePrefix } from '../../config/address.js';
import type { Config } from '../../config/config.js';
import type { ProtectionSettings } from '../../server/protection.js';

/** What the configuration says of limits and cookies, as the answering threads take it. */
export function protectionOf({ rrl, cookies }: Config): ProtectionSettings {
  return {
    rrl: rrl && { ...rrl, allow: rrl.allow.flatMap(prefixOf) },
    cookies: cookies && { secrets: cookies.secrets.map((secret) => Buffer.from(secret, 'hex')) },
  };
}

/** The configuration has only prefixes that can be read. */
function prefixOf(text: string) {
  const reading = parsePrefix(text);
  return reading.ok ? [reading.prefix] : [];
}

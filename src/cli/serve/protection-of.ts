import { parsePrefix } from '../../config/address.js';
import type { Config } from '../../config/config.js';
import type { Prefix } from '../../geo/prefix-table.js';
import type { ProtectionSettings } from '../../server/protection.js';

/** What the configuration says of limits and cookies, as the answering threads take it. */
export function protectionOf({ rrl, cookies }: Config): ProtectionSettings {
  return {
    rrl: rrl && { ...rrl, allow: prefixesOf(rrl.allow) },
    cookies: cookies && { secrets: cookies.secrets.map((secret) => Buffer.from(secret, 'hex')) },
  };
}

/** The configuration has only prefixes that can be read. */
export function prefixesOf(texts: readonly string[]): Prefix[] {
  return texts.flatMap((text) => {
    const reading = parsePrefix(text);
    return reading.ok ? [reading.prefix] : [];
  });
}

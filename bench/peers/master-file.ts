import {
  type ManyNames,
  manyZones,
  NS_ADDRESS,
  namesIn,
  STATIC_ADDRESS,
  TTL,
  ZONE,
} from '../compare/plan.js';

/** Every zone as an RFC 1035 master file, by its name. */
export function masterFiles(
  many: ManyNames | undefined,
  lines: readonly string[] = [],
): Readonly<Record<string, string>> {
  const zone = [...head(ZONE), `www A ${STATIC_ADDRESS}`, ...lines, ''].join('\n');
  return { [ZONE]: zone, ...(many === undefined ? {} : manyMasterFiles(many)) };
}

/** The zones of many names alone. */
export function manyMasterFiles(many: ManyNames): Readonly<Record<string, string>> {
  return Object.fromEntries(
    manyZones(many).map((zone, i) => {
      const lines = head(zone);
      for (const name of namesIn(i, many)) lines.push(`${name} A ${STATIC_ADDRESS}`);
      lines.push('');
      return [zone, lines.join('\n')];
    }),
  );
}

function head(zone: string): string[] {
  return [
    `$ORIGIN ${zone}.`,
    `$TTL ${TTL}`,
    '@ SOA ns1 hostmaster 1 7200 900 1209600 300',
    '@ NS ns1',
    `ns1 A ${NS_ADDRESS}`,
  ];
}

import type { CheckSpec } from '../steer/spec.js';
import { formatName } from '../wire/name.js';
import { describeNode, isNull, valueAt, type YamlMap, type YamlNode } from '../yaml/yaml-node.js';
import { type RecordContext, refuse, reportError, reportUnknownKeys, reportWarning } from './zone-load.js';

/** octoDNS: https on port 443, GET /_dns, whatever the protocol. */
const DEFAULT_PROTOCOL = 'HTTPS';
const DEFAULT_PORT = 443;
const DEFAULT_PATH = '/_dns';

/** octoDNS leaves these to each provider; under `octodns: {steerdns: {healthcheck: …}}` they are ours. Durations in ms. */
const DEFAULT_TIMING = { interval: 10_000, timeout: 4_000, rise: 2, fall: 3 } as const;

const TYPES: Readonly<Record<string, CheckSpec['type']>> = { HTTP: 'http', HTTPS: 'https', TCP: 'tcp' };

/**
 * The check of the values of a dynamic record, from its `octodns` map.
 * @returns none after an error, and for a protocol that can't be checked here
 */
export function readHealthcheck(context: RecordContext, octodns: YamlMap | undefined): readonly CheckSpec[] {
  const node = octodns === undefined ? undefined : valueAt(octodns, 'healthcheck');
  const map = asMap(context, node, 'healthcheck');
  if (map !== undefined) reportUnknownKeys(context, map, ['host', 'path', 'port', 'protocol'], 'healthcheck');
  const protocolNode = map === undefined ? undefined : valueAt(map, 'protocol');
  const protocol = text(protocolNode) ?? DEFAULT_PROTOCOL;
  const type = TYPES[protocol];
  if (type === undefined) {
    refuseProtocol(context, protocolNode as YamlNode, protocol);
    return [];
  }
  const port = readInteger(context, map, 'port', DEFAULT_PORT, 1, 65535);
  if (type === 'http' && map !== undefined && valueAt(map, 'port') === undefined) {
    reportWarning(
      context.load,
      map,
      "checks HTTP on port 443, octoDNS's default for every protocol",
      'write "port: 80"',
    );
  }
  const host = readHost(context, map);
  const path = text(map === undefined ? undefined : valueAt(map, 'path')) ?? DEFAULT_PATH;
  const timing = readTiming(context, octodns);
  return [
    {
      type,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      ...(type === 'tcp' || host === undefined ? {} : { host }),
      method: 'GET',
      headers: {},
      expect: { status: [200] },
      ...timing,
    },
  ];
}

/** Host header and SNI: octoDNS's default is the owner name; one that is null means the value itself. */
function readHost(context: RecordContext, map: YamlMap | undefined): string | undefined {
  const node = map === undefined ? undefined : valueAt(map, 'host');
  if (node !== undefined) return text(node);
  // A wildcard is no host that could be asked for.
  return context.owner[1] === ASTERISK ? undefined : formatName(context.owner).slice(0, -1);
}

const ASTERISK = 0x2a;

function readTiming(
  context: RecordContext,
  octodns: YamlMap | undefined,
): Pick<CheckSpec, 'intervalMs' | 'timeoutMs' | 'rise' | 'fall'> {
  const own = octodns === undefined ? undefined : asMap(context, valueAt(octodns, 'steerdns'), 'steerdns');
  if (own !== undefined) reportUnknownKeys(context, own, ['healthcheck'], 'steerdns');
  const map = own === undefined ? undefined : asMap(context, valueAt(own, 'healthcheck'), 'healthcheck');
  if (map !== undefined) reportUnknownKeys(context, map, Object.keys(DEFAULT_TIMING), 'healthcheck');
  const intervalMs = readDuration(context, map, 'interval');
  const timeoutMs = readDuration(context, map, 'timeout');
  if (map !== undefined && timeoutMs >= intervalMs) {
    reportError(
      context.load,
      map,
      'the timeout must be shorter than the interval',
      'the defaults are 4s and 10s',
    );
  }
  const rise = readInteger(context, map, 'rise', DEFAULT_TIMING.rise, 1, 100);
  return {
    intervalMs,
    timeoutMs,
    rise,
    fall: readInteger(context, map, 'fall', DEFAULT_TIMING.fall, 1, 100),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, '': 1000 };

function readDuration(context: RecordContext, map: YamlMap | undefined, key: 'interval' | 'timeout'): number {
  const node = map === undefined ? undefined : valueAt(map, key);
  if (node === undefined) return DEFAULT_TIMING[key];
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h)?$/.exec(text(node) ?? '') ?? [];
  const durationMs = Number(count) * (UNIT_MS[unit] as number);
  // A day is longer than anyone waits for a probe.
  if (durationMs >= 100 && durationMs <= 86_400_000) return durationMs;
  reportError(context.load, node, `${key} must be a duration of 100ms to 24h but is ${describeNode(node)}`);
  return DEFAULT_TIMING[key];
}

function readInteger(
  context: RecordContext,
  map: YamlMap | undefined,
  key: string,
  missing: number,
  min: number,
  max: number,
): number {
  const node = map === undefined ? undefined : valueAt(map, key);
  if (node === undefined) return missing;
  const value = text(node) ?? '';
  if (/^\d{1,5}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  reportError(context.load, node, `${key} must be ${min} to ${max} but is ${describeNode(node)}`);
  return missing;
}

function refuseProtocol(context: RecordContext, node: YamlNode, protocol: string): void {
  if (protocol === 'ICMP' || protocol === 'UDP') {
    reportWarning(
      context.load,
      node,
      `${protocol} is not checked: the values count as up`,
      'use HTTP, HTTPS or TCP',
    );
  } else refuse(context, node, `protocol must be HTTP, HTTPS or TCP but is ${describeNode(node)}`);
}

function asMap(context: RecordContext, node: YamlNode | undefined, name: string): YamlMap | undefined {
  if (node === undefined || node.kind === 'map') return node;
  if (!isNull(node)) reportError(context.load, node, `${name} must be a map but is ${describeNode(node)}`);
  return undefined;
}

function text(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && !isNull(node) && node.text !== '' ? node.text : undefined;
}

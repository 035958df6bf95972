import type { PoolSpec, ServiceSpec } from '../steer/spec.js';
import { describeNode, type YamlNode } from '../yaml/yaml-node.js';
import { readGeoCode } from './octodns-rules.js';
import { lastResortPool, Members, type SteeredRecord } from './steered-members.js';
import { reportError, reportWarning } from './zone-load.js';

/**
 * Compiles octoDNS's former `geo` the way octoDNS's documentation describes it: values by place, the most particular place
 * first, checked, failing over to the place around it and then to the record's own values.
 */
export function readGeo(steered: SteeredRecord, geo: YamlNode): ServiceSpec | undefined {
  const { context } = steered;
  if (geo.kind !== 'map') {
    reportError(context.load, geo, `geo must be a map but is ${describeNode(geo)}`);
    return undefined;
  }
  reportWarning(context.load, geo, 'geo is deprecated in octoDNS', 'use dynamic');
  const members = new Members(steered);
  const codes = geo.entries.map(({ key }) => key.text);
  const pools = geo.entries.map(({ key, value }): PoolSpec => {
    const items = value.kind === 'list' ? value.items : [value];
    const parents = codes
      .filter((code) => key.text.startsWith(`${code}-`))
      .sort((a, b) => b.length - a.length);
    return {
      name: key.text,
      members: items.flatMap((item) => members.add(item, 1, 'obey')),
      scheduler: 'all',
      ...(parents[0] === undefined ? {} : { fallback: parents[0] }),
    };
  });
  const lastResort = lastResortPool(steered, pools, members);
  const byDepth = geo.entries.toSorted((a, b) => b.key.text.split('-').length - a.key.text.split('-').length);
  const rules = byDepth.map(({ key }) => ({
    matches: [{ geos: [readGeoCode(context, key, '')] }],
    pool: key.text,
  }));
  return members.service(
    [...pools, lastResort],
    [...rules, { matches: [{}], pool: lastResort.name }],
    lastResort.name,
  );
}

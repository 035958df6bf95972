import { z } from 'zod';
import { coordinates, lineName, mapOf, oneOrMore } from './fields.js';
import { asNumber, geoCode } from './network-fields.js';

export const networkSchema = mapOf(
  {
    place: geoCode().optional().describe('Where its clients are, an octoDNS geo code.'),
    lines: oneOrMore('the name of a line', lineName())
      .optional()
      .describe('Lines that it belongs to, an ISP in most cases.'),
    asn: asNumber().optional().describe('AS number.'),
    coordinates: coordinates().optional().describe('Latitude and longitude in degrees.'),
  },
  'a map with place:, lines:, asn: or coordinates:',
);

/** geo/networks.yaml: prefix → what is known of it. Keys are read by load-networks.ts, which sees repeated ones. */
export const networksSchema = z
  .record(z.string(), networkSchema, { error: 'a map of prefixes' })
  .describe('Networks of steerdns: prefix → place, lines, AS number. The longest prefix wins.');

export type NetworkInput = z.output<typeof networkSchema>;

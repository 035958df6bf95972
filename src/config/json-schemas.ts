import { z } from 'zod';
import { configSchema } from './config-schema.js';
import { networksSchema } from './networks-schema.js';
import { serviceSchema } from './service-schema.js';
import { zoneSchema } from './zone-schema.js';

/** JSON Schemas of the formats, for editors: file name → text. Made from the schemas that check. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([name, schema]) => {
      // Draft 7 is what the YAML language server knows best; `input` is what users write, before it is parsed.
      const json = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
      return [`${name}.schema.json`, `${JSON.stringify(json, undefined, 2)}\n`];
    }),
  );
}

const SCHEMAS = {
  steerdns: configSchema,
  service: serviceSchema,
  networks: networksSchema,
  zone: zoneSchema,
};

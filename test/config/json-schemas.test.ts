import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { jsonSchemas } from '../../src/config/json-schemas.js';

const folder = resolve(import.meta.dirname, '../../../docs/schema');

describe('docs/schema', () => {
  it('has a file for each format, and no other', () => {
    // test/admin/openapi.test.ts holds that one.
    const files = readdirSync(folder).filter((file) => file !== 'openapi.json');
    expect(files.sort()).deep.equal([...jsonSchemas().keys()].sort());
  });

  for (const [name, text] of jsonSchemas()) {
    it(`${name} is current (else: npm run schema)`, () => {
      expect(readFileSync(join(folder, name), 'utf8')).equal(text);
    });
  }

  it('names the keys that users type and forbids others', () => {
    const service = JSON.parse(jsonSchemas().get('service.schema.json') ?? '') as {
      properties: Record<string, unknown>;
      required: string[];
      additionalProperties: boolean;
    };
    expect(Object.keys(service.properties)).members([
      'check',
      'checks',
      'members',
      'pools',
      'rules',
      'answers',
    ]);
    expect(service.required).deep.equal(['members']);
    expect(service.additionalProperties).equal(false);
  });
});

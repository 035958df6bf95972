import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openApiOf } from '../../src/admin/openapi.js';
import { ROUTES } from '../../src/admin/routes.js';
import { VERSION } from '../../src/cli/version.js';
import { CHECKOUT } from '../support/steerdns.js';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, unknown>>;
}

describe('the OpenAPI document', () => {
  const document = openApiOf(ROUTES, VERSION) as Document;

  it('is current in docs/schema (else: npm run schema)', () => {
    const text = readFileSync(join(CHECKOUT, 'docs/schema/openapi.json'), 'utf8');
    expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(document)));
  });

  it('has every route, and no other operation', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations).to.have.members(
      ROUTES.map(({ method, path }) => `${method} ${path.replace('{+', '{')}`),
    );
  });

  it('has an id of its own for each operation', () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  for (const { method, path, body, query } of ROUTES) {
    it(`describes ${method} ${path}: every variable, parameter and body`, () => {
      const operation = document.paths[path.replace('{+', '{')]?.[method.toLowerCase()];
      const named = (where: string): string[] =>
        (operation?.parameters ?? []).filter((one) => one.in === where).map(({ name }) => name);
      expect(named('path')).to.have.members([...path.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => name));
      expect(named('query')).to.have.members(Object.keys(query?.shape ?? {}));
      expect(operation?.requestBody !== undefined).to.equal(body !== undefined);
      expect(operation?.responses).to.include.all.keys('200', '401', '403');
    });
  }

  it('refers to nothing that it has not', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
    expect(refs).to.not.deep.equal([]);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(refs.filter((ref) => !known.includes(ref))).to.deep.equal([]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openApiOf } from '../src/admin/openapi.js';
import { ROUTES } from '../src/admin/routes.js';
import { VERSION } from '../src/cli/version.js';
import { jsonSchemas } from '../src/config/json-schemas.js';

// Writes docs/schema/ anew. Runs from the build folder, which is beside docs/.
const folder = resolve(import.meta.dirname, '../../docs/schema');
mkdirSync(folder, { recursive: true });
const openApi = `${JSON.stringify(openApiOf(ROUTES, VERSION), undefined, 2)}\n`;
for (const [name, text] of [...jsonSchemas(), ['openapi.json', openApi] as const]) {
  writeFileSync(join(folder, name), text);
  console.log(`wrote docs/schema/${name}`);
}

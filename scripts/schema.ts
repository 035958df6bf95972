import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jsonSchemas } from '../src/config/json-schemas.js';

// Writes docs/schema/ anew. Runs from the build folder, which is beside docs/.
const folder = resolve(import.meta.dirname, '../../docs/schema');
mkdirSync(folder, { recursive: true });
for (const [name, text] of jsonSchemas()) {
  writeFileSync(join(folder, name), text);
  console.log(`wrote docs/schema/${name}`);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { currentManPage } from '../src/cli/current-man-page.js';

// Writes man/steerdns.1 anew. Runs from the build folder, which is beside man/.
const folder = resolve(import.meta.dirname, '../../man');
mkdirSync(folder, { recursive: true });
writeFileSync(resolve(folder, 'steerdns.1'), await currentManPage());
console.log('wrote man/steerdns.1');

// Exits 0 when node_modules holds what package-lock.json says, 1 when `npm ci` is needed.
import { readFileSync } from 'node:fs';

process.exitCode = isInstalled() ? 0 : 1;

function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  const wanted = readPackages('package-lock.json');
  return (
    // Packages for other platforms are in the lock file alone; those are the optional ones.
    Object.entries(wanted).every(([path, { optional }]) => path === '' || optional || path in installed) &&
    Object.entries(installed).every(([path, { version }]) => wanted[path]?.version === version)
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

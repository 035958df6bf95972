import type { Command } from './command.js';

/** In the order in which help lists them. Each is loaded when it is wanted: `status` needs nothing of what `serve` does. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serve,
  check: async () => (await import('./check.js')).check,
  explain: async () => (await import('./explain.js')).explain,
  token: async () => (await import('./token.js')).token,
  import: async () => (await import('./import.js')).importZone,
  export: async () => (await import('./export.js')).exportZone,
  status: async () => (await import('./status.js')).status,
  drain: async () => (await import('./drain.js')).drain,
  undrain: async () => (await import('./drain.js')).undrain,
  force: async () => (await import('./drain.js')).force,
  weight: async () => (await import('./drain.js')).weight,
  reload: async () => (await import('./reload.js')).reload,
  completion: async () => (await import('./completion.js')).makeCompletion(COMMANDS),
};

import { COMMANDS } from './commands.js';
import { formatManPage } from './man-page.js';
import { VERSION } from './version.js';

/** When what the page says was last changed by hand. */
const DATE = '2026-11-22';

/** man/steerdns.1 as it should be. */
export async function currentManPage(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return formatManPage(commands, VERSION, DATE);
}

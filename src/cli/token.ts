import { randomBytes } from 'node:crypto';
import { tokenDigest } from '../config/load-admin.js';
import { ROLES } from '../config/role.js';
import { defineCommand, ExitCode, JSON_OPTION, UsageError } from './command.js';

/** 256 bits: a digest of fewer would be the stronger part. */
const TOKEN_OCTETS = 32;

/** What tools that look for secrets in repositories can know it by. */
const PREFIX = 'sdt_';

export const token = defineCommand(
  {
    name: 'token',
    summary: 'make a token for the API, and the line of the configuration that admits it',
    positionals: [{ name: 'NAME', help: 'whose it is to be: the audit log names it' }],
    options: { role: { value: 'ROLE', help: `${ROLES.join(', ')} (default view)` }, json: JSON_OPTION },
    notes: [
      'The token goes to standard output, the line for admin.tokens, which has only its digest, to standard error.',
    ],
    examples: ['steerdns token ops --role operate > ops.token'],
  },
  async (line, io) => {
    const [name = ''] = line.positionals;
    const role = line.option('role') ?? 'view';
    if (!(ROLES as readonly string[]).includes(role)) {
      throw new UsageError(`--role must be one of ${ROLES.join(', ')} but is ${JSON.stringify(role)}`);
    }
    if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
      throw new UsageError('NAME must be of letters, digits, "-", "_", "@" and ".", at most 64');
    }
    const made = PREFIX + randomBytes(TOKEN_OCTETS).toString('base64url');
    const hash = `sha256:${Buffer.from(tokenDigest(made)).toString('hex')}`;
    if (line.isSet('json')) io.out(`${JSON.stringify({ name, role, token: made, hash }, null, 2)}\n`);
    else {
      io.out(`${made}\n`);
      io.err(`- {name: ${name}, role: ${role}, hash: '${hash}'}\n`);
    }
    return ExitCode.DONE;
  },
);

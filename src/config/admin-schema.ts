import { z } from 'zod';
import { mapOf, oneOf, parsed, pattern, text } from './fields.js';
import { ROLES } from './role.js';

const HASH = 'sha256: and 64 hexadecimal digits';

/** The digest of a token → octets. */
const tokenHash = parsed<Uint8Array>(HASH, (value) => {
  const [, digits] = /^sha256:([0-9a-f]{64})$/i.exec(value) ?? [];
  if (digits !== undefined) return { value: Buffer.from(digits, 'hex') };
  if (/^[0-9a-f]{64}$/i.test(value)) return { problem: '', hint: 'with sha256: before it' };
  return { problem: '', hint: '`steerdns token` prints it; the token itself does not belong here' };
});

const tokenSchema = mapOf(
  {
    name: pattern(
      'a name of letters, digits, "-", "_", "@" and ".", at most 64',
      /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    ).describe('Whose it is: the audit log names it.'),
    role: oneOf(ROLES).describe(
      '`view` reads; `operate` drains, forces, weighs and reloads too; `edit` changes zones too.',
    ),
    hash: tokenHash.optional().describe("The token's SHA-256 digest, as `steerdns token` prints it."),
    token_file: text('the path of a file', 4096)
      .optional()
      .describe('A file with the token itself, instead.'),
  },
  'a map such as {name: ops, role: operate, token_file: ops.token}',
);

/** What `admin:` has beside its address. */
export const adminFields = {
  tokens: z
    .array(tokenSchema, { error: 'a list of tokens' })
    .optional()
    .describe(
      'Who may use the API; everyone who reaches it unless given, and only a loopback address is taken then.',
    ),
  audit_log: text('the path of a file', 4096)
    .optional()
    .describe('Where each change by the API is written down; audit.log in the state folder unless given.'),
};

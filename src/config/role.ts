/** What a client may do: each role may do what those before it may. */
export const ROLES = ['view', 'operate', 'edit'] as const;
export type Role = (typeof ROLES)[number];

/** True when who has the role may do what takes `needed`. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

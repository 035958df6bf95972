import { INSTANCE_ROUTES } from './instance-routes.js';
import { openApiRoute } from './openapi.js';
import { OVERRIDE_ROUTES } from './override-routes.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { STATE_ROUTES } from './state-routes.js';
import { ZONE_ROUTES } from './zone-routes.js';

/** Every operation of the API. */
export const ROUTES: readonly Route[] = [
  ...INSTANCE_ROUTES,
  ...STATE_ROUTES,
  ...OVERRIDE_ROUTES,
  ...ZONE_ROUTES,
  openApiRoute(() => ROUTES),
];

/** What a method and a path lead to. */
interface Routed {
  readonly route: Route;
  /** Variables of the path, percent-decoded. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Finds the operation of a request. HEAD goes where GET goes.
 * @param path percent-encoded, without query
 * @throws Problem
 */
export function findRoute(method: string, path: string): Routed {
  const here = TEMPLATES.flatMap(({ route, pattern }) => {
    const found = pattern.exec(path);
    return found === null ? [] : [{ route, groups: found.groups ?? {} }];
  });
  if (here.length === 0) {
    throw new Problem(404, 'no_resource', `there is no ${path} here`, {
      resources: ROUTES.map((route) => `${route.method} ${publicPath(route)}`),
    });
  }
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = here.find(({ route }) => route.method === wanted);
  if (found === undefined) {
    const allow = here.map(({ route }) => route.method).join(', ');
    throw new Problem(405, 'bad_method', `${path} takes ${allow}`, {}, { allow });
  }
  const decoded = Object.entries(found.groups).map(([name, text]) => [name, decode(text)]);
  return { route: found.route, variables: Object.fromEntries(decoded) };
}

/** The path as OpenAPI writes it. */
function publicPath({ path }: Route): string {
  return path.replace('{+', '{');
}

const TEMPLATES = ROUTES.map((route) => ({ route, pattern: patternOf(route.path) }));

function patternOf(path: string): RegExp {
  const parts = path.split(/(\{\+?\w+\})/).map((part) => {
    const [, rest, name] = /^\{(\+?)(\w+)\}$/.exec(part) ?? [];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return `(?<${name}>${rest === '+' ? '.*' : '[^/]+'})`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(400, 'bad_target', `${text} is not percent-encoded UTF-8`);
  }
}

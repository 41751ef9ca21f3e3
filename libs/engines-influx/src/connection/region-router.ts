import { createHash } from 'node:crypto';
import type { InfluxRoutes, Resource } from '@opsloop/contracts';
import type { InfluxTarget } from './influx-target.js';

/** The main database first, then those of the routing table, which take org, token and bucket from it where they name none. */
export function targetsOf(main: InfluxTarget, routes: InfluxRoutes | undefined): readonly InfluxTarget[] {
  const named = Object.entries(routes?.databases ?? {}).map(([name, { url, org = main.org, token = main.token, bucket = main.bucket }]) => ({ name, url, org, token, bucket }));
  return [main, ...named];
}

/**
 * Finds the database of a resource. The first route whose regions fit wins; several databases of a route share its
 * resources by rendezvous hashing, so that another database takes over only its share. Other regions go to the main one.
 */
export function createRegionRouter(routes: InfluxRoutes | undefined): (resource: Resource) => string | undefined {
  const compiled = (routes?.routes ?? []).map(({ regions, databases }) => ({ fits: new RegExp(`^(${regions.map(toPattern).join('|')})$`, 'su'), databases }));
  const known = new Map<string, readonly string[]>();
  return ({ region, id }) => {
    let databases = known.get(region);
    if (!databases) known.set(region, (databases = compiled.find(({ fits }) => fits.test(region))?.databases ?? []));
    if (databases.length <= 1) return databases[0];
    return databases.toSorted((a, b) => (weightOf(a, id) > weightOf(b, id) ? -1 : 1))[0];
  };
}

function toPattern(glob: string): string {
  return glob.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*');
}

function weightOf(database: string, resource: string): string {
  return createHash('sha256').update(`${database}\n${resource}`).digest('hex');
}

/** Notes which samples lie beyond a limit that somebody waits for: for a series that nobody watches it costs nothing. */
import type { EarlyLimit, RouteWatch, SlotLimits } from './early-watch.js';
import type { Binding, ResourceWindows } from './resource-windows.js';
import type { Route } from './route.js';
import type { WindowBlock } from './window-block.js';
import type { WindowTools } from './window-tools.js';

/** Looks the limits up once for each binding, policy set and attributes; hosts of one make share what is found. */
export function watchOf(binding: Binding, windows: ResourceWindows, { early, routeWatches }: WindowTools): readonly (RouteWatch | undefined)[] {
  const { watch } = binding;
  if (watch !== undefined && watch.early === early && watch.attributes === windows.attributes) return watch.parts;
  const limits = early.limitsOf(windows.resource, windows.attributes, windows.layout.dictionary);
  const parts = binding.parts.map(({ route }) => limits && routeWatch(routeWatches, route, limits));
  binding.watch = { early, attributes: windows.attributes, parts };
  return parts;
}

function routeWatch(known: WindowTools['routeWatches'], route: Route, limits: readonly SlotLimits[]): RouteWatch | undefined {
  let byRoute = known.get(limits);
  if (!byRoute) known.set(limits, (byRoute = new WeakMap()));
  let found = byRoute.get(route);
  if (!found) byRoute.set(route, (found = createRouteWatch(route, limits)));
  return found.at.length === 0 ? undefined : found;
}

function createRouteWatch({ gauges }: Route, all: readonly SlotLimits[]): RouteWatch {
  const place = new Map([...gauges.slot].map((slot, index) => [slot, index]));
  const limits = all.filter(({ slot }) => place.has(slot));
  return {
    limits,
    at: Uint32Array.from(limits, ({ slot }) => place.get(slot)!),
    slots: Uint32Array.from(limits, ({ slot }) => slot),
    least: Float64Array.from(limits, ({ upwards }) => upwards[0]?.value ?? Infinity),
    greatest: Float64Array.from(limits, ({ downwards }) => downwards[0]?.value ?? -Infinity),
    indexOf: new Map(limits.map(({ slot }, index) => [slot, index])),
  };
}

/** A full row: values[i] belongs to gauge i of the route. */
export function noteDense(windows: ResourceWindows, block: WindowBlock, watch: RouteWatch, values: Float64Array): void {
  const { at, least, greatest } = watch;
  for (let i = 0; i < at.length; i++) {
    const value = values[at[i]!]!;
    if (value >= least[i]! || value <= greatest[i]!) note(windows, block, watch, i, value);
  }
}

/** A row of some slots: values[i] belongs to slots[i], i < length. */
export function noteSparse(windows: ResourceWindows, block: WindowBlock, watch: RouteWatch, slots: Uint32Array, values: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const index = watch.indexOf.get(slots[i]!);
    if (index === undefined) continue;
    const value = values[i]!;
    if (value >= watch.least[index]! || value <= watch.greatest[index]!) note(windows, block, watch, index, value);
  }
}

/** News is a limit that nothing in this window lay beyond before. */
function note(windows: ResourceWindows, block: WindowBlock, { slots, limits }: RouteWatch, index: number, value: number): void {
  const slot = slots[index]!;
  const { upwards, downwards } = limits[index]!;
  const up = passed(upwards, (limit) => value > limit.value || (limit.orEqual && value === limit.value));
  const down = passed(downwards, (limit) => value < limit.value || (limit.orEqual && value === limit.value));
  if (up === 0 && down === 0) return;
  block.crossings ??= { told: new Map(), news: new Set() };
  const { told, news } = block.crossings;
  const before = told.get(slot);
  if (before && up <= before.up && down <= before.down) return;
  told.set(slot, { up: Math.max(up, before?.up ?? 0), down: Math.max(down, before?.down ?? 0) });
  news.add(slot);
  windows.hasNews = true;
}

function passed(limits: readonly EarlyLimit[], isBeyond: (limit: EarlyLimit) => boolean): number {
  let count = 0;
  while (count < limits.length && isBeyond(limits[count]!)) count++;
  return count;
}

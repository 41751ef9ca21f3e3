/**
 * Where the windows of a resource lie: side by side from the epoch on, all of one width. When another width is set while
 * the resource is watched, windows that begin before `sinceMs` keep the former one: what they hold was gathered for it.
 */
export interface WindowGrid {
  readonly widthMs: number;
  readonly sinceMs: number;
  readonly former: WindowGrid | undefined;
}

export function createGrid(widthMs: number): WindowGrid {
  return { widthMs, sinceMs: -Infinity, former: undefined };
}

/** Width of the window that a time falls into, ms. */
export function widthAt(grid: WindowGrid, timeMs: number): number {
  let valid = grid;
  while (valid.former && timeMs < valid.sinceMs) valid = valid.former;
  return valid.widthMs;
}

/** The newest boundary between windows that is not after a time. */
export function boundaryAt(grid: WindowGrid, timeMs: number): number {
  const widthMs = widthAt(grid, timeMs);
  return Math.floor(timeMs / widthMs) * widthMs;
}

/** Width of the narrowest windows that may still be held, ms. */
export function narrowestWidth({ widthMs, former }: WindowGrid): number {
  return former ? Math.min(widthMs, narrowestWidth(former)) : widthMs;
}

/** The same grid with another width, from the first boundary of both on that is not before `heldToMs`, the end of the newest window that is held. */
export function changeWidth(grid: WindowGrid, widthMs: number, heldToMs: number): WindowGrid {
  if (grid.widthMs === widthMs) return grid;
  if (heldToMs === -Infinity) return createGrid(widthMs);
  const commonMs = (widthMs / greatestDivisor(widthMs, grid.widthMs)) * grid.widthMs;
  return { widthMs, sinceMs: Math.ceil(Math.max(heldToMs, grid.sinceMs) / commonMs) * commonMs, former: grid };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Where the hexagons of a group stand: rows of a comb, every second one moved by half a cell. */
export interface CombLayout {
  readonly radius: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly centres: readonly { readonly x: number; readonly y: number }[];
}

const root3 = Math.sqrt(3);
const gap = 3;

/** Few cells are large enough to carry their name, many are small. */
export function combRadius(count: number, wide: boolean): number {
  if (count <= 4) return wide ? 62 : 46;
  if (count <= 8) return wide ? 50 : 42;
  if (count <= 40) return wide ? 38 : 32;
  if (count <= 150) return 22;
  return count <= 600 ? 14 : 9;
}

export function layOutComb(count: number, width: number, radius: number): CombLayout {
  const cell = root3 * radius + gap;
  const columns = Math.max(1, Math.min(count, Math.floor((width - cell / 2) / cell)));
  // A single column has nothing to interlock with.
  const shift = columns === 1 ? 0 : cell / 2;
  const rowHeight = columns === 1 ? radius * 2 + gap : radius * 1.5 + gap;
  const rows = Math.ceil(count / columns);
  const centres = Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    return { x: cell / 2 + (index % columns) * cell + (row % 2 === 1 ? shift : 0), y: radius + row * rowHeight };
  });
  return { radius, columns, width: columns * cell + (rows > 1 ? shift : 0), height: rows === 0 ? 0 : (rows - 1) * rowHeight + radius * 2, centres };
}

/** Corners of a hexagon that stands on its point, as an SVG polygon takes them. */
export function hexagon(x: number, y: number, radius: number): string {
  return [90, 150, 210, 270, 330, 30].map((degrees) => `${(x + radius * Math.cos((degrees * Math.PI) / 180)).toFixed(1)},${(y + radius * Math.sin((degrees * Math.PI) / 180)).toFixed(1)}`).join(' ');
}

/** A name on at most two lines of a cell, parted where names are joined; what does not fit is cut off. */
export function cellLines(name: string, most: number): readonly string[] {
  if (name.length <= most) return [name];
  const joints = [...name.matchAll(/[-_.]/g)].map((match) => match.index + 1).filter((place) => place <= most);
  const place = joints.at(-1) ?? most;
  return [name.slice(0, place), name.slice(place, place + most)];
}

/** The cell that an arrow key goes to. */
export function neighbour(index: number, key: string, columns: number, count: number): number {
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : key === 'ArrowDown' ? columns : key === 'ArrowUp' ? -columns : 0;
  const next = index + step;
  return next >= 0 && next < count ? next : index;
}

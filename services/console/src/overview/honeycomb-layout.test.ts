import { cellLines, combRadius, hexagon, layOutComb, neighbour } from './honeycomb-layout.js';

test('cells stay inside the width, and rows interlock', () => {
  for (const [count, width] of [[1, 300], [24, 500], [1_000, 330], [7, 100]] as const) {
    const radius = combRadius(count, width > 420);
    const layout = layOutComb(count, width, radius);
    expect(layout.centres).toHaveLength(count);
    for (const { x, y } of layout.centres) {
      expect(x + radius * 0.87).toBeLessThanOrEqual(width + 1);
      expect(y + radius).toBeLessThanOrEqual(layout.height + 0.001);
    }
  }
});

test('no two cells overlap', () => {
  const { centres, radius } = layOutComb(30, 300, 20);
  for (const [index, a] of centres.entries()) for (const b of centres.slice(index + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(radius * 1.7);
});

test('long names are parted at their joints', () => {
  expect(cellLines('web-01', 9)).toEqual(['web-01']);
  expect(cellLines('opsloop-demo', 9)).toEqual(['opsloop-', 'demo']);
  expect(cellLines('averylongnamewithoutjoints', 9)).toEqual(['averylong', 'namewitho']);
});

test('arrow keys stay inside', () => {
  expect(neighbour(0, 'ArrowLeft', 5, 12)).toBe(0);
  expect(neighbour(0, 'ArrowDown', 5, 12)).toBe(5);
  expect(neighbour(9, 'ArrowDown', 5, 12)).toBe(9);
  expect(neighbour(3, 'Home', 5, 12)).toBe(3);
});

test('a hexagon has six corners', () => {
  expect(hexagon(0, 0, 10).split(' ')).toHaveLength(6);
});

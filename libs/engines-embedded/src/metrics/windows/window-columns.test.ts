import { allocateSingleColumns, createSpareColumns } from './window-columns.js';

describe('spare columns', () => {
  it('come back empty, and are used again where they are long enough', () => {
    const spares = createSpareColumns(allocateSingleColumns);
    const first = spares.take(1_500);
    expect(first.series.length).toBeGreaterThanOrEqual(1_500);
    first.rows = 1_500;
    spares.give(first);
    const larger = spares.take(first.series.length + 1);
    expect(larger).not.toBe(first);
    const again = spares.take(10);
    expect(again).toBe(first);
    expect(again.rows).toBe(0);
    expect(spares.take(10)).not.toBe(first);
  });

  it('keeps no more than the last two', () => {
    const spares = createSpareColumns(allocateSingleColumns);
    const [oldest, second, third] = [spares.take(10), spares.take(10), spares.take(10)];
    for (const one of [oldest, second, third]) spares.give(one);
    expect(spares.take(10)).toBe(second);
    expect(spares.take(10)).toBe(third);
    expect(spares.take(10)).not.toBe(oldest);
  });
});

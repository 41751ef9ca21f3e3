import fc from 'fast-check';
import { createMemorySlots, type MemorySlot, type MemorySlots } from './memory-slots.js';

function blockOf(slots: MemorySlots, slot: MemorySlot, sizeBytes: number): Uint8Array {
  const slab = slots.slabOf(slot);
  return slab.subarray(slots.offsetOf(slot), slots.offsetOf(slot) + sizeBytes);
}

describe('memory slots', () => {
  it('are zeros when they are taken, begin at multiples of 8, and never share a byte', () => {
    const sizes = [8, 24, 2_448];
    fc.assert(fc.property(fc.array(fc.record({ gives: fc.boolean(), size: fc.constantFrom(...sizes), which: fc.nat() }), { maxLength: 400 }), (steps) => {
      const slots = createMemorySlots();
      const held: { slot: MemorySlot; size: number; mark: number }[] = [];
      for (const [index, { gives, size, which }] of steps.entries()) {
        if (gives && held.length > 0) {
          const [{ slot, mark, size: own }] = held.splice(which % held.length, 1) as [(typeof held)[number]];
          expect(blockOf(slots, slot, own).every((byte) => byte === mark)).toBe(true);
          slots.giveBack(slot);
        } else {
          const slot = slots.take(size);
          expect(slots.offsetOf(slot) % 8).toBe(0);
          expect(blockOf(slots, slot, size).every((byte) => byte === 0)).toBe(true);
          const mark = 1 + (index % 255);
          blockOf(slots, slot, size).fill(mark);
          held.push({ slot, size, mark });
        }
      }
      for (const { slot, size, mark } of held) expect(blockOf(slots, slot, size).every((byte) => byte === mark)).toBe(true);
      expect(slots.held().slots).toBe(held.length);
    }), { numRuns: 100 });
  });

  it('are used again, so that series that come and go need no more than those that are there at once', () => {
    const slots = createMemorySlots();
    const taken = Array.from({ length: 1_000 }, () => slots.take(1_352));
    const { bufferBytes } = slots.held();
    expect(bufferBytes).toBeLessThan(1_000 * 1_352 * 1.1);
    for (let round = 0; round < 20; round++) {
      for (let at = round % 3; at < taken.length; at += 3) slots.giveBack(taken[at]!);
      for (let at = round % 3; at < taken.length; at += 3) taken[at] = slots.take(1_352);
    }
    expect(slots.held()).toEqual({ slots: 1_000, bufferBytes });
  });

  it('leave one buffer of each size behind when all are given back, which a single series uses again and again', () => {
    const slots = createMemorySlots();
    const taken = Array.from({ length: 3_000 }, (_, index) => slots.take(index % 2 === 0 ? 8 : 16));
    const all = slots.held().bufferBytes;
    for (const slot of taken) slots.giveBack(slot);
    const left = slots.held();
    expect(left.slots).toBe(0);
    expect(left.bufferBytes).toBeLessThan(all / 5);
    for (let round = 0; round < 10; round++) slots.giveBack(slots.take(8));
    expect(slots.slabOf(slots.take(8))).toBe(slots.slabOf(slots.take(8)));
    expect(slots.held()).toEqual({ slots: 2, bufferBytes: left.bufferBytes });
  });
});

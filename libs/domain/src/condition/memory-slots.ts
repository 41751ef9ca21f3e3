/**
 * Blocks of bytes for what conditions remember of series, many to a buffer: a buffer and views of its own for each series cost
 * the engine and the allocator some hundred bytes more. A block that is given back is used again; a buffer without any goes, but for
 * one with room.
 */

/** Blocks of a buffer: so many that its own cost, and the page that its end begins, are nothing beside them. */
const slotsOfSlab = 256;

/** Which block, as a plain number: an object for each series would cost what the block saves. */
export type MemorySlot = number;

export interface MemorySlots {
  /** A block of zeros. `sizeBytes` is a multiple of 8. */
  take(sizeBytes: number): MemorySlot;
  /** Nobody may use the slot any more: its bytes become those of another series. */
  giveBack(slot: MemorySlot): void;
  /** The buffer that the block lies in, and where in it the block begins: a multiple of 8. Views are made when they are needed. */
  slabOf(slot: MemorySlot): Uint8Array;
  offsetOf(slot: MemorySlot): number;
  /** Slots that are held, and the bytes of all buffers. */
  held(): { readonly slots: number; readonly bufferBytes: number };
}

interface Slab {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  /** Blocks that nobody holds. */
  readonly free: MemorySlot[];
}

export function createMemorySlots(): MemorySlots {
  /** Undefined where one went; its place is taken by the next. */
  const slabs: (Slab | undefined)[] = [];
  const gone: number[] = [];
  /** By size of their blocks: slabs that have room. */
  const roomy = new Map<number, Set<Slab>>();
  let slots = 0;
  let bufferBytes = 0;

  function addSlab(sizeBytes: number): Slab {
    const first = (gone.pop() ?? slabs.length) * slotsOfSlab;
    // The last is taken first, so that a slab fills from its begin: what was never written is not there yet.
    const free = Array.from({ length: slotsOfSlab }, (_, index) => first + slotsOfSlab - 1 - index);
    const slab = { bytes: new Uint8Array(slotsOfSlab * sizeBytes), sizeBytes, free };
    slabs[first / slotsOfSlab] = slab;
    bufferBytes += slab.bytes.length;
    return slab;
  }

  function roomFor(sizeBytes: number): Set<Slab> {
    const known = roomy.get(sizeBytes) ?? new Set();
    roomy.set(sizeBytes, known);
    return known;
  }

  const slabAt = (slot: MemorySlot): Slab => slabs[Math.floor(slot / slotsOfSlab)]!;
  const offsetOf = (slot: MemorySlot): number => (slot % slotsOfSlab) * slabAt(slot).sizeBytes;

  return {
    take(sizeBytes) {
      const room = roomFor(sizeBytes);
      const [slab = addSlab(sizeBytes)] = room;
      const slot = slab.free.pop()!;
      if (slab.free.length === 0) room.delete(slab);
      else room.add(slab);
      slots++;
      return slot;
    },
    giveBack(slot) {
      const slab = slabAt(slot);
      slab.bytes.fill(0, offsetOf(slot), offsetOf(slot) + slab.sizeBytes);
      slab.free.push(slot);
      slots--;
      const room = roomFor(slab.sizeBytes);
      room.add(slab);
      // The last one with room stays: a series that comes and goes must not make a buffer each time.
      if (slab.free.length < slotsOfSlab || room.size === 1) return;
      room.delete(slab);
      const index = Math.floor(slot / slotsOfSlab);
      slabs[index] = undefined;
      gone.push(index);
      bufferBytes -= slab.bytes.length;
    },
    slabOf: (slot) => slabAt(slot).bytes,
    offsetOf,
    held: () => ({ slots, bufferBytes }),
  };
}

import type { WindowBlock } from './window-block.js';

/** Marks series of a closed window as changed, so that the step emits them again. */
export function touch(block: WindowBlock, slots: Uint32Array, length: number): void {
  if (length === 0) return;
  if (!block.touched || block.touched.length < block.last.length) {
    const touched = new Uint8Array(block.last.length);
    if (block.touched) touched.set(block.touched);
    block.touched = touched;
  }
  for (let i = 0; i < length; i++) block.touched[slots[i]!] = 1;
}

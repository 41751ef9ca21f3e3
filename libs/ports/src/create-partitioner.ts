import { partitionOf } from './partition-of.js';

const keysAtMost = 200_000;
/** Above every hash, so that the hash itself comes out. */
const hashRange = 2 ** 31;

/** `partitionOf` with a memory: keys come again and again, and hashing one costs more than looking it up. */
export function createPartitioner(): (key: string, partitions: number) => number {
  const hashes = new Map<string, number>();
  return (key, partitions) => {
    let hash = hashes.get(key);
    if (hash === undefined) {
      if (hashes.size >= keysAtMost) hashes.clear();
      hashes.set(key, (hash = partitionOf(key, hashRange)));
    }
    return hash % partitions;
  };
}

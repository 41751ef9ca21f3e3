import { partitionOf } from './partition-of.js';

describe('partitionOf', () => {
  // Expected values: org.apache.kafka.common.utils.Utils.murmur2 as its own unit test lists them.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('agrees with Kafka on %s', (key, hash) => {
    expect(partitionOf(key, 1_000_003)).toBe((hash & 0x7fffffff) % 1_000_003);
  });
});

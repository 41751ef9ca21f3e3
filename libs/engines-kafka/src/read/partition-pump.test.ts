import type { BusRecord, Clock } from '@opsloop/ports';
import { eventually, pause } from '@opsloop/testing';
import { createPartitionPump } from './partition-pump.js';
import type { ReaderSink } from './topic-reader.js';

const recordAt = (position: number): BusRecord => ({ key: 'default/a', value: new Uint8Array(1), headers: {}, position, arrivalMs: 0 });
const clock = { sleep: pause } as unknown as Clock;

it('a log that lost its end: what was read before is handed out, then the partition is given back and assigned anew', async () => {
  const told: string[] = [];
  let sink: ReaderSink | undefined;
  const pump = createPartitionPump({
    name: 'g partition 0', partition: 0, clock,
    handlers: {
      onAssigned: async (_partition, isRewound) => void told.push(isRewound ? 'assigned, rewound' : 'assigned'),
      onBatch: async (_partition, records) => void told.push(`took ${records.map(({ position }) => position).join(' ')}`),
      onLost: async () => void told.push('lost'),
    },
    isCurrent: () => true,
    begin(given, rewoundTo) {
      sink = given;
      told.push(`begins at ${rewoundTo ?? 'its place'}`);
    },
    wakeReader: () => undefined,
    warn: (message) => void told.push(message),
  });
  await eventually('it is assigned', () => sink !== undefined);
  sink!.take([recordAt(98), recordAt(99)]);
  sink!.rewind!(40);
  await eventually('it begins again', () => told.includes('begins at 40'));
  sink!.take([recordAt(40)]);
  await eventually('it goes on', () => told.includes('took 40'));
  await pump.release();
  expect(told).toEqual(['assigned', 'begins at its place', 'took 98 99', 'lost', 'assigned, rewound', 'begins at 40', 'took 40', 'lost']);
});

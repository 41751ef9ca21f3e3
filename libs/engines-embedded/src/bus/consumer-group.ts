import type { BusHandlers, Clock } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { TopicLog } from './log/topic-log.js';
import { createPacedCall } from './paced-call.js';
import { createPartitionPump, type PartitionPump } from './partition-pump.js';

export interface ConsumerGroupOptions {
  readonly log: TopicLog;
  readonly group: string;
  readonly clock: Clock;
  warn(message: string, error: unknown): void;
}

/** The members of one group on one topic within this process; each partition belongs to one of them. */
export interface ConsumerGroup {
  join(handlers: BusHandlers): Member;
  /** Resolves when no member is left and every handler has ended. */
  stop(): Promise<void>;
}

export interface Member {
  commit(partition: number, position: number): Promise<void>;
  leave(): Promise<void>;
}

interface Slot {
  readonly partition: number;
  /** Who shall have it. */
  wanted: BusHandlers | undefined;
  owner: BusHandlers | undefined;
  pump: PartitionPump | undefined;
  /** Under way: one owner lets go before the next one takes over. */
  moving: Promise<void> | undefined;
  /** First row that holds something the pump was not told of; 0: whichever it is. */
  untold: number | undefined;
}

/**
 * Pumps are told of new rows at most this often, and at once after a quiet time: what several commits brought is
 * handled in one batch. Of 0, 20 and 50 ms, 20 took the least CPU per sample.
 */
const paceMs = 20;

export function createConsumerGroup({ log, group, clock, warn }: ConsumerGroupOptions): ConsumerGroup {
  const slots: Slot[] = Array.from({ length: log.partitions }, (_, partition) => ({ partition, wanted: undefined, owner: undefined, pump: undefined, moving: undefined, untold: undefined }));
  let members: BusHandlers[] = [];
  const tell = createPacedCall(paceMs, () => {
    for (const slot of slots) {
      if (slot.untold !== undefined) slot.pump?.wake(slot.untold);
      slot.untold = undefined;
    }
  });
  log.listen((row) => {
    for (const slot of slots) if (!row || row.has(slot.partition)) slot.untold ??= row?.id ?? 0;
    tell();
  });

  async function move(slot: Slot): Promise<void> {
    while (slot.owner !== slot.wanted) {
      // The owner may still commit while it lets go.
      await slot.pump?.release();
      slot.pump = undefined;
      slot.owner = slot.wanted;
      if (slot.owner) slot.pump = createPartitionPump({ log, group, partition: slot.partition, handlers: slot.owner, clock, warn });
    }
    slot.moving = undefined;
  }

  function rebalance(): void {
    share(slots, members);
    for (const slot of slots) if (slot.owner !== slot.wanted) slot.moving ??= move(slot);
  }

  async function leave(handlers: BusHandlers): Promise<void> {
    members = members.filter((one) => one !== handlers);
    rebalance();
    // Not the whole move: taking over is the business of the next owner.
    while (slots.some((slot) => slot.owner === handlers)) await Promise.race(slots.filter((slot) => slot.owner === handlers).map((slot) => slot.moving));
  }

  return {
    join(handlers) {
      // An object of its own: the same handlers may join twice.
      const member: BusHandlers = { onBatch: (...args) => handlers.onBatch(...args), onAssigned: async (p) => handlers.onAssigned?.(p), onLost: async (p) => handlers.onLost?.(p) };
      members.push(member);
      rebalance();
      return {
        async commit(partition, position) {
          if (slots[partition]?.owner !== member) throw new EngineError(`${group} on ${log.name}: partition ${partition} is not assigned to this member any more`, { retryable: true });
          await log.commit(group, partition, position);
        },
        leave: () => leave(member),
      };
    },
    async stop() {
      await Promise.all([...members].map(leave));
    },
  };
}

/** Even shares; whoever has a partition keeps it as far as that allows. */
function share(slots: Slot[], members: readonly BusHandlers[]): void {
  const counts = new Map(members.map((one) => [one, 0]));
  const quota = (index: number) => Math.floor(slots.length / members.length) + (index < slots.length % members.length ? 1 : 0);
  const room = (one: BusHandlers) => quota(members.indexOf(one)) - counts.get(one)!;
  const take = (slot: Slot, one: BusHandlers) => {
    slot.wanted = one;
    counts.set(one, counts.get(one)! + 1);
  };
  const free: Slot[] = [];
  for (const slot of slots) {
    const holder = slot.wanted;
    slot.wanted = undefined;
    if (holder && counts.has(holder) && room(holder) > 0) take(slot, holder);
    else free.push(slot);
  }
  for (const slot of free) {
    const next = members.find((one) => room(one) > 0);
    if (next) take(slot, next);
  }
}

/** Engines for a process that dies: what was written stays, what was on its way may or may not be, and nothing follows. */
import type { Bus, Clock, Documents, Subscription } from '@opsloop/ports';

export interface MortalEngines {
  readonly bus: Bus;
  readonly documents: Documents;
  readonly clock: Clock;
  /** From now on every call of this process hangs for ever, as calls of a killed process do; its group memberships end. */
  die(): void;
  isDead(): boolean;
}

export function createMortalEngines(engines: { readonly bus: Bus; readonly documents: Documents; readonly clock: Clock }): MortalEngines {
  const { clock } = engines;
  const lethal = new AbortController();
  let dead = false;
  let announceDeath: (error: Error) => void;
  const death = new Promise<never>((_, reject) => (announceDeath = reject));
  death.catch(() => undefined);
  const subscriptions: Subscription[] = [];
  const never = new Promise<never>(() => undefined);

  function mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get(_target, key) {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (dead) return never;
          const result = Reflect.apply(value, target, args) as unknown;
          if (!(result instanceof Promise)) return result;
          return result.then((answer: unknown) => (dead ? never : answer), (error: unknown) => (dead ? never : Promise.reject(error instanceof Error ? error : new Error(String(error)))));
        };
      },
    });
  }

  const bus: Bus = {
    publish: (topic, records) => mortal(engines.bus).publish(topic, records),
    tail: (topic, from, onRecords) => mortal(engines.bus).tail(topic, from, onRecords),
    isFull: () => engines.bus.isFull(),
    lag: () => mortal(engines.bus).lag(),
    nextPosition: (topic, partition) => mortal(engines.bus).nextPosition(topic, partition),
    async subscribe(topic, group, handlers) {
      if (dead) return never;
      const subscription = await engines.bus.subscribe(topic, group, { ...handlers, onBatch: (partition, records, context) => Promise.race([handlers.onBatch(partition, records, context), death]) });
      subscriptions.push(subscription);
      return mortal(subscription);
    },
  };
  return {
    bus,
    documents: { collection: (spec) => mortal(engines.documents.collection(spec)), now: () => mortal(engines.documents).now() },
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      // Timers end with their process: nothing wakes, and nothing keeps the test waiting.
      sleep: (ms, signal) => (dead ? never : clock.sleep(ms, signal ? AbortSignal.any([signal, lethal.signal]) : lethal.signal).then(() => (dead ? never : undefined))),
    },
    die() {
      if (dead) return;
      dead = true;
      lethal.abort();
      announceDeath(new Error('this process is dead'));
      for (const one of subscriptions) void one.stop();
    },
    isDead: () => dead,
  };
}

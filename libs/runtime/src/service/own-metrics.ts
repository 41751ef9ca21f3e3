import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of our own processes, in Prometheus' text format. Asking twice for a name gives the same metric. */
export interface OwnMetrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, labelNames?: readonly string[], buckets?: readonly number[]): Histogram;
  /** A counter that somebody else keeps: its labels and values are read whenever it is shown. On hot paths a plain number costs a fraction of `inc`. */
  counted(name: string, help: string, labelNames: readonly string[], read: () => Iterable<readonly [Readonly<Record<string, string>>, number]>): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** The lag of the event loop is measured by a timer that wakes the process this often, also when it has nothing to do. */
const eventLoopLagEveryMs = 100;

export function createOwnMetrics(): OwnMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopLagEveryMs });

  function once<T>(name: string, create: (fullName: string) => T): T {
    const fullName = `opsloop_${name}`;
    return (registry.getSingleMetric(fullName) as T | undefined) ?? create(fullName);
  }

  return {
    counter: (name, help, labelNames = []) => once(name, (full) => new Counter({ name: full, help, labelNames: [...labelNames], registers: [registry] })),
    gauge: (name, help, labelNames = []) => once(name, (full) => new Gauge({ name: full, help, labelNames: [...labelNames], registers: [registry] })),
    histogram: (name, help, labelNames = [], buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]) =>
      once(name, (full) => new Histogram({ name: full, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] })),
    counted(name, help, labelNames, read) {
      once(name, (full) => new Counter({
        name: full, help, labelNames: [...labelNames], registers: [registry],
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.inc(labels, value);
        },
      }));
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

import type { Settings } from '@opsloop/contracts';
import type { Bus, Checkpoints, Clock, Documents, MetricStore } from '@opsloop/ports';
import { hostname } from 'node:os';
import { createLogger, type Logger } from './logger.js';
import { createOwnMetrics } from './own-metrics.js';
import type { Part } from '../part/part.js';
import { createReach } from './reach.js';
import type { ServiceContext } from './service-context.js';
import { createSystemClock } from './system-clock.js';
import { watchedBus } from './watched-bus.js';

/** Rejects, with a reason, when the engine does not answer. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<void>;
}

/** The engines that the settings choose; `parts` are started in order before anything uses them. */
export interface EngineSet {
  readonly bus: Bus;
  readonly documents: Documents;
  readonly checkpoints: Checkpoints;
  readonly metricStore: MetricStore;
  readonly parts: readonly Part[];
  readonly health: readonly HealthCheck[];
  /** Counters that the engines keep, by their names among the own metrics. */
  readonly counters?: Readonly<Record<string, { readonly help: string; read(): number }>>;
}

/** Implemented by libs/engines, the only place that chooses engines. */
export type OpenEngines = (options: { readonly settings: Settings; readonly clock: Clock; readonly logger: Logger; readonly lone: boolean }) => Promise<EngineSet>;

/** Opens the engines and makes the context that services get. `lone`: this process runs one service alone. */
export async function openContext(name: string, settings: Settings, openEngines: OpenEngines, lone: boolean): Promise<{ context: ServiceContext; engines: EngineSet }> {
  const clock = createSystemClock();
  const logger = createLogger(settings.LOG_LEVEL, name);
  const engines = await openEngines({ settings, clock, logger, lone });
  const { bus, documents, checkpoints, metricStore } = engines;
  const ownMetrics = createOwnMetrics();
  for (const [counter, { help, read }] of Object.entries(engines.counters ?? {})) ownMetrics.counted(counter, help, [], () => [[{}, read()]]);
  const context: ServiceContext = {
    settings,
    instance: settings.INSTANCE ?? `${hostname()}-${process.pid}`,
    bus: watchedBus(bus, ownMetrics),
    documents, checkpoints, metricStore, clock, logger, ownMetrics,
    reach: createReach(settings.FAULT_POINT),
  };
  return { context, engines };
}

/** The same context under another name in the logs. */
export function contextFor(context: ServiceContext, service: string): ServiceContext {
  return { ...context, logger: createLogger(context.settings.LOG_LEVEL, service) };
}

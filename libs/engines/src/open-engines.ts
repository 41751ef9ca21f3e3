/** The only place that chooses engines by settings. */
import type { Settings } from '@opsloop/contracts';
import type { Bus, Checkpoints, Clock, Documents, MetricStore } from '@opsloop/ports';
import { checkEngineSettings } from './check-engine-settings.js';
import { createDocumentCheckpoints } from './document-checkpoints.js';
import type { EngineLog, EnginePart } from './engine-part.js';
import { createNameHolder } from './name-holder.js';
import { openBus, type BusCounters } from './open-bus.js';
import { openDocuments } from './open-documents.js';
import { openMetricStore } from './open-metric-store.js';

export interface EngineHealth {
  readonly name: string;
  /** Rejects with the reason while the engine does not answer. */
  check(): Promise<void>;
}

export interface Engines {
  readonly bus: Bus;
  readonly documents: Documents;
  readonly checkpoints: Checkpoints;
  readonly metricStore: MetricStore;
  /** To be started in this order, and stopped in the reverse one. */
  readonly parts: readonly EnginePart[];
  readonly health: readonly EngineHealth[];
  readonly counters: BusCounters;
}

export interface OpenEnginesOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: EngineLog;
  /** This process runs one service alone. */
  readonly lone: boolean;
}

/**
 * Makes the engines that the settings name, in any mix, and loads no other; nothing runs before the parts are started.
 * Throws a non-retryable EngineError of one line, as their starts do, that names the setting and the mend.
 */
export async function openEngines({ settings, clock, logger, lone }: OpenEnginesOptions): Promise<Engines> {
  checkEngineSettings(settings, lone);
  const documents = await openDocuments(settings, clock, logger);
  const bus = await openBus(settings, clock, logger);
  const metricStore = await openMetricStore(settings, clock, logger);
  const embedded = [settings.BUS, settings.METRICS, settings.DOCUMENTS].includes('embedded');
  // Embedded documents are locked with their folder already.
  const name = settings.DOCUMENTS === 'embedded' ? undefined : settings.INSTANCE;
  return {
    bus,
    documents,
    checkpoints: createDocumentCheckpoints({ documents, clock }),
    metricStore,
    parts: [
      ...(embedded ? [dataFolder(settings.DATA_DIR)] : []),
      documents,
      ...(name === undefined ? [] : [createNameHolder({ documents, name, clock, logger })]),
      bus,
      metricStore,
    ],
    health: [
      { name: 'bus', check: bus.check },
      { name: 'documents', check: documents.check },
      { name: 'metrics', check: () => metricStore.check() },
    ],
    counters: bus.counters ?? {},
  };
}

/** The first part to start and the last one to stop: nothing else may touch the folder before and after. */
function dataFolder(dataDir: string): EnginePart {
  let release: (() => void) | undefined;
  return {
    name: 'data folder',
    async start() {
      const { lockDataDir } = await import('@opsloop/engines-embedded');
      release ??= lockDataDir(dataDir).release;
    },
    async stop() {
      release?.();
      release = undefined;
    },
  };
}

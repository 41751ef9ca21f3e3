/** The only place that chooses engines by settings. */
import type { Settings } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore, lockDataDir, type DataDirLock } from '@opsloop/engines-embedded';
import type { Bus, Checkpoints, Clock, Documents, MetricStore } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createDocumentCheckpoints } from './document-checkpoints.js';

/** The shape of runtime's Part, which engines may not import. */
export interface EnginePart {
  readonly name: string;
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

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
}

/** What engines say in the log of the process. */
export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface OpenEnginesOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: EngineLog;
  /** This process runs one service alone. */
  readonly lone: boolean;
}

/**
 * Makes the engines that the settings name; nothing runs before the parts are started. Throws a non-retryable
 * EngineError of one line for an engine that is not built yet, and for a lone service on an embedded engine: those
 * have one owner, so they work in all-in-one alone.
 */
export async function openEngines({ settings, clock, logger, lone }: OpenEnginesOptions): Promise<Engines> {
  refuseWhatIsMissing(settings);
  if (lone) refuseEmbedded();
  const dataDir = settings.DATA_DIR;
  const bus = createEmbeddedBus({
    dataDir,
    clock,
    maxBytes: settings.BUS_MAX_BYTES,
    faultPoint: settings.FAULT_POINT,
    onTrouble: (error) => (error ? logger.error({ err: error }, 'the log cannot be written; publishers wait and try again') : logger.info({}, 'the log can be written again')),
    onHandlerFailure: (message, error) => logger.warn({ err: error }, message),
  });
  const documents = createEmbeddedDocuments({
    dataDir,
    clock,
    onTrouble: (error) => (error ? logger.error({ err: error }, 'documents cannot be written; writers wait and try again') : logger.info({}, 'documents can be written again')),
  });
  const metricStore = createEmbeddedMetricStore({
    dataDir,
    windowMs: settings.WINDOW_MS,
    faultPoint: settings.FAULT_POINT,
    onTrouble: (error) => (error ? logger.error({ err: error }, 'history cannot be written; its writer waits and tries again') : logger.info({}, 'history can be written again')),
  });
  return {
    bus,
    documents,
    checkpoints: createDocumentCheckpoints({ documents, clock }),
    metricStore,
    parts: [dataFolder(dataDir), documents, bus, metricStore],
    health: [
      { name: 'bus', check: bus.check },
      { name: 'documents', check: documents.check },
      { name: 'metrics', check: () => metricStore.check() },
    ],
  };
}

function refuseWhatIsMissing({ BUS, METRICS, DOCUMENTS }: Settings): void {
  const chosen = { OPSLOOP_BUS: BUS, OPSLOOP_METRICS: METRICS, OPSLOOP_DOCUMENTS: DOCUMENTS };
  for (const [setting, engine] of Object.entries(chosen)) if (engine !== 'embedded') refuse(`${setting}=${engine} is not available yet: set it to embedded, or leave it out`);
}

function refuseEmbedded(): void {
  refuse('OPSLOOP_BUS=embedded works in all-in-one only (npm start): its engines have one owner, so a service that runs alone cannot use them');
}

/** The first part to start and the last one to stop: nothing else may touch the folder before and after. */
function dataFolder(dataDir: string): EnginePart {
  let lock: DataDirLock | undefined;
  return {
    name: 'data folder',
    async start() {
      lock ??= lockDataDir(dataDir);
    },
    async stop() {
      lock?.release();
      lock = undefined;
    },
  };
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}

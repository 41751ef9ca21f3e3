import type { Settings } from '@opsloop/contracts';
import type { Bus, Checkpoints, Clock, Documents, MetricStore } from '@opsloop/ports';
import type { Logger } from './logger.js';
import type { OwnMetrics } from './own-metrics.js';
import type { Reach } from './reach.js';

/** What every service factory gets. Nothing in a service asks which engine stands behind a port. */
export interface ServiceContext {
  readonly settings: Settings;
  /** Name of this process among its peers: owner of leases and claims. */
  readonly instance: string;
  readonly bus: Bus;
  readonly documents: Documents;
  readonly checkpoints: Checkpoints;
  readonly metricStore: MetricStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ownMetrics: OwnMetrics;
  readonly reach: Reach;
}

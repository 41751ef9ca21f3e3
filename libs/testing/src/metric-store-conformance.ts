import { describeMetricStoreCrashes } from './metric-store/metric-store-crash-suite.js';
import { describeMetricStoreReads } from './metric-store/metric-store-read-suite.js';
import { describeMetricStoreTiers } from './metric-store/metric-store-tier-suite.js';
import type { CreateMetricStore } from './metric-store/metric-store-under-test.js';
import { describeMetricStoreWrites } from './metric-store/metric-store-write-suite.js';

/** What every metric store promises; runs inside a jest test file. */
export function metricStoreConformance(name: string, create: CreateMetricStore): void {
  describe(`${name} is a metric store`, () => {
    describeMetricStoreWrites(create);
    describeMetricStoreReads(create);
    describeMetricStoreTiers(create);
    describeMetricStoreCrashes(create);
  });
}

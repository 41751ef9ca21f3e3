export { createInfluxMetricStore, type InfluxMetricStore, type InfluxMetricStoreOptions } from './create-influx-metric-store.js';

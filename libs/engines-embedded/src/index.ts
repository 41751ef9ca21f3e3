export * from './bus/create-embedded-bus.js';
export * from './documents/create-embedded-documents.js';
export * from './data-folder/lock-data-dir.js';
export * from './metrics/create-embedded-metric-store.js';

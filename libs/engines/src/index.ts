export * from './document-checkpoints.js';
export * from './migrate-engines.js';
export * from './open-engines.js';

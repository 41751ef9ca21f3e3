export * from './document-checkpoints.js';
export * from './open-engines.js';

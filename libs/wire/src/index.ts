export * from './batch-header-codec.js';
export * from './byte-reader.js';
export * from './byte-writer.js';
export * from './dictionary-codec.js';
export * from './raw-batch-codec.js';
export * from './wire-error.js';

export * from './manual-clock.js';
export * from './server-process.js';

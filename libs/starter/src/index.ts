export * from './demo-definitions.js';
export * from './demo-process.js';
export * from './starter-definitions.js';

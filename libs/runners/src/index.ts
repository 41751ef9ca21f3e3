export * from './create-runners.js';
export * from './http/http-runner.js';
export * from './local/local-runner.js';

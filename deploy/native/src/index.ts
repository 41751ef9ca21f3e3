export * from './install-kafka.js';
export * from './start-kafka.js';
export * from './install-telegraf.js';

export * from './install-kafka.js';
export * from './start-kafka.js';
export * from './install-telegraf.js';
export * from './install-influxd.js';
export * from './start-influxd.js';

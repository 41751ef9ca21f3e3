export * from './install-kafka.js';
export * from './start-kafka.js';
export * from './install-telegraf.js';
export * from './install-influxd.js';
export * from './start-influxd.js';
export * from './install-mongo-server.js';
export * from './start-mongo-server.js';

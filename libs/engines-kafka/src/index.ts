export * from './create-kafka-bus.js';
export * from './kafka-bus-options.js';

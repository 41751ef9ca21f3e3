export * from './bus/create-embedded-bus.js';

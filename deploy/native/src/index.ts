export * from './install-telegraf.js';

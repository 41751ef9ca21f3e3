export { createTrigger } from './service.js';

export { createAllInOne, type AllInOneDeps } from './service.js';

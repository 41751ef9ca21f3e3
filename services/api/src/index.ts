export { createApi, describeApi, type ApiDeps } from './service.js';
export type { Simulate } from './me-routes.js';

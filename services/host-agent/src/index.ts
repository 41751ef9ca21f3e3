export type { ProbedService } from './probe-service.js';
export { createHostAgent, type HostAgentDeps } from './service.js';

export { createCollector, type Collector, type CollectorDeps } from './service.js';
export { Intake, type IntakeRequest, type OpenRequest } from './intake.js';

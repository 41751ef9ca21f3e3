import { describeMetrics } from './describe-metrics.js';

/** Counted from log lines by ourselves; SUM over a window is the number of lines in it. */
export const logMetrics = describeMetrics({ group: 'log', dimensions: ['level', 'service', 'template'], targetKinds: ['host', 'service'] }, [
  ['line_count', 'count', 'gauge', 'Log lines', '로그 줄 수'],
  ['template_count', 'count', 'gauge', 'Log lines of one template', '템플릿별 로그 줄 수'],
]);

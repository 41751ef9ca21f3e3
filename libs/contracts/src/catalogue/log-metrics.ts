import { describeMetrics } from './describe-metrics.js';

/** Counted from log lines by ourselves; SUM over a window is the number of lines, or of templates, in it. */
export const logMetrics = describeMetrics({ group: 'log', dimensions: ['level', 'service', 'template'], targetKinds: ['host', 'service'] }, [
  ['line_count', 'count', 'gauge', 'Log lines', '로그 줄 수'],
  ['template_count', 'count', 'gauge', 'Log lines of one template', '템플릿별 로그 줄 수'],
  ['template_appeared', 'count', 'gauge', 'New log templates', '새로 나타난 로그 템플릿'],
  ['template_surged', 'count', 'gauge', 'Surging log templates', '급증한 로그 템플릿'],
]);

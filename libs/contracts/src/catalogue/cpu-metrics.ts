import { describeMetrics } from './describe-metrics.js';

/** Processors, per core and in total (Telegraf cpu). */
export const cpuMetrics = describeMetrics({ group: 'cpu', dimensions: ['cpu'], total: { cpu: 'cpu-total' } }, [
  ['usage_idle', 'percent', 'gauge', 'CPU utilisation', 'CPU 사용률', { name: 'utilisation', scale: -1, offset: 100 }],
  ['usage_user', 'percent', 'gauge', 'CPU in user mode', 'CPU 사용자 모드'],
  ['usage_system', 'percent', 'gauge', 'CPU in kernel mode', 'CPU 커널 모드'],
  ['usage_idle', 'percent', 'gauge', 'CPU idle', 'CPU 유휴'],
  ['usage_nice', 'percent', 'gauge', 'CPU for low-priority processes', 'CPU 낮은 우선순위'],
  ['usage_iowait', 'percent', 'gauge', 'CPU waiting for I/O', 'CPU I/O 대기'],
  ['usage_irq', 'percent', 'gauge', 'CPU for hardware interrupts', 'CPU 하드웨어 인터럽트'],
  ['usage_softirq', 'percent', 'gauge', 'CPU for software interrupts', 'CPU 소프트웨어 인터럽트'],
  ['usage_steal', 'percent', 'gauge', 'CPU taken by the hypervisor', 'CPU 하이퍼바이저 점유'],
  ['usage_guest', 'percent', 'gauge', 'CPU for guests', 'CPU 게스트'],
  ['usage_guest_nice', 'percent', 'gauge', 'CPU for low-priority guests', 'CPU 낮은 우선순위 게스트'],
  ['usage_active', 'percent', 'gauge', 'CPU active', 'CPU 활성'],
  ['time_user', 'ratio', 'counter', 'CPU time in user mode', 'CPU 시간 사용자 모드'],
  ['time_system', 'ratio', 'counter', 'CPU time in kernel mode', 'CPU 시간 커널 모드'],
  ['time_idle', 'ratio', 'counter', 'CPU time idle', 'CPU 시간 유휴'],
  ['time_nice', 'ratio', 'counter', 'CPU time for low-priority processes', 'CPU 시간 낮은 우선순위'],
  ['time_iowait', 'ratio', 'counter', 'CPU time waiting for I/O', 'CPU 시간 I/O 대기'],
  ['time_irq', 'ratio', 'counter', 'CPU time for hardware interrupts', 'CPU 시간 하드웨어 인터럽트'],
  ['time_softirq', 'ratio', 'counter', 'CPU time for software interrupts', 'CPU 시간 소프트웨어 인터럽트'],
  ['time_steal', 'ratio', 'counter', 'CPU time taken by the hypervisor', 'CPU 시간 하이퍼바이저 점유'],
  ['time_guest', 'ratio', 'counter', 'CPU time for guests', 'CPU 시간 게스트'],
  ['time_guest_nice', 'ratio', 'counter', 'CPU time for low-priority guests', 'CPU 시간 낮은 우선순위 게스트'],
  ['time_active', 'ratio', 'counter', 'CPU time active', 'CPU 시간 활성'],
  ['speed', 'hertz', 'gauge', 'CPU clock', 'CPU 클록', { scale: 1e6 }],
]);

import { describeMetrics } from './describe-metrics.js';

const azure = 'azure_monitor_microsoft_compute_virtualmachines';
const google = 'compute.googleapis.com/instance';
/** Google Cloud counts over its sampling period of 60 s. */
const perMinute = 1 / 60;

/** Virtual machines as their cloud sees them. Sums over a period whose length the message does not name are left under their own name. */
const machine = describeMetrics({ group: 'vm', measurement: 'cb_spider', targetKinds: ['host'] }, [
  ['cpu_usage', 'percent', 'gauge', 'VM CPU utilisation', 'VM CPU 사용률', {
    also: [{ field: 'cloudwatch_aws_ec2.cpu_utilization_average' }, { field: `${azure}_percentage_cpu.average` }, { field: `${google}/cpu.utilization`, scale: 100 }],
  }],
  ['memory_usage', 'percent', 'gauge', 'VM memory utilisation', 'VM 메모리 사용률'],
  ['memory_available', 'bytes', 'gauge', 'VM memory available', 'VM 메모리 가용', { also: [{ field: `${azure}_available_memory_bytes.average` }] }],
  ['disk_read', 'bytes_per_second', 'gauge', 'VM disk read throughput', 'VM 디스크 읽기 처리량', { also: [{ field: `${google}/disk.read_bytes_count`, scale: perMinute }] }],
  ['disk_write', 'bytes_per_second', 'gauge', 'VM disk write throughput', 'VM 디스크 쓰기 처리량', { also: [{ field: `${google}/disk.write_bytes_count`, scale: perMinute }] }],
  ['disk_read_ops', 'count_per_second', 'gauge', 'VM disk reads', 'VM 디스크 읽기 횟수', { also: [{ field: `${azure}_disk_read_operations_sec.average` }, { field: `${google}/disk.read_ops_count`, scale: perMinute }] }],
  ['disk_write_ops', 'count_per_second', 'gauge', 'VM disk writes', 'VM 디스크 쓰기 횟수', { also: [{ field: `${azure}_disk_write_operations_sec.average` }, { field: `${google}/disk.write_ops_count`, scale: perMinute }] }],
  ['network_in', 'bytes_per_second', 'gauge', 'VM network received', 'VM 네트워크 수신량', { also: [{ field: `${google}/network.received_bytes_count`, scale: perMinute }] }],
  ['network_out', 'bytes_per_second', 'gauge', 'VM network sent', 'VM 네트워크 송신량', { also: [{ field: `${google}/network.sent_bytes_count`, scale: perMinute }] }],
]);

const mebibyte = 2 ** 20;

/** Benchmarks of a multi-cloud infrastructure: executions, throughput, transactions, round trips. */
const infrastructure = describeMetrics({ group: 'infra', dimensions: ['target'], targetKinds: ['host'] }, [
  ['cpus', 'count_per_second', 'gauge', 'CPU executions, one core', '단일 코어 CPU 처리량'],
  ['cpum', 'count_per_second', 'gauge', 'CPU executions, all cores', '전체 코어 CPU 처리량'],
  ['memR', 'bytes_per_second', 'gauge', 'Memory read throughput', '메모리 읽기 처리량', { name: 'mem_read', scale: mebibyte }],
  ['memW', 'bytes_per_second', 'gauge', 'Memory write throughput', '메모리 쓰기 처리량', { name: 'mem_write', scale: mebibyte }],
  ['fioR', 'bytes_per_second', 'gauge', 'File read throughput', '파일 읽기 처리량', { name: 'file_read', scale: mebibyte }],
  ['fioW', 'bytes_per_second', 'gauge', 'File write throughput', '파일 쓰기 처리량', { name: 'file_write', scale: mebibyte }],
  ['dbR', 'count_per_second', 'gauge', 'Database reads', '데이터베이스 읽기 처리량', { name: 'db_read' }],
  ['dbW', 'count_per_second', 'gauge', 'Database writes', '데이터베이스 쓰기 처리량', { name: 'db_write' }],
  ['rtt', 'seconds', 'gauge', 'Round trip', '왕복 시간', { scale: 0.001 }],
  ['mrtt', 'seconds', 'gauge', 'Mean round trip to the others', '상호 왕복 시간', { scale: 0.001 }],
]);

/** What clouds report of their machines. */
export const cloudMetrics = [...machine, ...infrastructure];

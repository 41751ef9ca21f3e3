import { describeMetrics } from './describe-metrics.js';

const disk = describeMetrics({ group: 'disk', dimensions: ['device', 'fstype', 'path'] }, [
  ['total', 'bytes', 'gauge', 'File system size', '파일시스템 전체'],
  ['used', 'bytes', 'gauge', 'File system used', '파일시스템 사용량'],
  ['free', 'bytes', 'gauge', 'File system free', '파일시스템 여유'],
  ['used_percent', 'percent', 'gauge', 'File system utilisation', '파일시스템 사용률'],
  ['inodes_total', 'count', 'gauge', 'Inodes', '아이노드 전체'],
  ['inodes_used', 'count', 'gauge', 'Inodes used', '아이노드 사용량'],
  ['inodes_free', 'count', 'gauge', 'Inodes free', '아이노드 여유'],
  ['inodes_used_percent', 'percent', 'gauge', 'Inode utilisation', '아이노드 사용률'],
]);

/** Times are sent in milliseconds spent: their rate is seconds per second, the mean number of requests in flight. */
const diskio = describeMetrics({ group: 'diskio', dimensions: ['name'] }, [
  ['reads', 'count_per_second', 'counter', 'Disk reads', '디스크 읽기 횟수'],
  ['writes', 'count_per_second', 'counter', 'Disk writes', '디스크 쓰기 횟수'],
  ['read_bytes', 'bytes_per_second', 'counter', 'Disk read throughput', '디스크 읽기 처리량'],
  ['write_bytes', 'bytes_per_second', 'counter', 'Disk write throughput', '디스크 쓰기 처리량'],
  ['read_time', 'ratio', 'counter', 'Disk time in reads', '디스크 읽기 시간', { scale: 0.001 }],
  ['write_time', 'ratio', 'counter', 'Disk time in writes', '디스크 쓰기 시간', { scale: 0.001 }],
  ['io_time', 'ratio', 'counter', 'Disk busy', '디스크 작업 시간', { scale: 0.001 }],
  ['weighted_io_time', 'ratio', 'counter', 'Disk queue', '디스크 가중 대기 시간', { scale: 0.001 }],
  ['iops_in_progress', 'count', 'gauge', 'Disk requests in flight', '디스크 진행 중 요청'],
  ['merged_reads', 'count_per_second', 'counter', 'Disk reads merged', '디스크 병합 읽기'],
  ['merged_writes', 'count_per_second', 'counter', 'Disk writes merged', '디스크 병합 쓰기'],
  ['io_await', 'seconds', 'gauge', 'Disk time per request', '디스크 요청당 시간', { scale: 0.001 }],
  ['io_svctm', 'seconds', 'gauge', 'Disk service time per request', '디스크 요청당 처리 시간', { scale: 0.001 }],
  ['io_util', 'percent', 'gauge', 'Disk utilisation', '디스크 사용률'],
]);

/** File systems and block devices (Telegraf disk, diskio). */
export const diskMetrics = [...disk, ...diskio];

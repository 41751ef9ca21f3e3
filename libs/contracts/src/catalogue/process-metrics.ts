import { describeMetrics } from './describe-metrics.js';

const processes = describeMetrics({ group: 'processes' }, [
  ['total', 'count', 'gauge', 'Processes', '프로세스 전체'],
  ['running', 'count', 'gauge', 'Processes running', '실행 중 프로세스'],
  ['sleeping', 'count', 'gauge', 'Processes sleeping', '대기 프로세스'],
  ['blocked', 'count', 'gauge', 'Processes blocked', '블록된 프로세스'],
  ['zombies', 'count', 'gauge', 'Zombies', '좀비 프로세스'],
  ['stopped', 'count', 'gauge', 'Processes stopped', '정지 프로세스'],
  ['dead', 'count', 'gauge', 'Processes dead', '종료된 프로세스'],
  ['idle', 'count', 'gauge', 'Processes idle', '유휴 프로세스'],
  ['paging', 'count', 'gauge', 'Processes paging', '페이징 프로세스'],
  ['parked', 'count', 'gauge', 'Processes parked', '파킹된 프로세스'],
  ['wait', 'count', 'gauge', 'Processes waiting', '기다리는 프로세스'],
  ['unknown', 'count', 'gauge', 'Processes in an unknown state', '상태 불명 프로세스'],
  ['total_threads', 'count', 'gauge', 'Threads', '스레드 전체'],
]);

const system = describeMetrics({ group: 'system' }, [
  ['load1', 'count', 'gauge', 'Load, 1 minute', '부하 1분'],
  ['load5', 'count', 'gauge', 'Load, 5 minutes', '부하 5분'],
  ['load15', 'count', 'gauge', 'Load, 15 minutes', '부하 15분'],
  ['n_cpus', 'count', 'gauge', 'Logical processors', '논리 CPU 수'],
  ['n_physical_cpus', 'count', 'gauge', 'Physical processors', '물리 CPU 수'],
  ['n_users', 'count', 'gauge', 'Sessions', '로그인 세션'],
  ['n_unique_users', 'count', 'gauge', 'Users', '로그인 사용자'],
  ['uptime', 'seconds', 'gauge', 'Uptime', '가동 시간'],
]);

const procstat = describeMetrics({ group: 'procstat', dimensions: ['pid', 'process_name', 'user'] }, [
  ['cpu_usage', 'percent', 'gauge', 'CPU of the process', '프로세스 CPU 사용률'],
  ['cpu_time', 'ratio', 'counter', 'CPU time of the process', '프로세스 CPU 시간'],
  ['cpu_time_user', 'ratio', 'counter', 'CPU time in user mode', '프로세스 CPU 시간 (사용자)'],
  ['cpu_time_system', 'ratio', 'counter', 'CPU time in kernel mode', '프로세스 CPU 시간 (커널)'],
  ['cpu_time_iowait', 'ratio', 'counter', 'CPU time waiting for I/O', '프로세스 CPU 시간 (I/O 대기)'],
  ['memory_usage', 'percent', 'gauge', 'Memory of the process, share', '프로세스 메모리 사용률'],
  ['memory_rss', 'bytes', 'gauge', 'Resident memory', '프로세스 상주 메모리', { name: 'rss' }],
  ['memory_vms', 'bytes', 'gauge', 'Virtual memory', '프로세스 가상 메모리'],
  ['memory_swap', 'bytes', 'gauge', 'Memory in swap', '프로세스 스왑'],
  ['memory_size', 'bytes', 'gauge', 'Memory mapped', '프로세스 매핑 메모리'],
  ['memory_pss', 'bytes', 'gauge', 'Proportional memory', '프로세스 비례 메모리'],
  ['memory_anonymous', 'bytes', 'gauge', 'Anonymous memory', '프로세스 익명 메모리'],
  ['memory_referenced', 'bytes', 'gauge', 'Referenced memory', '프로세스 참조 메모리'],
  ['memory_private_clean', 'bytes', 'gauge', 'Private clean memory', '프로세스 전용 메모리 (클린)'],
  ['memory_private_dirty', 'bytes', 'gauge', 'Private dirty memory', '프로세스 전용 메모리 (더티)'],
  ['memory_shared_clean', 'bytes', 'gauge', 'Shared clean memory', '프로세스 공유 메모리 (클린)'],
  ['memory_shared_dirty', 'bytes', 'gauge', 'Shared dirty memory', '프로세스 공유 메모리 (더티)'],
  ['num_threads', 'count', 'gauge', 'Threads of the process', '프로세스 스레드 수', { name: 'threads' }],
  ['num_fds', 'count', 'gauge', 'Open files of the process', '프로세스 파일 디스크립터 수', { name: 'fds' }],
  ['read_count', 'count_per_second', 'counter', 'Read calls', '프로세스 읽기 호출'],
  ['write_count', 'count_per_second', 'counter', 'Write calls', '프로세스 쓰기 호출'],
  ['read_bytes', 'bytes_per_second', 'counter', 'Bytes read', '프로세스 읽기 처리량'],
  ['write_bytes', 'bytes_per_second', 'counter', 'Bytes written', '프로세스 쓰기 처리량'],
  ['disk_read_bytes', 'bytes_per_second', 'counter', 'Bytes read from disk', '프로세스 디스크 읽기'],
  ['disk_write_bytes', 'bytes_per_second', 'counter', 'Bytes written to disk', '프로세스 디스크 쓰기'],
  ['voluntary_context_switches', 'count_per_second', 'counter', 'Voluntary context switches', '자발적 문맥 교환'],
  ['involuntary_context_switches', 'count_per_second', 'counter', 'Involuntary context switches', '비자발적 문맥 교환'],
  ['minor_faults', 'count_per_second', 'counter', 'Minor page faults', '마이너 페이지 폴트'],
  ['major_faults', 'count_per_second', 'counter', 'Major page faults', '메이저 페이지 폴트'],
  ['child_minor_faults', 'count_per_second', 'counter', 'Minor page faults of children', '자식 마이너 페이지 폴트'],
  ['child_major_faults', 'count_per_second', 'counter', 'Major page faults of children', '자식 메이저 페이지 폴트'],
  ['signals_pending', 'count', 'gauge', 'Signals pending', '대기 시그널'],
  ['nice_priority', '', 'gauge', 'Nice value', 'nice 값'],
  ['realtime_priority', '', 'gauge', 'Real-time priority', '실시간 우선순위'],
  ['created_at', 'seconds', 'gauge', 'Started at, since 1970', '시작 시각', { scale: 1e-9 }],
  ['pid', '', 'gauge', 'Process id', '프로세스 ID'],
  ['ppid', '', 'gauge', 'Parent process id', '부모 프로세스 ID'],
]);

const lookup = describeMetrics({ group: 'procstat_lookup', dimensions: ['exe', 'pattern', 'pid_file', 'systemd_unit', 'user'] }, [
  ['pid_count', 'count', 'gauge', 'Processes found', '찾은 프로세스 수'],
  ['running', 'count', 'gauge', 'Processes found running', '실행 중인 프로세스 수'],
  ['result_code', '', 'gauge', 'Result of the lookup (0: found)', '조회 결과 (0: 성공)'],
]);

/** Processes and the system as a whole (Telegraf processes, system, procstat). */
export const processMetrics = [...processes, ...system, ...procstat, ...lookup];

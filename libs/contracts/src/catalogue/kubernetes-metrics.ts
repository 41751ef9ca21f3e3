import { describeMetrics } from './describe-metrics.js';

const nano = 1e-9;
const milli = 0.001;

const node = describeMetrics({ group: 'k8s_node', measurement: 'kubernetes_node', dimensions: ['condition', 'node_name'], targetKinds: ['host', 'k8s-node'] }, [
  ['cpu_usage_nanocores', 'count', 'gauge', 'Node CPU, cores', '노드 CPU 사용 코어', { name: 'cpu_usage', scale: nano }],
  ['cpu_usage_core_nanoseconds', 'ratio', 'counter', 'Node CPU time', '노드 CPU 시간', { name: 'cpu_time', scale: nano }],
  ['memory_usage_bytes', 'bytes', 'gauge', 'Node memory used', '노드 메모리 사용량', { name: 'memory_usage' }],
  ['memory_available_bytes', 'bytes', 'gauge', 'Node memory available', '노드 메모리 가용', { name: 'memory_available' }],
  ['memory_working_set_bytes', 'bytes', 'gauge', 'Node working set', '노드 작업 집합', { name: 'memory_working_set' }],
  ['memory_rss_bytes', 'bytes', 'gauge', 'Node resident memory', '노드 상주 메모리', { name: 'memory_rss' }],
  ['memory_page_faults', 'count_per_second', 'counter', 'Node page faults', '노드 페이지 폴트'],
  ['memory_major_page_faults', 'count_per_second', 'counter', 'Node major page faults', '노드 메이저 페이지 폴트'],
  ['network_rx_bytes', 'bytes_per_second', 'counter', 'Node received', '노드 수신량'],
  ['network_tx_bytes', 'bytes_per_second', 'counter', 'Node sent', '노드 송신량'],
  ['network_rx_errors', 'count_per_second', 'counter', 'Node receive errors', '노드 수신 오류'],
  ['network_tx_errors', 'count_per_second', 'counter', 'Node send errors', '노드 송신 오류'],
  ['fs_capacity_bytes', 'bytes', 'gauge', 'Node file system', '노드 파일시스템 전체', { name: 'fs_capacity' }],
  ['fs_used_bytes', 'bytes', 'gauge', 'Node file system used', '노드 파일시스템 사용량', { name: 'fs_used' }],
  ['fs_available_bytes', 'bytes', 'gauge', 'Node file system available', '노드 파일시스템 가용', { name: 'fs_available' }],
  ['runtime_image_fs_capacity_bytes', 'bytes', 'gauge', 'Image file system', '이미지 파일시스템 전체', { name: 'image_fs_capacity' }],
  ['runtime_image_fs_used_bytes', 'bytes', 'gauge', 'Image file system used', '이미지 파일시스템 사용량', { name: 'image_fs_used' }],
  ['runtime_image_fs_available_bytes', 'bytes', 'gauge', 'Image file system available', '이미지 파일시스템 가용', { name: 'image_fs_available' }],
  ['capacity_cpu_cores', 'count', 'gauge', 'Node cores', '노드 코어 수'],
  ['capacity_memory_bytes', 'bytes', 'gauge', 'Node memory', '노드 메모리 전체', { name: 'capacity_memory' }],
  ['capacity_pods', 'count', 'gauge', 'Pods that fit the node', '노드 파드 한도'],
  ['allocatable_cpu_cores', 'count', 'gauge', 'Node cores to allocate', '노드 할당 가능 코어'],
  ['allocatable_memory_bytes', 'bytes', 'gauge', 'Node memory to allocate', '노드 할당 가능 메모리', { name: 'allocatable_memory' }],
  ['allocatable_pods', 'count', 'gauge', 'Pods to allocate', '노드 할당 가능 파드'],
  ['status_condition', 'bool', 'gauge', 'Node condition', '노드 상태 조건'],
  ['spec_unschedulable', 'bool', 'gauge', 'Node closed for pods', '노드 스케줄 금지'],
  ['node_count', 'count', 'gauge', 'Nodes', '노드 수'],
]);

const container = describeMetrics({ group: 'k8s_container', measurement: 'kubernetes_pod_container', dimensions: ['condition', 'container_name', 'namespace', 'node_name', 'pod_name'], targetKinds: ['host', 'k8s-node', 'k8s-pod'] }, [
  ['cpu_usage_nanocores', 'count', 'gauge', 'Container CPU, cores', '컨테이너 CPU 사용 코어', { name: 'cpu_usage', scale: nano }],
  ['cpu_usage_core_nanoseconds', 'ratio', 'counter', 'Container CPU time', '컨테이너 CPU 시간', { name: 'cpu_time', scale: nano }],
  ['memory_usage_bytes', 'bytes', 'gauge', 'Container memory used', '컨테이너 메모리 사용량', { name: 'memory_usage' }],
  ['memory_rss_bytes', 'bytes', 'gauge', 'Container resident memory', '컨테이너 상주 메모리', { name: 'memory_rss' }],
  ['memory_working_set_bytes', 'bytes', 'gauge', 'Container working set', '컨테이너 작업 집합', { name: 'memory_working_set' }],
  ['memory_page_faults', 'count_per_second', 'counter', 'Container page faults', '컨테이너 페이지 폴트'],
  ['memory_major_page_faults', 'count_per_second', 'counter', 'Container major page faults', '컨테이너 메이저 페이지 폴트'],
  ['rootfs_capacity_bytes', 'bytes', 'gauge', 'Container root file system', '컨테이너 루트 파일시스템 전체', { name: 'rootfs_capacity' }],
  ['rootfs_used_bytes', 'bytes', 'gauge', 'Container root file system used', '컨테이너 루트 파일시스템 사용량', { name: 'rootfs_used' }],
  ['rootfs_available_bytes', 'bytes', 'gauge', 'Container root file system available', '컨테이너 루트 파일시스템 가용', { name: 'rootfs_available' }],
  ['logsfs_capacity_bytes', 'bytes', 'gauge', 'Container log file system', '컨테이너 로그 파일시스템 전체', { name: 'logs_fs_capacity' }],
  ['logsfs_used_bytes', 'bytes', 'gauge', 'Container log file system used', '컨테이너 로그 파일시스템 사용량', { name: 'logs_fs_used' }],
  ['logsfs_available_bytes', 'bytes', 'gauge', 'Container log file system available', '컨테이너 로그 파일시스템 가용', { name: 'logs_fs_available' }],
  ['restarts_total', 'count', 'gauge', 'Container restarts', '컨테이너 재시작 횟수', { name: 'restarts' }],
  ['state_code', '', 'gauge', 'Container state (0: running)', '컨테이너 상태 (0: 실행)'],
  ['status_condition', 'bool', 'gauge', 'Container condition', '컨테이너 상태 조건'],
  ['resource_requests_millicpu_units', 'count', 'gauge', 'Cores requested', '요청 코어', { name: 'requested_cpu', scale: milli }],
  ['resource_requests_memory_bytes', 'bytes', 'gauge', 'Memory requested', '요청 메모리', { name: 'requested_memory' }],
  ['resource_limits_millicpu_units', 'count', 'gauge', 'Core limit', '코어 한도', { name: 'limit_cpu', scale: milli }],
  ['resource_limits_memory_bytes', 'bytes', 'gauge', 'Memory limit', '메모리 한도', { name: 'limit_memory' }],
]);

const podNetwork = describeMetrics({ group: 'k8s_pod', measurement: 'kubernetes_pod_network', dimensions: ['namespace', 'node_name', 'pod_name'], targetKinds: ['host', 'k8s-node', 'k8s-pod'] }, [
  ['rx_bytes', 'bytes_per_second', 'counter', 'Pod received', '파드 수신량', { name: 'network_rx_bytes' }],
  ['tx_bytes', 'bytes_per_second', 'counter', 'Pod sent', '파드 송신량', { name: 'network_tx_bytes' }],
  ['rx_errors', 'count_per_second', 'counter', 'Pod receive errors', '파드 수신 오류', { name: 'network_rx_errors' }],
  ['tx_errors', 'count_per_second', 'counter', 'Pod send errors', '파드 송신 오류', { name: 'network_tx_errors' }],
]);

const podVolume = describeMetrics({ group: 'k8s_volume', measurement: 'kubernetes_pod_volume', dimensions: ['namespace', 'node_name', 'pod_name', 'volume_name'], targetKinds: ['host', 'k8s-node', 'k8s-pod'] }, [
  ['capacity_bytes', 'bytes', 'gauge', 'Volume size', '볼륨 전체', { name: 'capacity' }],
  ['used_bytes', 'bytes', 'gauge', 'Volume used', '볼륨 사용량', { name: 'used' }],
  ['available_bytes', 'bytes', 'gauge', 'Volume available', '볼륨 가용', { name: 'available' }],
]);

/** Kubernetes (Telegraf kubernetes, kube_inventory). */
export const kubernetesMetrics = [...node, ...container, ...podNetwork, ...podVolume];

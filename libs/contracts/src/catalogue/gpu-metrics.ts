import { describeMetrics, exporterSources } from './describe-metrics.js';

const mebibyte = 2 ** 20;
const megahertz = 1e6;

/** GPUs (Telegraf nvidia_smi, and NVIDIA's DCGM exporter through Telegraf's prometheus input). */
export const gpuMetrics = describeMetrics({ group: 'gpu', measurement: 'nvidia_smi', dimensions: ['gpu', 'index'] }, [
  ['utilization_gpu', 'percent', 'gauge', 'GPU utilisation', 'GPU 사용률', { name: 'gpu_util', also: exporterSources('DCGM_FI_DEV_GPU_UTIL', 'gauge') }],
  ['utilization_memory', 'percent', 'gauge', 'GPU memory copy utilisation', 'GPU 메모리 복사 사용률', { name: 'mem_copy_util', also: exporterSources('DCGM_FI_DEV_MEM_COPY_UTIL', 'gauge') }],
  ['utilization_encoder', 'percent', 'gauge', 'GPU encoder utilisation', 'GPU 인코더 사용률', { name: 'enc_util', also: exporterSources('DCGM_FI_DEV_ENC_UTIL', 'gauge') }],
  ['utilization_decoder', 'percent', 'gauge', 'GPU decoder utilisation', 'GPU 디코더 사용률', { name: 'dec_util', also: exporterSources('DCGM_FI_DEV_DEC_UTIL', 'gauge') }],
  ['temperature_gpu', 'celsius', 'gauge', 'GPU temperature', 'GPU 온도', { name: 'gpu_temp', also: exporterSources('DCGM_FI_DEV_GPU_TEMP', 'gauge') }],
  ['temperature_memory', 'celsius', 'gauge', 'GPU memory temperature', 'GPU 메모리 온도', { name: 'memory_temp', also: exporterSources('DCGM_FI_DEV_MEMORY_TEMP', 'gauge') }],
  ['power_draw', 'watts', 'gauge', 'GPU power', 'GPU 전력', { name: 'power_usage', also: exporterSources('DCGM_FI_DEV_POWER_USAGE', 'gauge') }],
  ['memory_used', 'bytes', 'gauge', 'GPU memory used', 'GPU 메모리 사용량', { name: 'fb_used', scale: mebibyte, also: exporterSources('DCGM_FI_DEV_FB_USED', 'gauge', mebibyte) }],
  ['memory_free', 'bytes', 'gauge', 'GPU memory free', 'GPU 메모리 여유', { name: 'fb_free', scale: mebibyte, also: exporterSources('DCGM_FI_DEV_FB_FREE', 'gauge', mebibyte) }],
  ['memory_total', 'bytes', 'gauge', 'GPU memory', 'GPU 메모리 전체', { name: 'fb_total', scale: mebibyte, also: exporterSources('DCGM_FI_DEV_FB_TOTAL', 'gauge', mebibyte) }],
  ['clocks_current_sm', 'hertz', 'gauge', 'GPU clock', 'GPU 클록', { name: 'sm_clock', scale: megahertz, also: exporterSources('DCGM_FI_DEV_SM_CLOCK', 'gauge', megahertz) }],
  ['clocks_current_memory', 'hertz', 'gauge', 'GPU memory clock', 'GPU 메모리 클록', { name: 'mem_clock', scale: megahertz, also: exporterSources('DCGM_FI_DEV_MEM_CLOCK', 'gauge', megahertz) }],
  ['fan_speed', 'percent', 'gauge', 'GPU fan', 'GPU 팬 속도'],
  ['xid_errors', '', 'gauge', 'Last GPU error (XID)', '마지막 GPU 오류 (XID)', { also: exporterSources('DCGM_FI_DEV_XID_ERRORS', 'gauge') }],
  ['ecc_sbe_total', 'count_per_second', 'counter', 'GPU memory errors corrected', 'GPU 메모리 오류 (정정)', { also: exporterSources('DCGM_FI_DEV_ECC_SBE_VOL_TOTAL', 'counter') }],
  ['ecc_dbe_total', 'count_per_second', 'counter', 'GPU memory errors not corrected', 'GPU 메모리 오류 (정정 불가)', { also: exporterSources('DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 'counter') }],
]);

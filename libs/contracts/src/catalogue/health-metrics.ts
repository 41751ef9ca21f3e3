import { describeMetrics } from './describe-metrics.js';

/** Health checks: our own prober, and what Telegraf's http_response, net_response and x509_cert say of the same. */
export const healthMetrics = describeMetrics({ group: 'health', dimensions: ['port', 'server', 'service', 'source', 'url'], targetKinds: ['service', 'host'] }, [
  ['up', 'bool', 'gauge', 'Up', '정상 여부'],
  ['status', '', 'gauge', 'HTTP status', 'HTTP 상태 코드', { also: [{ field: 'http_response.http_response_code' }] }],
  ['response_time', 'seconds', 'gauge', 'Response time', '응답 시간', { also: [{ field: 'http_response.response_time' }, { field: 'net_response.response_time' }] }],
  ['dns_time', 'seconds', 'gauge', 'Name resolution', 'DNS 조회 시간'],
  ['connect_time', 'seconds', 'gauge', 'Connection', '연결 시간'],
  ['tls_time', 'seconds', 'gauge', 'TLS handshake', 'TLS 협상 시간'],
  ['first_byte_time', 'seconds', 'gauge', 'Time to first byte', '첫 바이트 시간'],
  ['certificate_days_left', 'count', 'gauge', 'Days until the certificate expires', '인증서 남은 일수', { also: [{ field: 'x509_cert.expiry', scale: 1 / 86_400 }] }],
  ['availability', 'percent', 'gauge', 'Availability', '가용성'],
  ['result_code', '', 'gauge', 'Result of the check (0: success)', '점검 결과 (0: 성공)', { also: [{ field: 'http_response.result_code' }, { field: 'net_response.result_code' }] }],
  ['content_length', 'bytes', 'gauge', 'Size of the answer', '응답 크기', { also: [{ field: 'http_response.content_length' }] }],
]);

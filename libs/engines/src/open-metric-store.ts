import type { Settings } from '@opsloop/contracts';
import type { Clock, MetricStore } from '@opsloop/ports';
import { tellTrouble, type Checked, type EngineLog, type EnginePart } from './engine-part.js';

/** Loads only the engine that the settings choose. */
export async function openMetricStore(settings: Settings, clock: Clock, logger: EngineLog): Promise<MetricStore & EnginePart & Checked> {
  const { WINDOW_MS: windowMs } = settings;
  const onTrouble = tellTrouble(logger, 'history cannot be written; its writer waits and tries again', 'history can be written again');
  if (settings.METRICS === 'influxdb') {
    const { createInfluxMetricStore } = await import('@opsloop/engines-influx');
    return createInfluxMetricStore({
      url: settings.INFLUXDB_URL!,
      org: settings.INFLUXDB_ORG,
      token: settings.INFLUXDB_TOKEN!,
      bucket: settings.INFLUXDB_BUCKET,
      routes: settings.INFLUXDB_ROUTES,
      windowMs,
      retentionMs: { base: settings.RETENTION_RAW, '1m': settings.RETENTION_1M, '1h': settings.RETENTION_1H, '1d': settings.RETENTION_1D },
      nowMs: () => clock.now(),
      onTooOld: (windows) => logger.warn({ windows }, 'InfluxDB dropped windows that are older than their bucket keeps'),
      onTrouble,
    });
  }
  const { createEmbeddedMetricStore } = await import('@opsloop/engines-embedded');
  return createEmbeddedMetricStore({ dataDir: settings.DATA_DIR, windowMs, faultPoint: settings.FAULT_POINT, onTrouble });
}

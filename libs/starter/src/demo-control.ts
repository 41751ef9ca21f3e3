/** Starts, stops or shows the demo service. Usage: node demo-control.js start|stop|status FOLDER */
import { createDemoProcess } from './demo-process.js';

const [action, folder] = process.argv.slice(2);
if (!folder || !['start', 'stop', 'status'].includes(action ?? '')) {
  console.error('usage: demo-control start|stop|status FOLDER');
  process.exit(2);
}

const demo = createDemoProcess(folder);
if (action === 'start') {
  const { pid, started } = await demo.start();
  console.log(started ? `demo service started, process ${pid}` : `demo service was already running, process ${pid}`);
} else if (action === 'stop') {
  console.log((await demo.stop()) ? 'demo service stopped' : 'demo service was not running');
} else {
  const url = await demo.url();
  const up = url !== undefined && (await fetch(url, { signal: AbortSignal.timeout(1_000) }).then((response) => response.ok, () => false));
  console.log(up ? `demo service answers at ${url}` : 'demo service is down');
  process.exitCode = up ? 0 : 3;
}

/** The image's health check: exits 0 when the service in this container says that it is ready, 1 with its answer when not. */
const answer = await fetch(`http://127.0.0.1:${process.env.OPSLOOP_HTTP_PORT}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch((error) => error);
if (!answer.ok) {
  console.error(answer instanceof Error ? `${answer.message}: ${answer.cause?.message ?? ''}` : `${answer.status} ${await answer.text()}`);
  process.exit(1);
}

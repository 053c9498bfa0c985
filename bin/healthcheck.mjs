// For the container's HEALTHCHECK: the image has no curl.
const answer = await fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`, {
  signal: AbortSignal.timeout(2_000),
}).catch(() => undefined)
process.exitCode = answer?.ok ? 0 : 1

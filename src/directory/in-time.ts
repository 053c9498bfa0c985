/** The answer, or the signal's reason when that comes first. */
export function inTime<Value>(answer: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) {
    answer.catch(() => undefined)
    return Promise.reject(signal.reason)
  }
  return new Promise((resolve, reject) => {
    const late = () => reject(signal.reason)
    signal.addEventListener('abort', late, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', late))
  })
}

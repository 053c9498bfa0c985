import { Logger } from 'graphile-worker'
import type { Log } from '#ports/log.ts'
import { TenureOver } from '#ports/tenure.ts'

/** graphile-worker's own messages: warnings and errors only, its varying text as a field. */
export function workerLog(log: Log): Logger {
  return new Logger((scope) => (level, message, meta) => {
    // Said by whoever let it go.
    if (meta?.['error'] instanceof TenureOver) return
    const fields = { ...scope, ...meta, said: message }
    if (level === 'error') log.error(fields, 'The job queue reports an error')
    if (level === 'warning') log.warn(fields, 'The job queue warns')
  })
}

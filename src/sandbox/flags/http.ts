import { z } from 'zod'
import type { Dialect } from './server.ts'

const Reason = z.strictObject({ reason: z.string().min(1) })

/** As docs/flags.md asks of a server of one's own. */
export const httpDialect: Dialect = ({ method, path, query, headers, body }, store, token) => {
  if (headers.authorization !== `Bearer ${token}`) return { status: 401 }
  const [api, flags, key, act, ...rest] = path
  const flag = store.find({ key, environment: query.get('environment') ?? '' })
  if (api !== 'api' || flags !== 'flags' || rest.length > 0 || !flag) return { status: 404 }
  const etag = `"${store.revision}"`
  if (method === 'GET' && act === undefined)
    return {
      status: 200,
      headers: { etag },
      body: {
        enabled: flag.isOn,
        rules: flag.rules,
        reach: flag.rules[0]?.share === 100 ? 'for everybody' : `for ${flag.rules[0]?.share} %`,
        ...(flag.isOn ? { onSince: flag.switchedAt.toISOString() } : {}),
      },
    }
  if (method !== 'POST' || !/^(enable|disable)$/.test(act ?? '')) return { status: 404 }
  if (!Reason.safeParse(body).success) return { status: 400, body: { error: 'reason is missing' } }
  if (flag.pending === 'approval') return { status: 405, body: { error: 'four eyes' } }
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return { status: 412 }
  store.set(flag, act === 'enable')
  return { status: 204 }
}

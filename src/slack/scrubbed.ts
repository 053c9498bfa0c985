export type Scrub = (text: string) => string

/** The same, without secrets in what people read. What only we and Slack read back stays as it is: a signed value must. */
export const scrubbed = <Part>(part: Part, scrub: Scrub): Part => walk(part, scrub) as Part

function walk(part: unknown, scrub: Scrub): unknown {
  if (typeof part === 'string') return scrub(part)
  if (Array.isArray(part)) return part.map((item) => walk(item, scrub))
  // Files and the like are not ours to open.
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, item]) => [key, unread.has(key) ? item : walk(item, scrub)]),
  )
}

const unread: ReadonlySet<string> = new Set([
  'action_id',
  'block_id',
  'callback_id',
  'hash',
  'private_metadata',
  'token',
  'trigger_id',
  'value',
  'view_id',
])

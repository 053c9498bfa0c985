import { z } from 'zod'
import { isForbidden } from '#addresses.ts'

export const Url = z
  .string()
  .max(2000)
  .refine((url) => urlProblem(url) === undefined, {
    error: ({ input }) => urlProblem(String(input)) ?? 'is no address',
  })

/** Only addresses a probe may fetch: no password, no cloud metadata, no name that DNS does not know (threat T139). */
function urlProblem(url: string): string | undefined {
  if (!URL.canParse(url)) return 'must be a full address such as https://shop.example/health'
  const { protocol, hostname, username, password } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://'
  if (username || password) return 'must not hold a user or password'
  const host = hostname.replace(/^\[|\]$/g, '')
  if (
    isForbidden(host) ||
    host.startsWith('::ffff:') ||
    /^(metadata|instance-data)(\.|$)|_/.test(host)
  )
    return 'names a host that must not be asked'
  return undefined
}

import { z } from 'zod'
import { fromDate } from '#domain/time.ts'
import type { FlagPlace, FlagProvider } from '#ports/flags.ts'
import { ask, askFor, at, type Reached, titleOf } from './ask.ts'
import { Kept, type ProviderOptions } from './options.ts'

const Flag = z.object({
  enabled: z.boolean(),
  /** Whatever else decides who has it. */
  rules: Kept.nullish(),
  reach: z.string().max(80).nullish(),
  onSince: z.iso.datetime({ offset: true }).nullish(),
})

/** Flags of a server of one's own: a question, `enable` and `disable`, as docs/flags.md says. */
export function httpFlags(options: ProviderOptions & Reached): FlagProvider {
  const { name, url, token } = options
  const headers = { authorization: `Bearer ${token}` }
  const own = ({ key, environment }: FlagPlace, ...act: readonly string[]) =>
    at(url, ['api', 'flags', key, ...act], { environment })
  return {
    name,
    spreadSeconds: 0,

    async read(place, signal) {
      const asked = { name, headers, on: titleOf(place), url: own(place) }
      const found = await askFor(asked, Flag, options, signal)
      if (!found) return undefined
      const { enabled, rules, reach, onSince } = found.data
      return {
        isOn: enabled,
        rules: rules ?? null,
        reach: reach ?? 'for everybody',
        since: onSince ? { at: fromDate(new Date(onSince)), what: 'switched on' } : undefined,
        stays: undefined,
        mark: found.etag ?? null,
      }
    },

    async set(place, { isOn, seen, why }, signal) {
      const guard = typeof seen.mark === 'string' ? { 'if-match': seen.mark } : {}
      const answer = await ask(
        {
          name,
          headers: { ...headers, ...guard },
          on: titleOf(place),
          verb: 'switch',
          url: own(place, isOn ? 'enable' : 'disable'),
          json: { reason: why },
        },
        options,
        signal,
      )
      if (!answer) throw new Error(`${name} does not know ${titleOf(place)} any more`)
    },

    lookAt: (place) => own(place).href,
  }
}

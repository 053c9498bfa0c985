import { createHash } from 'node:crypto'
import { type RevisionId, revisionId } from '#domain/ids.ts'
import { canonicalJson } from '#domain/json.ts'
import { seconds } from '#domain/time.ts'
import type { FlagProvider, FlagSeen } from '#ports/flags.ts'
import type { FlagTarget } from './schema.ts'

export interface FlagParts {
  /** By the names that the configuration has for them. */
  readonly providers: ReadonlyMap<string, FlagProvider>
  /** Before another attempt; longer each time. */
  readonly retryMs?: number
}

/** What was read, with what names its rules: those may hold who people are, and are kept nowhere. */
export interface Look extends FlagSeen {
  readonly rulesId: string
}

export const providerOf = ({ providers }: FlagParts, { provider }: FlagTarget): FlagProvider => {
  const found = providers.get(provider)
  if (!found) throw new Error(`no provider of flags is called ${provider}, or its token is missing`)
  return found
}

/** Undefined where there is no such flag. */
export async function lookAt(
  parts: FlagParts,
  target: FlagTarget,
  signal: AbortSignal,
): Promise<Look | undefined> {
  const seen = await providerOf(parts, target).read(target, signal)
  if (!seen) return undefined
  const digest = createHash('sha256').update(canonicalJson(seen.rules)).digest('hex')
  return { ...seen, rulesId: digest.slice(0, 24) }
}

/** A flag that is off is off, whatever its rules. */
export const offId: RevisionId = revisionId('flag:off')
export const stateId = ({ isOn, rulesId }: Look): RevisionId =>
  isOn ? revisionId(`flag:on:${rulesId}`) : offId

export const titleOf = ({ key, environment }: FlagTarget): string => `flag ${key} in ${environment}`
export const stateText = ({ isOn, reach }: FlagSeen): string => (isOn ? `on ${reach}` : 'off')

/** A question and an answer, and however long programs take to hear of it. */
export const switching = ({ spreadSeconds }: FlagProvider) => seconds(2 + spreadSeconds)

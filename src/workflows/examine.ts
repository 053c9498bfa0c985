import type { Service, Target } from '#domain/service.ts'
import type { Shortcoming } from '#ports/executor.ts'
import type { Log } from '#ports/log.ts'
import { messageOf } from './turn.ts'
import type { World } from './world.ts'

/** What was found of where one service runs; empty when it can be rolled back in full. */
export interface Examined {
  readonly service: Service
  readonly shortcomings: readonly Shortcoming[]
}

/** Looks for what would be in the way of rolling the service back. Never throws: a platform that does not answer is found, too. */
export async function examine(
  { executors }: Pick<World, 'executors'>,
  service: Service,
  signal: AbortSignal,
): Promise<Examined> {
  const found = await Promise.all(
    placesOf(service).map(async (target): Promise<readonly Shortcoming[]> => {
      const executor = executors.get(target.executor)
      if (!executor) return [unexamined(`nothing here can roll back ${target.title}`)]
      try {
        return await executor.examine(target, signal)
      } catch (error) {
        const why = signal.aborted ? 'no answer in time' : messageOf(error)
        return [unexamined(`${target.title} cannot be examined: ${why}`)]
      }
    }),
  )
  return { service, shortcomings: found.flat() }
}

/** Where it runs, and what else of it may be taken back. */
const placesOf = ({ targets, flags = [] }: Service): readonly Target[] => [
  ...targets,
  ...flags.map(({ target }) => target),
]

const deadlineMs = 30_000
/** Services looked at side by side: enough for many, and no flood for an API server. */
const width = 4

/** Every service once, each thing that is missing as a warning in the log. Never throws; ends early by `signal`. */
export async function logShortcomings(
  { catalogue, log, ...world }: Pick<World, 'catalogue' | 'executors'> & { readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...catalogue.values()]
  const told = new Set<string>()
  const next = async (): Promise<void> => {
    for (let service = waiting.shift(); service && !signal.aborted; service = waiting.shift()) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
      const { shortcomings } = await examine(world, service, limit)
      if (signal.aborted) return
      for (const { kind, text, remedy } of shortcomings) {
        // Too broad a credential is the same for every service in its namespace.
        if (kind === 'excess' && told.has(text)) continue
        told.add(text)
        if (kind === 'choice') log.info({ service: service.id, what: text }, choice)
        else log.warn({ service: service.id, what: text, remedy }, warnings[kind])
      }
    }
  }
  await Promise.all(Array.from({ length: width }, next))
}

const choice = 'a right was left out that may be'
const warnings: Readonly<Record<Exclude<Shortcoming['kind'], 'choice'>, string>> = {
  blocks: 'a service cannot be rolled back',
  limits: 'a service can be rolled back, but not with everything',
  excess: 'a credential may more than is ever needed',
}

const unexamined = (text: string): Shortcoming => ({
  kind: 'blocks',
  text,
  remedy: 'see that its platform can be reached and used from here',
})

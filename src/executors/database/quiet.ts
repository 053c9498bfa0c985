import { list } from '#domain/communication/words.ts'
import { serviceId } from '#domain/ids.ts'
import type { Blocker, Standstill, Step, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { includesVersion, rangeText, type SchemaRange } from '#domain/rollback/schema-range.ts'
import type { Executor } from '#ports/executor.ts'
import type { Quiet } from '#ports/quiescer.ts'
import { messageOf } from './failure.ts'
import type { DatabaseTarget } from './schema.ts'

/** The services that stand still while a schema is moved beneath them. */
export interface QuietServices {
  readonly stops: readonly Step[]
  readonly starts: readonly Step[]
  /** Those and what stood still before: nobody may start them in between. */
  readonly standing: readonly Standstill[]
  /** `checkout (3 pods)`; empty where nothing has to be stopped. */
  readonly text: string
  readonly warnings: readonly Warning[]
  readonly blockers: readonly Blocker[]
}

/** Those on which the services run. */
interface Platforms {
  readonly executorOf: (
    kind: string,
  ) => Pick<Executor, 'observe' | 'quiescer' | 'freezer'> | undefined
}

/** Each is stopped, and brought back as it is now, by the executor of its own platform. */
export async function quietServices(
  { executorOf }: Platforms,
  { stops }: Pick<DatabaseTarget, 'stops'>,
  /** The version that the schema goes to; undefined where only that is asked whether they can be stopped. */
  to: string | undefined,
  signal: AbortSignal,
): Promise<QuietServices> {
  const all = await Promise.all(stops.map((one) => quietOne({ executorOf }, one, to, signal)))
  const running = all.flatMap((one) => ('quiet' in one && one.quiet.runs.count > 0 ? [one] : []))
  const standing = stops.map((one) => standstill(executorOf, one))
  return {
    stops: running.map(({ service, executor, quiet: { stop } }) => ({
      name: `${service} stopped`,
      executor,
      ...stop,
      // What was stopped comes back when nothing comes of it.
      onFailure: 'undo',
    })),
    starts: running.toReversed().map(({ service, executor, quiet: { stop } }) => ({
      name: `${service} started again`,
      executor,
      change: stop.undo,
      undo: stop.change,
      settles: stop.settles,
      onFailure: 'ask',
    })),
    standing,
    text: list(
      running.map(({ service, quiet: { runs } }) => `${service} (${runs.count} ${runs.noun})`),
    ),
    warnings: [
      ...all.flatMap((one) => ('quiet' in one ? one.quiet.warnings : [])),
      ...unfrozen(standing),
    ],
    blockers: all.flatMap((one) => ('quiet' in one ? one.quiet.blockers : [one.blocker])),
  }
}

function standstill(
  executorOf: Platforms['executorOf'],
  { service, target }: DatabaseTarget['stops'][number],
): Standstill {
  const freezes = executorOf(target.executor)?.freezer?.covers(target) ?? false
  return { service: serviceId(service), target, ...(freezes ? { freezes } : {}) }
}

function unfrozen(standing: readonly Standstill[]): readonly Warning[] {
  const names = standing.flatMap(({ service, freezes }) => (freezes ? [] : [service]))
  return names.length === 0
    ? []
    : [
        {
          kind: 'platform',
          text: `deploys of ${list(names)} cannot be frozen from here: one in between starts on a schema that is half way`,
        },
      ]
}

type Found =
  | { readonly service: string; readonly executor: string; readonly quiet: Quiet }
  | { readonly blocker: Blocker }

async function quietOne(
  { executorOf }: Platforms,
  { service, target, range }: DatabaseTarget['stops'][number],
  to: string | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const { executor } = target
  const own = executorOf(executor)
  const quiescer = own?.quiescer
  if (!own || !quiescer)
    return {
      blocker: {
        kind: 'unsupported',
        why: `${service} works on this database, and what runs on ${executor} cannot be stopped from here; stop it by hand, and leave it out of stops`,
      },
    }
  try {
    const quiet = await quiescer.plan(target, signal)
    if (to === undefined) return { service, executor, quiet }
    const { running } = await own.observe(target, signal)
    const why = crossed(service, running, range, to)
    return { service, executor, quiet: why === undefined ? quiet : against(service, quiet, why) }
  } catch (error) {
    if (signal.aborted) throw error
    return { blocker: { kind: 'cannot_reach', what: target.title, why: messageOf(error) } }
  }
}

/** What runs would be started again on a schema that it cannot run on; what stands still is not, until somebody starts it. */
function against(service: string, quiet: Quiet, why: string): Quiet {
  if (quiet.runs.count === 0) {
    const text = `${why}: it stands still, so take it back before anybody starts it`
    return { ...quiet, warnings: [...quiet.warnings, { kind: 'platform', text }] }
  }
  const blocker: Blocker = {
    kind: 'unsupported',
    why: `${why}; first \`rollback ${service}\`, to a version that works on both, and ask again – or where there is none, scale ${service} to 0 and ask again, then \`rollback ${service}\` and start it`,
  }
  return { ...quiet, blockers: [...quiet.blockers, blocker] }
}

function crossed(
  service: string,
  { name, schema }: Revision,
  declared: SchemaRange,
  to: string,
): string | undefined {
  const range = schema?.database === declared.database ? schema : declared
  return includesVersion(range, to)
    ? undefined
    : `${service} asks for ${name}, which works on ${rangeText(range)} only, and not on ${to}`
}

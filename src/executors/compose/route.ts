import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Difference, Warning } from '#domain/rollback/plan.ts'
import { micros, seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed, Route } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { comesBack, filesOf } from './files.ts'
import { goneText } from './history.ts'
import { nameOf, shortImage } from './images.ts'
import { replacement } from './replacement.ts'
import type { ComposeTarget } from './schema.ts'
import { hasHealthCheck, longEnough, see, servingOf } from './seen.ts'

/** To stop, to start, and to be found healthy; there is no record of how long it took before. */
const usual = seconds(30)

/** The way to an image that is on the host: `docker compose up` for this service alone. Asks Compose what the files would do; changes nothing. */
export async function route(
  parts: ComposeParts,
  target: Checked<ComposeTarget>,
  { running, history }: Observed,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Route> {
  const { spec } = target
  const host = hostOf(parts, spec)
  const goal = history.find(({ id }) => id === to)
  const [seen, image] = await Promise.all([see(host, spec, signal), host.engine.image(to, signal)])
  if (!seen) return refused({ kind: 'unsupported', why: `${target.title} is gone` })
  const reference = goal?.images[0]?.reference ?? to
  if (!goal || !image)
    return refused({
      kind: 'target_missing',
      revision: goal?.name ?? shortImage(to),
      why: goal ? goneText(reference, to) : 'nothing is known of it here',
    })
  const files = await filesOf(parts, spec, seen, signal)
  if (files.refusal !== undefined) return refused({ kind: 'unsupported', why: files.refusal })
  const named = await bestName(parts, spec, reference, to, signal)
  const isServing = servingOf(seen, seen.asked) > 0
  const hasCheck = seen.containers.some(hasHealthCheck)
  const once = hasCheck ? usual : micros(usual + longEnough)
  const way = replacement(target, running, goal, seen)
  return {
    ...way,
    differences: differences(
      spec.service,
      running.images[0]?.reference ?? running.id,
      running.id,
      reference,
      to,
    ),
    warnings: [
      ...(files.image !== undefined && nameOf(files.image, to) !== goal.name
        ? [platform(comesBack(files.image))]
        : []),
      ...(files.warning === undefined ? [] : [platform(files.warning)]),
      ...(hasCheck
        ? []
        : [
            platform(
              `it has no health check: that a container runs is all Docker knows, and it is looked at until it has run ${longEnough / seconds(1)} s`,
            ),
          ]),
    ],
    blockers: [],
    mechanism: 'compose-up',
    how: [
      `\`docker compose up\` with ${named === to ? `the image ${shortImage(to)}, by its id` : named}`,
      way.how,
      'other settings stay as they are',
      ...(isServing ? ['taken back by itself if a new one does not get well'] : []),
    ].join(' · '),
    expectedMicros: micros(once * way.steps.length),
  }
}

const platform = (text: string): Warning => ({ kind: 'platform', text })

/** The name people know, as long as it still means that image; a tag that was moved does not. */
export async function bestName(
  parts: ComposeParts,
  target: ComposeTarget,
  reference: string,
  id: string,
  signal: AbortSignal,
): Promise<string> {
  const image = await hostOf(parts, target).engine.image(reference, signal)
  return image?.Id === id ? reference : id
}

const refused = (...blockers: readonly Blocker[]): Route => closedRoute('compose-up', ...blockers)

const differences = (
  service: string,
  before: string,
  beforeId: string,
  after: string,
  afterId: string,
): readonly Difference[] => [
  {
    what: 'image',
    where: service,
    from: `${before} (${shortImage(beforeId)})`,
    to: `${after} (${shortImage(afterId)})`,
  },
]

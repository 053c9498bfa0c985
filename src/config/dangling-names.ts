import { z } from 'zod'
import { nearest } from '#domain/nearest.ts'
import type { Path } from './document.ts'
import type { Finding } from './finding.ts'

/** Names of clusters and services that stand nowhere; looked for in rows that are otherwise wrong too. */
export function danglingNames(
  name: string,
  row: unknown,
  {
    clusters,
    docker,
    names,
  }: {
    readonly clusters: readonly string[]
    readonly docker: readonly string[]
    readonly names: readonly string[]
  },
): readonly Finding[] {
  const { targets, dependsOn } = Mentions.parse(row)
  const unknown = (other: string, path: Path): readonly Finding[] =>
    names.includes(other)
      ? []
      : [
          {
            path: ['services', name, ...path],
            text: `no service ${other} is configured${hint(names, other)}`,
          },
        ]
  return [
    ...targets.flatMap(({ kubernetes: { cluster } = {} }, index) =>
      cluster === undefined || clusters.includes(cluster)
        ? []
        : [
            {
              path: ['services', name, 'targets', index, 'kubernetes', 'cluster'],
              text: `no cluster ${cluster} stands under clusters${hint(clusters, cluster)}`,
            },
          ],
    ),
    ...targets.flatMap((target, index) =>
      enginesIn(target).flatMap(({ engine, path }) =>
        docker.includes(engine)
          ? []
          : [
              {
                path: ['services', name, 'targets', index, ...path],
                text: `no engine ${engine} stands under docker${hint(docker, engine)}`,
              },
            ],
      ),
    ),
    ...dependsOn.flatMap((other, index) => unknown(other, ['dependsOn', index])),
    ...targets.flatMap(({ database: { stops } = { stops: [] } }, target) =>
      stops.flatMap((other, index) =>
        unknown(other, ['targets', target, 'database', 'stops', index]),
      ),
    ),
  ]
}

const Mention = z
  .object({
    cluster: z.string().optional().catch(undefined),
    docker: z.string().optional().catch(undefined),
  })
  .catch({})
const SlotsMention = z
  .object({ slots: z.record(z.string(), z.object({ compose: Mention.optional() }).catch({})) })
  .catch({ slots: {} })
const Stops = z.object({ stops: z.array(z.string()).catch([]) }).catch({ stops: [] })
const Mentions = z
  .object({
    targets: z
      .array(
        z
          .object({
            kubernetes: Mention.optional(),
            compose: Mention.optional(),
            nginx: SlotsMention.optional(),
            database: Stops.optional(),
          })
          .catch({}),
      )
      .catch([]),
    dependsOn: z.array(z.string()).catch([]),
  })
  .catch({ targets: [], dependsOn: [] })

/** Every engine that a target names, and where. */
const enginesIn = ({
  compose,
  nginx,
}: z.infer<typeof Mentions>['targets'][number]): readonly {
  readonly engine: string
  readonly path: Path
}[] =>
  [
    { engine: compose?.docker, path: ['compose', 'docker'] },
    ...Object.entries(nginx?.slots ?? {}).map(([slot, { compose: within }]) => ({
      engine: within?.docker,
      path: ['nginx', 'slots', slot, 'compose', 'docker'],
    })),
  ].flatMap(({ engine, path }) => (engine === undefined ? [] : [{ engine, path }]))

const hint = (names: readonly string[], typed: string) => {
  const close = nearest(names, typed)
  return close.length > 0 ? `; did you mean ${close.join(' or ')}?` : ''
}

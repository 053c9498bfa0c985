import { z } from 'zod'
import type { Dialect, FlagAnswer } from './server.ts'
import type { FlagStore, PretendFlag } from './store.ts'

const Put = z.strictObject({
  key: z.string(),
  payload: z.looseObject({
    '@type': z.literal('flipt.core.Flag'),
    key: z.string(),
    name: z.string(),
    type: z.string(),
    enabled: z.boolean().optional(),
    rollouts: z
      .array(
        z.looseObject({
          threshold: z.object({ percentage: z.number(), value: z.boolean().optional() }),
        }),
      )
      .optional(),
  }),
  revision: z.string(),
})

const refusal = (status: number, code: number, message: string): FlagAnswer => ({
  status,
  body: { code, message, details: [] },
})

/** As Flipt v2 answers, as far as flags are looked at and replaced. */
export const fliptDialect: Dialect = ({ method, path, headers, body }, store, token) => {
  if (headers.authorization !== `Bearer ${token}`) return refusal(401, 16, 'unauthenticated')
  const [api, version, environments, environment, namespaces, namespace, resources, type, key] =
    path
  const isKnown = [api, version, environments, namespaces, resources].join('/')
  if (isKnown !== 'api/v2/environments/namespaces/resources') return refusal(404, 5, 'Not Found')
  const place = { project: namespace, environment }
  if (method === 'GET' && type === 'flipt.core.Flag') {
    const flag = store.find({ ...place, key })
    return flag ? resource(store, flag) : refusal(404, 5, `flag "${namespace}/${key}" not found`)
  }
  if (method !== 'PUT' || type !== undefined) return refusal(405, 12, 'Method Not Allowed')
  const put = Put.safeParse(body)
  if (!put.success) return refusal(400, 3, 'the payload is no flag')
  const { payload, revision } = put.data
  const flag = store.find({ ...place, key: put.data.key })
  if (!flag) return refusal(404, 5, 'not found')
  if (flag.pending === 'approval') return refusal(403, 7, 'the environment is read only')
  if (revision !== String(store.revision))
    return refusal(409, 10, 'the environment has another revision')
  // All of it is replaced: what was left out is gone.
  const rollouts = payload.rollouts ?? []
  flag.rules = rollouts.map(({ threshold }, at) => ({
    id: `rule-${at + 1}`,
    share: threshold.percentage,
  }))
  flag.overrides = rollouts.map(({ threshold }, id) => ({ id, isOn: threshold.value ?? false }))
  store.set(flag, payload.enabled ?? false)
  return resource(store, flag)
}

/** What is false is left out, as protobuf's JSON does. */
const resource = (store: FlagStore, flag: PretendFlag): FlagAnswer => ({
  status: 200,
  body: {
    resource: {
      namespaceKey: flag.project,
      key: flag.key,
      payload: {
        '@type': 'flipt.core.Flag',
        key: flag.key,
        name: flag.key,
        type: 'BOOLEAN_FLAG_TYPE',
        ...(flag.isOn ? { enabled: true } : {}),
        rollouts: flag.rules.map(({ share }, id) => ({
          type: 'THRESHOLD_ROLLOUT_TYPE',
          threshold: {
            percentage: share,
            ...(flag.overrides.some((one) => one.id === id && one.isOn) ? { value: true } : {}),
          },
        })),
      },
    },
    revision: String(store.revision),
  },
})

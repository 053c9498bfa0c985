import { z } from 'zod'
import type { Dialect, FlagAnswer } from './server.ts'
import type { PretendFlag } from './store.ts'

const Patch = z.strictObject({
  environmentKey: z.string(),
  comment: z.string().optional(),
  instructions: z.array(z.strictObject({ kind: z.enum(['turnFlagOn', 'turnFlagOff']) })).min(1),
})

const refusal = (status: number, code: string, message: string): FlagAnswer => ({
  status,
  body: { code, message },
})

/** As the REST API of LaunchDarkly answers, as far as flags are looked at and switched. */
export const launchDarklyDialect: Dialect = (
  { method, path, query, headers, body },
  store,
  token,
) => {
  if (headers.authorization !== token) return refusal(401, 'unauthorized', 'Invalid access token')
  const [api, version, room, project, key, ...rest] = path
  if (api !== 'api' || version !== 'v2' || room !== 'flags' || rest.length > 0)
    return refusal(404, 'not_found', 'Unknown resource')
  const own = store.flags.filter((flag) => flag.key === key && flag.project === project)
  if (own.length === 0) return refusal(404, 'not_found', `Unknown feature flag ${key}`)
  if (method === 'GET') {
    const asked = query.get('env')
    return {
      status: 200,
      body: flagBody(own.filter(({ environment }) => asked === null || environment === asked)),
    }
  }
  if (method !== 'PATCH') return refusal(405, 'method_not_allowed', 'Method not allowed')
  if (!headers['content-type']?.includes('domain-model=launchdarkly.semanticpatch'))
    return refusal(400, 'invalid_request', 'patch must be an array of operations')
  const patch = Patch.safeParse(body)
  if (!patch.success) return refusal(400, 'invalid_request', 'instructions are not valid')
  const flag = own.find(({ environment }) => environment === patch.data.environmentKey)
  if (!flag) return refusal(400, 'invalid_request', 'Invalid value for environmentKey')
  if (flag.pending === 'approval')
    return refusal(405, 'approval_required', 'Approval is required to make this request')
  if (flag.pending === 'scheduled' && query.get('ignoreConflicts') !== 'true')
    return refusal(400, 'conflict', 'this would make a scheduled change fail')
  for (const { kind } of patch.data.instructions) store.set(flag, kind === 'turnFlagOn')
  return { status: 200, body: flagBody(own) }
}

const flagBody = (flags: readonly PretendFlag[]) => {
  const [first] = flags
  return {
    key: first?.key,
    kind: 'boolean',
    name: first?.key,
    _version: 1,
    archived: false,
    variations: [
      { _id: 'a', value: true, name: 'Available' },
      { _id: 'b', value: false, name: 'Unavailable' },
    ],
    environments: Object.fromEntries(flags.map((flag) => [flag.environment, configOf(flag)])),
  }
}

function configOf({ isOn, rules, offServes, changedAt, environment }: PretendFlag) {
  const share = rules[0]?.share ?? 100
  const weight = share * 1_000
  return {
    on: isOn,
    archived: false,
    salt: 'pretend',
    sel: 'pretend',
    lastModified: changedAt.getTime(),
    version: 1,
    targets: [],
    contextTargets: [],
    rules: rules.slice(1).map(({ id }) => ({ _id: id, clauses: [], trackEvents: false })),
    prerequisites: [],
    fallthrough:
      share === 100
        ? { variation: 0 }
        : {
            rollout: {
              variations: [
                { variation: 0, weight },
                { variation: 1, weight: 100_000 - weight },
              ],
            },
          },
    offVariation: offServes ? 0 : 1,
    trackEvents: false,
    trackEventsFallthrough: false,
    _environmentName: environment,
  }
}

import type { Dialect, FlagAnswer } from './server.ts'
import type { FlagStore, PretendFlag } from './store.ts'

const refusal = (status: number, name: string, message: string): FlagAnswer => ({
  status,
  body: { name, message },
})

/** As unleash-server 8 answers, as far as flags are looked at and switched. */
export const unleashDialect: Dialect = ({ method, path, query, headers }, store, token) => {
  if (headers.authorization !== token)
    return refusal(401, 'AuthenticationRequired', 'You must log in to use Unleash')
  const [api, admin, room, project, features, key, environments, environment, act] = path
  if (api !== 'api' || admin !== 'admin') return refusal(404, 'NotFoundError', 'no such path')
  if (room === 'search' && project === 'events' && method === 'GET') return eventsOf(store, query)
  if (room !== 'projects' || features !== 'features')
    return refusal(404, 'NotFoundError', 'no such path')
  const own = store.flags.filter((flag) => flag.key === key && flag.project === project)
  if (own.length === 0)
    return refusal(404, 'NotFoundError', `There's no feature named "${key}" in this project.`)
  if (method === 'GET' && environments === undefined) return { status: 200, body: feature(own) }
  const flag = own.find((one) => one.environment === environment)
  if (method !== 'POST' || environments !== 'environments' || !/^(on|off)$/.test(act ?? ''))
    return refusal(404, 'NotFoundError', 'no such path')
  if (!flag) return refusal(404, 'NotFoundError', `Could not find environment "${environment}".`)
  if (flag.pending === 'approval')
    return refusal(
      403,
      'PermissionError',
      `Change requests are enabled in project "${project}" for environment "${environment}"`,
    )
  // One that would serve nobody gets the strategy that serves everybody.
  if (act === 'on' && flag.rules.length === 0) flag.rules = [{ id: 'made-up', share: 100 }]
  store.set(flag, act === 'on')
  return { status: 200 }
}

const feature = (own: readonly PretendFlag[]) => ({
  name: own[0]?.key,
  project: own[0]?.project,
  type: 'release',
  archived: false,
  stale: false,
  environments: own.map((flag) => ({
    name: flag.environment,
    type: flag.environment,
    enabled: flag.isOn,
    lastSeenAt: null,
    strategies: flag.rules.map(({ id, share }, sortOrder) => ({
      id,
      name: 'flexibleRollout',
      constraints: [],
      variants: [],
      segments: [],
      parameters: { groupId: flag.key, rollout: String(share), stickiness: 'default' },
      sortOrder,
      title: null,
      disabled: false,
    })),
  })),
})

function eventsOf(store: FlagStore, query: URLSearchParams): FlagAnswer {
  const [feature, project] = ['feature', 'project'].map((name) => query.get(name) ?? '')
  if (!feature?.startsWith('IS:') || !project?.startsWith('IS:'))
    return refusal(400, 'BadDataError', 'a query is IS:value')
  const events = store.events
    .filter(({ flag }) => `IS:${flag.key}` === feature && `IS:${flag.project}` === project)
    .map(({ type, flag, at }, index) => ({
      id: index + 1,
      type,
      createdBy: 'somebody',
      createdAt: at.toISOString(),
      featureName: flag.key,
      project: flag.project,
      environment: flag.environment,
    }))
  return { status: 200, body: { events: events.toReversed(), total: events.length } }
}

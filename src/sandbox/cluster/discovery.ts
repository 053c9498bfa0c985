import { apiVersionOf, type Resource } from './resources.ts'

const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.2',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-06-09T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
}

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

/** What the server says about itself; `undefined` for every other path. */
export function discovery(resources: readonly Resource[], path: string): unknown {
  if (path === '/version') return version
  if (path === '/readyz' || path === '/livez' || path === '/healthz') return 'ok'
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources) }
  const asked = /^\/(?:api|apis)\/(.+)$/.exec(path)?.[1]
  const served = resources.filter((resource) => apiVersionOf(resource) === asked)
  if (served.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: asked,
    resources: served.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs,
    })),
  }
}

function groups(resources: readonly Resource[]) {
  const names = [...new Set(resources.map(({ group }) => group))].filter((name) => name !== '')
  return names.map((name) => {
    const of = resources.find(({ group }) => group === name)
    const groupVersion = { groupVersion: `${name}/${of?.version}`, version: of?.version }
    return { name, versions: [groupVersion], preferredVersion: groupVersion }
  })
}

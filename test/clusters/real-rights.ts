import type { Grant } from '#sandbox/cluster/role.ts'
import { jsonOf } from '../control-plane/client.ts'
import type { Client } from '../control-plane/client.ts'
import { ownerLabels } from '../control-plane/owner.ts'

const account = { namespace: 'countermand', name: 'countermand' }
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces'

/** A token of the product's ServiceAccount, as `deploy/rbac.yaml` names it; the account is made when it is missing. */
export async function productToken(client: Client): Promise<string> {
  const { namespace, name } = account
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await client.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await client.ask('POST', accounts, { metadata: { name } })
  const { status } = await client.must('POST', `${accounts}/${name}/token`, { spec: {} })
  return (status as { token: string }).token
}

/** Gives the product these rights for one test's namespace and no others, and waits until they hold. */
export async function grantRoles(
  client: Client,
  namespace: string,
  token: string | undefined,
  grants: readonly Grant[],
): Promise<void> {
  const here = grants.filter((grant) => grant.namespace !== 'kube-system')
  const there = grants.filter((grant) => grant.namespace === 'kube-system')
  await Promise.all([
    token === undefined || setRole(client, namespace, namespace, here),
    setRole(client, 'kube-system', namespace, there),
  ])
  if (token !== undefined) await holds(client, namespace, token, grants)
}

async function setRole(
  client: Client,
  namespace: string,
  name: string,
  grants: readonly Grant[],
): Promise<void> {
  const roles = `${rbac}/${namespace}/roles`
  const bindings = `${rbac}/${namespace}/rolebindings`
  if (grants.length === 0) {
    await client.ask('DELETE', `${bindings}/${name}`)
    await client.ask('DELETE', `${roles}/${name}`)
    return
  }
  const labels = ownerLabels()
  const rules = grants.map(({ verb, group, resource, names }) => ({
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    ...(names.length > 0 ? { resourceNames: names } : {}),
  }))
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, labels },
  }
  const { status } = await client.ask('PUT', `${roles}/${name}`, { ...role, rules })
  if (status === 404) await client.must('POST', roles, { ...role, rules })
  await client.ask('POST', bindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  })
}

/** The authorizer learns of a Role a moment after it is stored; its own list of rules says when. */
export async function holds(
  client: Client,
  namespace: string,
  token: string,
  grants: readonly Grant[],
): Promise<void> {
  const asProduct = { authorization: `Bearer ${token}` }
  for (const [where, wanted] of [
    [namespace, grants.filter((grant) => grant.namespace !== 'kube-system')],
    ['kube-system', grants.filter((grant) => grant.namespace === 'kube-system')],
  ] as const) {
    const expected = new Set(wanted.map(keyOf))
    const deadline = performance.now() + 20_000
    for (;;) {
      const review = await client.send(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        { spec: { namespace: where } },
        asProduct,
      )
      const { status } = (await jsonOf(review)) as { status: { resourceRules: readonly Rule[] } }
      const held = new Set(status.resourceRules.flatMap(keysOf))
      // There, other tests' Roles for the same account may stand beside.
      const isIdentityAsWanted = expected.has(identity) === held.has(identity)
      if (where === 'kube-system' ? isIdentityAsWanted : isSame(expected, held)) break
      if (performance.now() > deadline)
        throw new Error(`the rights in ${where} do not come to hold`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
}

const identity = 'get /namespaces kube-system'
const keyOf = ({ verb, group, resource, names }: Omit<Grant, 'namespace'>): string =>
  [verb, `${group}/${resource}`, ...names].join(' ')
const keysOf = ({ verbs, apiGroups, resources, resourceNames = [] }: Rule): readonly string[] =>
  verbs.flatMap((verb) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => keyOf({ verb, group, resource, names: resourceNames })),
    ),
  )
/** Everybody may ask what they may. */
const isForAll = (key: string): boolean =>
  /^create (authorization|authentication)\.k8s\.io\//.test(key)
const isWithin = (some: ReadonlySet<string>, all: ReadonlySet<string>): boolean =>
  [...some].every((key) => all.has(key))
const isSame = (expected: ReadonlySet<string>, held: ReadonlySet<string>): boolean =>
  isWithin(expected, held) && [...held].every((key) => isForAll(key) || expected.has(key))

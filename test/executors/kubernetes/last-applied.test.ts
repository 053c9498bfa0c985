import { describe, expect, test } from 'vitest'
import { takenForApplied } from '#executors/kubernetes/gitops/last-applied.ts'
import { Workload } from '#executors/kubernetes/objects.ts'
import type { RawObject } from '#executors/kubernetes/schema.ts'

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
const template = (container: RawObject, more: RawObject = {}): RawObject => ({
  spec: { containers: [{ name: 'app', ...container }], ...more },
})
const running = (from: RawObject, text: string | undefined) =>
  Workload.parse({
    metadata: {
      name: 'checkout',
      uid: 'u',
      ...(text === undefined ? {} : { annotations: { [annotation]: text } }),
    },
    spec: { template: from },
  })
const applied = (of: RawObject) =>
  JSON.stringify({ kind: 'Deployment', spec: { replicas: 3, template: of } })
/** What stands there after a template was put in the place of the one that ran. */
function after(to: RawObject, from: RawObject, text: string): unknown {
  const [operation] = takenForApplied(running(from, text), to)
  expect(operation).toMatchObject({
    op: 'replace',
    path: `/metadata/annotations/${annotation.replace('/', '~1')}`,
  })
  return typeof operation?.value === 'string' ? JSON.parse(operation.value) : undefined
}
const variable = (name: string, value = '1'): RawObject => ({ name, value })

describe('what was applied last, after a rollback', () => {
  test.for<readonly [string, readonly RawObject[]]>([
    [
      'has the variable that only the version before had, and has the one of the bad version no more',
      [
        template({ image: 'a:1', env: [variable('OLD'), variable('BOTH', '1')] }),
        template({ image: 'a:2', env: [variable('BOTH', '2'), variable('NEW')] }),
        template({ image: 'a:2', env: [variable('BOTH', '2'), variable('NEW')] }),
        template({ image: 'a:1', env: [variable('BOTH', '1'), variable('OLD')] }),
      ],
    ],
    [
      'leaves out what both have alike, such as defaults',
      [
        template({ image: 'a:1', imagePullPolicy: 'Always', args: ['x'] }, { dnsPolicy: 'Any' }),
        template({ image: 'a:2', imagePullPolicy: 'Always' }, { dnsPolicy: 'Any' }),
        template({ image: 'a:2' }),
        template({ image: 'a:1', args: ['x'] }),
      ],
    ],
    [
      'has a container and a volume that only the version before had',
      [
        { spec: { containers: [{ name: 'app' }, { name: 'log' }], volumes: [{ name: 'v' }] } },
        { spec: { containers: [{ name: 'app' }] } },
        template({}),
        { spec: { containers: [{ name: 'app' }, { name: 'log' }], volumes: [{ name: 'v' }] } },
      ],
    ],
    [
      'leaves out what both have and nobody applied, and has what came where nothing was',
      [
        template({ env: [{ name: 'A', valueFrom: {} }, variable('B')], resources: { limits: {} } }),
        template({ env: [variable('A')], resources: {} }),
        template({}),
        template({ resources: { limits: {} } }),
      ],
    ],
    [
      'has of a variable where its value came from',
      [
        template({ env: [{ name: 'A', valueFrom: {} }] }),
        template({ env: [variable('A')] }),
        template({ env: [variable('A')] }),
        template({ env: [{ name: 'A', valueFrom: {} }] }),
      ],
    ],
    [
      'takes a list that names an item twice for one value',
      [
        template({ env: [variable('A'), variable('A', '2')] }),
        template({ env: [variable('A')] }),
        template({ env: [variable('A')] }),
        template({ env: [variable('A'), variable('A', '2')] }),
      ],
    ],
  ])('%s', ([, [to = {}, from = {}, before = {}, expected = {}]]) => {
    expect(after(to, from, applied(before))).toEqual({
      kind: 'Deployment',
      spec: { replicas: 3, template: expected },
    })
  })

  test('is as it was, once the rollback is taken back', () => {
    const bad = template({ image: 'a:2', env: [variable('BOTH', '2'), variable('NEW')] })
    const good = template({ image: 'a:1', env: [variable('OLD'), variable('BOTH', '1')] })
    const before = applied(bad)

    const rolledBack = after(good, bad, before)

    expect(after(bad, good, JSON.stringify(rolledBack))).toEqual(JSON.parse(before))
  })

  test.for([
    ['nobody applies so', undefined],
    ['it cannot be read', '{'],
    ['it has no template', '{"spec":{}}'],
  ] as const)('is not touched where %s', ([, text]) => {
    expect(takenForApplied(running(template({ image: 'a:2' }), text), template({}))).toEqual([])
  })
})

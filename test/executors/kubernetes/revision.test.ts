import { describe, expect, test } from 'vitest'
import { instant } from '#domain/time.ts'
import { servedByDates } from '#executors/kubernetes/dates.ts'
import { differencesBetween } from '#executors/kubernetes/diff.ts'
import { configReferences } from '#executors/kubernetes/references.ts'
import { imagesOf, revisionName, revisionOf } from '#executors/kubernetes/revision.ts'
import type { RawObject } from '#executors/kubernetes/schema.ts'

function template(
  container: RawObject = {},
  metadata: RawObject = {},
  spec: RawObject = {},
): RawObject {
  return {
    metadata: { labels: { app: 'checkout' }, ...metadata },
    spec: { containers: [{ name: 'app', image: 'shop/checkout:2.2.1', ...container }], ...spec },
  }
}
const named = (image: string, digests = new Map<string, string>()) => {
  const own = template({ image })
  return revisionName(own, imagesOf(own, digests))
}
const digest = `sha256:${'7'.repeat(64)}`

describe('a revision', () => {
  test('is the same whatever controllers and kubectl restart wrote on the copy, and in any key order', () => {
    const plain = revisionOf(template())

    const copy = {
      $patch: 'replace',
      spec: template()['spec'] ?? null,
      metadata: {
        creationTimestamp: null,
        annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' },
        labels: { 'pod-template-hash': 'abc', app: 'checkout' },
      },
    }

    expect(revisionOf(copy)).toBe(plain)
    expect(plain).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test.for([
    ['image', template({ image: 'shop/checkout:2.2.2' })],
    ['environment', template({ env: [{ name: 'A', value: '1' }] })],
    ['annotation', template({}, { annotations: { config: 'abc' } })],
    ['label', template({}, { labels: { app: 'checkout', canary: 'yes' } })],
    ['field of tomorrow', template({}, {}, { schedulingGroup: { name: 'x' } })],
  ] as const)('is another one with another %s', ([, other]) => {
    expect(revisionOf(other)).not.toBe(revisionOf(template()))
  })

  test.for([
    ['shop/checkout:2.2.1', 'v2.2.1'],
    ['registry.example:5000/shop/checkout:v2.2.1', 'v2.2.1'],
    ['shop/checkout:2.2.1-rc.1', 'v2.2.1-rc.1'],
    ['shop/checkout:build-77', 'build-77'],
    [`shop/checkout:2.2.1@${digest}`, 'v2.2.1'],
    [`shop/checkout@${digest}`, 'checkout@7777777'],
    [`shop/checkout:main@${digest}`, 'main@7777777'],
  ] as const)('of %s is called %s', ([image, name]) => {
    expect(named(image)).toBe(name)
  })

  test('with a tag that can move carries a digest: the pods’, else its own', () => {
    expect(named('shop/checkout:latest', new Map([['app', digest]]))).toBe('latest@7777777')
    expect(named('shop/checkout')).toMatch(/^latest@[0-9a-f]{7}$/)
    expect(named('registry.example:5000/shop/checkout')).toMatch(/^latest@[0-9a-f]{7}$/)
  })
})

describe('the difference of two templates', () => {
  const between = (from: RawObject, to: RawObject) =>
    differencesBetween(
      { template: from, images: imagesOf(from, new Map([['app', digest]])) },
      { template: to, images: imagesOf(to) },
    )

  test('names images with digests, keys of the environment, resources, probes, commands and references', () => {
    const from = template({
      image: 'shop/checkout:2.3.0',
      env: [
        { name: 'PAYMENT_V2', value: 'on-hunter2' },
        { name: 'TOKEN', value: 'hunter2' },
      ],
      resources: { limits: { memory: '512Mi' } },
      readinessProbe: { httpGet: { path: '/ready' } },
      args: ['--fast'],
      envFrom: [{ configMapRef: { name: 'settings-v2' } }],
    })
    const to = template({
      env: [{ name: 'TOKEN', value: 'hunter3' }],
      resources: { limits: { memory: '256Mi' } },
      envFrom: [{ configMapRef: { name: 'settings-v1' } }],
    })

    const differences = between(from, to)

    expect(differences.map(({ what, where, from: was, to: is }) => [what, where, was, is])).toEqual(
      [
        ['image', 'app', `shop/checkout:2.3.0@${digest}`, 'shop/checkout:2.2.1'],
        ['env', 'app PAYMENT_V2', 'set', undefined],
        ['env', 'app TOKEN', 'changed', 'changed'],
        ['resources', 'app memory limit', '512Mi', '256Mi'],
        ['probe', 'app readinessProbe', 'set', undefined],
        ['command', 'app args', 'set', undefined],
        ['config', 'references', undefined, 'ConfigMap settings-v1'],
        ['config', 'references', 'ConfigMap settings-v2', undefined],
      ],
    )
    expect(JSON.stringify(differences)).not.toContain('hunter')
  })

  test('is empty between a template and itself', () => {
    const one = template({ image: `shop/checkout:1@${digest}`, env: [{ name: 'A', value: 'x' }] })

    expect(between(one, structuredClone(one))).toEqual([])
  })

  test('shows containers that come and go', () => {
    const from = template()
    const to = {
      ...from,
      spec: { containers: [{ name: 'proxy', image: 'mesh/proxy:1.0' }] },
    }

    expect(between(from, to)).toEqual([
      { what: 'image', where: 'app', from: `shop/checkout:2.2.1@${digest}`, to: undefined },
      { what: 'image', where: 'proxy', from: undefined, to: 'mesh/proxy:1.0' },
    ])
  })

  test('finds references in volumes, projected volumes, envFrom and single variables', () => {
    const found = configReferences(
      template(
        {
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
          envFrom: [{ secretRef: { name: 'api' } }],
        },
        {},
        {
          volumes: [
            { name: 'a', configMap: { name: 'settings' } },
            { name: 'b', secret: { secretName: 'tls' } },
            { name: 'c', projected: { sources: [{ configMap: { name: 'ca' } }] } },
          ],
        },
      ),
    )

    expect([...found].toSorted()).toEqual([
      'ConfigMap ca',
      'ConfigMap settings',
      'Secret api',
      'Secret db',
      'Secret tls',
    ])
  })
})

describe('time served by the platform’s dates', () => {
  const at = (number: number | undefined, since: number) =>
    ({
      id: `r${number}`,
      name: `r${number}`,
      images: [],
      since: instant(since),
      ...(number === undefined ? {} : { number }),
    }) as never

  test.for([
    ['until the next one', at(1, 0), [at(1, 0), at(2, 50)], 50],
    ['nothing for the newest', at(2, 50), [at(1, 0), at(2, 50)], 0],
    ['nothing when somebody went back from it', at(2, 50), [at(2, 50), at(3, 0), at(4, 90)], 0],
    [
      'nothing when its successor was renumbered away',
      at(2, 50),
      [at(2, 50), at(4, 90), at(5, 0)],
      0,
    ],
    [
      'its first stretch only when it was brought back',
      at(3, 0),
      [at(2, 50), at(3, 0), at(4, 90)],
      50,
    ],
    ['nothing without a number', at(undefined, 0), [at(undefined, 0), at(1, 50)], 0],
  ] as const)('is %s', ([, revision, all, expected]) => {
    expect(servedByDates(revision, all)).toBe(expected)
  })
})

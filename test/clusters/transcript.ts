import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { canonicalJson } from '#domain/json.ts'
import type { TestedCluster } from './tested-cluster.ts'

const types = {
  json: 'application/json',
  'json-patch': 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

interface Asked {
  readonly body?: unknown
  readonly type?: keyof typeof types
  /** The part of the answer that is written down; all of it when not said. */
  readonly show?: (body: Answered) => unknown
}

export type Answered = { readonly [name: string]: unknown }

export type Transcript = ReturnType<typeof transcriptOf>

/** What was asked of a cluster and what it answered, with everything of chance – ids, versions, times, addresses – blotted out. */
export function transcriptOf(cluster: TestedCluster) {
  const lines: string[] = []
  const inNamespace = (path: string) => path.replaceAll('{ns}', cluster.namespace)
  const plain = blotterFor(cluster.namespace)

  function show(title: string, value: unknown): void {
    lines.push(title, indented(stringify(plain(value), { lineWidth: 0, sortMapEntries: true })))
  }

  function write(
    method: string,
    path: string,
    { body, type = 'json', show: part }: Asked,
    { status, body: answered }: { status: number; body: Answered },
  ): void {
    lines.push(`${method} ${String(plain(path))}${body === undefined ? '' : ` (${type})`}`)
    if (body !== undefined) lines.push(indented(canonicalJson(plain(body)), '  | '))
    show(`→ ${status}`, status >= 400 || part === undefined ? answered : part(answered))
  }

  return {
    show,
    /** Through the proxy, with the token of somebody else. */
    async askAs(token: string, method: string, path: string, body?: unknown): Promise<void> {
      const response = await fetch(`${cluster.url}${inNamespace(path)}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': types.json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const { status } = response
      write(method, path, { body }, { status, body: (await response.json()) as Answered })
    },
    async ask(method: string, path: string, asked: Asked = {}): Promise<Answered> {
      const { body, type = 'json' } = asked
      const answer = await cluster.backend.ask(method, inNamespace(path), body, types[type])
      write(method, path, asked, answer)
      return answer.body
    },
    /** The lines of a watch, to the end that the server makes of it. */
    async watchAs(token: string, path: string): Promise<void> {
      const response = await fetch(`${cluster.url}${inNamespace(path)}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const events = (await response.text()).split('\n').filter((line) => line !== '')
      lines.push(`GET ${String(plain(path))}`)
      show(
        `→ ${response.status}`,
        events.map((line) => JSON.parse(line) as unknown),
      )
    },
    text: () => `${lines.join('\n')}\n`,
  }
}

/** Fields and words in which two runs differ however alike the clusters are. */
function blotterFor(namespace: string) {
  const hashes: string[] = []
  const text = (value: string): string =>
    value
      .replaceAll(namespace, '<namespace>')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
      .replaceAll(/\b10\.\d+\.\d+\.\d+\b/g, '<ip>')
      .replaceAll(/\bnode-([0-9a-f]{6}-)?\d\b/g, '<node>')
      .replaceAll(/\bagent-[a-z0-9]{5}\b/g, 'agent-<pod>')
      .replaceAll(/(RBAC: allowed by).*/g, '$1 <whom>')
      .replaceAll(/\bcontinue=[\w-]{8,}/g, 'continue=<token>')
      .replaceAll(/(resource version: \d+ )\(\d+\)/g, '$1(<version>)')
      .replaceAll(/\b(web|db|agent)-([a-z0-9]{8,10})(-[a-z0-9]{5})?\b/g, (_, name, hash, pod) =>
        [name, hashName(String(hash)), ...(pod ? ['<pod>'] : [])].join('-'),
      )
  const hashName = (hash: string): string => {
    if (!hashes.includes(hash)) hashes.push(hash)
    return `<hash ${hashes.indexOf(hash) + 1}>`
  }

  return function plain(value: unknown): unknown {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return inOrder(value).map(plain)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, one]) => !notCompared.has(key) && !isAllNotCompared(one))
        .map(([key, one]) => [text(key), key in blots ? blots[key] : plain(one)]),
    )
  }
}

/** Conditions stand in the order in which they last changed, and which of two was first is chance. A cause may be named twice. */
const inOrder = (items: readonly unknown[]): readonly unknown[] =>
  items.every(isCondition)
    ? items.toSorted((a, b) => (a.type < b.type ? -1 : 1))
    : items.filter((item, index) => !isDeepStrictEqual(item, items[index - 1]))

const isCondition = (item: unknown): item is { readonly type: string } =>
  typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string'

const blots: Readonly<Record<string, string>> = {
  resourceVersion: '<version>',
  continue: '<token>',
  uid: '<uid>',
  'pod-template-hash': '<hash>',
  'controller-revision-hash': '<hash>',
  currentRevision: '<revision>',
  updateRevision: '<revision>',
  'controller.kubernetes.io/hash': '<hash>',
}

/** The README's list of what is not imitated, as far as it is fields. */
const notCompared: ReadonlySet<string> = new Set([
  'managedFields',
  'deprecated.daemonset.template.generation',
  'pod-template-generation',
  // These are the tests' own, where there are other nodes.
  'nodeSelector',
  'tolerations',
])

const isAllNotCompared = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every((key) => notCompared.has(key))

const indented = (text: string, by = '  '): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => by + line)
    .join('\n')

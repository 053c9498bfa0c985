import { readDirectives, type Directive } from './directives.ts'

/** What one `split_clients` gives out: server by server, with the percent that each gets; what is left over goes to `rest`. */
export interface Loaded {
  readonly shares: readonly { readonly server: string; readonly percent: number }[]
  readonly rest: string | undefined
}

/** What an nginx serves by: each variable that a `split_clients` sets. */
export type Sites = ReadonlyMap<string, Loaded>

/** Reads files as nginx does that stand within `http`, as far as they hold upstreams and splits; else what nginx says, in its words. */
export function load(
  files: readonly { readonly name: string; readonly text: string }[],
): Sites | string {
  const groups = new Map<string, string>()
  const splits: { readonly variable: string; readonly parts: readonly Part[] }[] = []
  for (const { name, text } of files) {
    const directives = readDirectives(text)
    if ('problem' in directives) return `${directives.problem} in ${name}:${directives.line}`
    for (const one of directives) {
      const read = one.words[0] === 'upstream' ? readUpstream(one, groups) : readSplit(one)
      if (read && 'problem' in read) return `${read.problem} in ${name}:${read.line}`
      if (read) splits.push(read)
    }
  }
  // A group may stand behind the split that names it. A name that is no group would be looked up at each request, and answered 502.
  const serverOf = (group: string) => groups.get(group) ?? ''
  return new Map(
    splits.map(({ variable, parts }) => {
      const rest = parts.find(({ percent }) => percent === 0)
      const shares = parts
        .filter(({ percent }) => percent > 0)
        .map(({ percent, group }) => ({ server: serverOf(group), percent }))
      return [variable, { shares, rest: rest && serverOf(rest.group) }]
    }),
  )
}

interface Problem {
  readonly problem: string
  readonly line: number
}
interface Part {
  /** 0 of the rest. */
  readonly percent: number
  readonly group: string
}

function readUpstream(
  { words: [, name = ''], line, end = line, block = [] }: Directive,
  groups: Map<string, string>,
): Problem | undefined {
  if (groups.has(name)) return { problem: `duplicate upstream "${name}"`, line }
  const servers: string[] = []
  for (const { words, line: at } of block) {
    const [directive, server = ''] = words
    if (directive !== 'server') return { problem: `unknown directive "${directive}"`, line: at }
    const [, port = ''] = /^(?:(?:\d+\.){3}\d+|\[[0-9a-fA-F:]+\])(?::(\d+))?$/.exec(server) ?? [
      '',
      '?',
    ]
    if (port === '?') return { problem: `host not found in upstream "${server}"`, line: at }
    if (Number(port || 80) > 65_535 || port === '0')
      return { problem: `invalid port in upstream "${server}"`, line: at }
    servers.push(server)
  }
  const [first] = servers
  if (first === undefined) return { problem: 'no servers are inside upstream', line: end }
  groups.set(name, first)
  return undefined
}

function readSplit({
  words: [directive, , name = ''],
  line,
  end = line,
  block = [],
}: Directive): Problem | { readonly variable: string; readonly parts: readonly Part[] } {
  if (directive !== 'split_clients') return { problem: `unknown directive "${directive}"`, line }
  if (!name.startsWith('$')) return { problem: `invalid variable name "${name}"`, line }
  const parts: Part[] = []
  for (const { words, line: at } of block) {
    const [share = '', group = ''] = words
    const percent = share === '*' ? 0 : Number(/^(\d+(?:\.\d{0,2})?)%$/.exec(share)?.[1])
    if (share !== '*' && !(percent > 0))
      return { problem: `invalid percent value "${share}"`, line: at }
    parts.push({ percent, group })
  }
  let total = 0
  for (const { percent } of parts) {
    // What comes after the rest is too much, but for another rest.
    total = percent === 0 ? 100 : total + percent
    if (total > 100) return { problem: 'percent total is greater than 100%', line: end }
  }
  return { variable: name.slice(1), parts }
}

/** What an nginx serves by: the first server of the group that all the rest goes to, and of the one that has a share. */
export interface Loaded {
  readonly server: string
  readonly canary?: { readonly server: string; readonly percent: number }
}

/** Reads a file as nginx 1.26 does, as far as it holds upstreams and one split; else what nginx says, in its words. */
export function load(text: string): Loaded | string {
  const groups = new Map<string, string>()
  let rest = text.replaceAll(/#[^\n]*/g, '').trim()
  let loaded: Loaded | undefined
  while (rest !== '') {
    const [whole = '', head = '', body = ''] = /^([^{};]+)\{([^{}]*)\}\s*/.exec(rest) ?? []
    if (whole === '') return `unexpected end of file, expecting ";" or "}" in checkout.conf`
    rest = rest.slice(whole.length)
    const [directive, ...args] = head.trim().split(/\s+/)
    const lines = body
      .split(';')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (directive === 'upstream') {
      const servers = lines.map((line) => line.replace(/^server\s+/, ''))
      const unknown = servers.find((server) => !/^(\d+\.){3}\d+:\d+$/.test(server))
      if (unknown !== undefined) return `host not found in upstream "${unknown}" in checkout.conf:3`
      groups.set(args[0] ?? '', servers[0] ?? '')
    } else if (directive === 'split_clients') {
      const found = divided(lines, groups)
      if (typeof found === 'string') return found
      loaded = found
    } else return `unknown directive "${directive}" in checkout.conf:1`
  }
  return loaded ?? 'unknown "checkout_slot" variable'
}

function divided(lines: readonly string[], groups: ReadonlyMap<string, string>): Loaded | string {
  let loaded: Loaded | undefined
  let canary: Loaded['canary']
  for (const line of lines) {
    const [share = '', group = ''] = line.split(/\s+/)
    const server = groups.get(group)
    // nginx would look the name up at every request, and answer 502.
    if (server === undefined) return `no resolver defined to resolve ${group}`
    if (share === '*') loaded = { server }
    else {
      const percent = Number(/^(\d+(?:\.\d{1,2})?)%$/.exec(share)?.[1])
      if (!(percent > 0)) return `invalid percent value "${share}" in checkout.conf:8`
      if (percent > 100) return `percent total is greater than 100% in checkout.conf:8`
      canary = { server, percent }
    }
  }
  return loaded ? { ...loaded, ...(canary ? { canary } : {}) } : 'percent total is less than 100%'
}

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What can be wrong between two machines. Lasts until another one is set. */
export type NetworkFault =
  | { readonly kind: 'none' }
  /** Everything arrives so much later, in both directions. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Nothing arrives, and nobody is told. What was sent meanwhile arrives when it is over, as TCP sends it again. */
  | { readonly kind: 'black hole' }
  /** Connections are reset, and so is each new one. */
  | { readonly kind: 'reset' }
  /** Connections are reset after so many bytes of what the server answers. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The server's end of what is open is gone, and nobody says so, not even when it is over. New connections hang, too. */
  | { readonly kind: 'half open' }

export interface FaultProxy {
  readonly port: number
  /** The same address with the proxy before it. */
  through(url: string): string
  set(fault: NetworkFault): void
  /** New connections lead to another server; those that are open are reset. */
  moveTo(url: string): void
  /** How many were taken since the start. */
  taken(): number
  close(): Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  /** Its other end is gone for good. */
  lost: boolean
  /** Bytes of the answer so far. */
  answered: number
}

const defaultPorts: Readonly<Record<string, number>> = {
  'postgres:': 5_432,
  'http:': 80,
  'https:': 443,
}

/** A TCP proxy before `url`, whose faults can be switched while it runs. */
export async function faultProxy(url: string): Promise<FaultProxy> {
  let target = new URL(url)
  let fault: NetworkFault = { kind: 'none' }
  let changed = Promise.withResolvers<void>()
  let count = 0
  const links = new Set<Link>()
  const passing = async (over: () => boolean) => {
    while ((fault.kind === 'black hole' || fault.kind === 'half open') && !over())
      await changed.promise
  }

  const server = createServer((client) => {
    count += 1
    client.on('error', () => undefined)
    if (fault.kind === 'reset') {
      client.resetAndDestroy()
      return
    }
    void join(client)
  })

  async function join(client: Socket): Promise<void> {
    const early: Buffer[] = []
    const keep = (chunk: Buffer) => void early.push(chunk)
    client.on('data', keep)
    const isHalfOpen = fault.kind === 'half open'
    if (!isHalfOpen) await passing(() => client.destroyed)
    if (client.destroyed) return
    const upstream = connect({
      host: target.hostname,
      port: Number(target.port || defaultPorts[target.protocol]),
      noDelay: true,
    })
    client.setNoDelay(true)
    upstream.on('error', () => undefined)
    const link: Link = { client, server: upstream, lost: isHalfOpen, answered: 0 }
    links.add(link)
    if (isHalfOpen) upstream.destroy()
    client.off('data', keep)
    flow(link, client, upstream, early)
    flow(link, upstream, client, [])
  }

  /** In order, each piece at its time. */
  function flow(link: Link, from: Socket, to: Socket, early: readonly Buffer[]): void {
    const isAnswer = from === link.server
    let last = Promise.resolve()
    const inTurn = (act: () => void) => {
      const at = performance.now()
      last = last.then(async () => {
        if (fault.kind === 'slow') await sleep(Math.max(0, at + fault.ms - performance.now()))
        await passing(() => link.lost)
        if (!link.lost && !to.destroyed) act()
      })
    }
    const pass = (chunk: Buffer) =>
      inTurn(() => {
        if (isAnswer) link.answered += chunk.length
        if (isAnswer && fault.kind === 'cut' && link.answered > fault.afterBytes) reset(link)
        else to.write(chunk)
      })
    for (const chunk of early) pass(chunk)
    from.on('data', pass)
    from.on('end', () => inTurn(() => to.end()))
    from.on('close', (hadError) => {
      if (hadError) inTurn(() => reset(link))
      if (from === link.client)
        last.then(
          () => link.server.destroy(),
          () => undefined,
        )
      if (link.client.destroyed) links.delete(link)
    })
  }

  function reset(link: Link): void {
    links.delete(link)
    link.client.resetAndDestroy()
    link.server.destroy()
  }

  function lose(link: Link): void {
    link.lost = true
    link.server.destroy()
  }

  function set(next: NetworkFault): void {
    fault = next
    if (next.kind === 'reset') for (const link of links) reset(link)
    if (next.kind === 'half open') for (const link of links) lose(link)
    if (next.kind === 'cut') for (const link of links) link.answered = 0
    changed.resolve()
    changed = Promise.withResolvers()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    through(address) {
      const own = new URL(address)
      own.hostname = '127.0.0.1'
      own.port = String(port)
      return own.href
    },
    set,
    moveTo(address) {
      target = new URL(address)
      for (const link of links) reset(link)
    },
    taken: () => count,
    async close() {
      set({ kind: 'none' })
      for (const link of links) reset(link)
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

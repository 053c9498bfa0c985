import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createPort, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { load, type Sites } from './load.ts'

export type PretendNginx = Awaited<ReturnType<typeof startNginx>>

const program = fileURLToPath(new URL('program.sh', import.meta.url))

interface Slot {
  readonly version: string | undefined
  readonly status: number
  /** Every so manieth answer is an error, whatever it is else. */
  readonly failsEvery?: number
}

/**
 * An nginx on loopback that includes a file, or several: it answers by what it has loaded, not by what is written, until it is told to
 * load it. Each file divides the requests of one upstream. The slots behind are servers of their own.
 */
export async function startNginx(file: () => string, upstream = 'checkout') {
  const faults = createFaults()
  const slots = new Map<string, Slot>()
  const files: (() => string)[] = []
  const fronts: string[] = []
  const listeners = new Set<() => void>()
  const closing: (() => Promise<void>)[] = []
  const commands: string[] = []
  let loaded: Sites = new Map()
  let loads = 0
  // Draws as nginx does, alike in each run.
  let drawn = 454
  let [answered, passedOn] = [0, 0]
  let isDeaf = false
  let broken: string | undefined

  const changed = () => {
    for (const listener of listeners) listener()
  }
  const port = async (server: Server, end: () => void): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          end()
        }),
    )
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const listen = async (answer: (response: ServerResponse) => void): Promise<string> => {
    const server = createServer((_request, response) => answer(response))
    return `127.0.0.1:${await port(server, () => server.closeAllConnections())}`
  }
  const answerAs = (slot: Slot | undefined, response: ServerResponse) => {
    answered += 1
    const isFailing = slot?.failsEvery !== undefined && answered % slot.failsEvery === 0
    response.writeHead(
      isFailing ? 500 : (slot?.status ?? 502),
      slot?.version ? { 'x-version': slot.version } : {},
    )
    response.end()
  }

  /** What is written, read as nginx reads it; else its refusal. */
  const read = (): Sites | string => {
    const found = load(files.map((one) => ({ name: one(), text: readFileSync(one(), 'utf8') })))
    if (broken !== undefined || typeof found === 'string') return broken ?? found
    // Its own configuration names the variables that these files set.
    const unset = fronts.find((variable) => !found.has(variable))
    return unset === undefined ? found : `unknown "${unset}" variable`
  }
  const reload = (): string => {
    const found = read()
    if (typeof found === 'string') return `nginx: [emerg] ${found}`
    // The master may refuse what the test took, and says so in its log only.
    if (isDeaf) return ''
    if (JSON.stringify([...found]) !== JSON.stringify([...loaded])) loads += 1
    loaded = found
    changed()
    return ''
  }

  async function command(args: string): Promise<{ code: number; says: string }> {
    commands.push(args)
    if (args === '-t -q') {
      const found = read()
      return typeof found === 'string'
        ? { code: 1, says: `nginx: [emerg] ${found}\nnginx: configuration file test failed` }
        : { code: 0, says: '' }
    }
    if (args !== '-s reload') return { code: 1, says: `nginx: invalid option: "${args}"` }
    const fault = faults.take('POST', '/reload')
    if (fault?.cut === 'before' || fault?.status !== undefined)
      return { code: 1, says: 'nginx: [error] open() "/run/nginx.pid" failed' }
    const says = reload()
    if (fault?.delayMs !== undefined)
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref())
    if (fault?.cut === 'after') return { code: 1, says: 'nginx: [alert] kill() failed' }
    return { code: says === '' ? 0 : 1, says }
  }

  const sockets = new Set<Socket>()
  const asked = createPort((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    createInterface(socket).once('line', (args) => {
      void command(args).then(({ code, says }) => socket.end(`${code}\n${says}\n`))
    })
  })
  const control = await port(asked, () => {
    for (const socket of sockets) socket.destroy()
  })

  const serverFor = (variable: string): string | undefined => {
    const { shares, rest } = loaded.get(variable) ?? { shares: [], rest: undefined }
    drawn = (drawn * 48_271) % 2_147_483_647
    let left = drawn / 21_474_836.47
    for (const { server, percent } of shares) {
      if (left < percent) return server
      left -= percent
    }
    return rest
  }
  /** A server of its configuration that passes requests to the upstream that `from` divides; its address. */
  async function include(from: () => string, name: string): Promise<string> {
    const variable = `${name.replaceAll('-', '_')}_slot`
    files.push(from)
    fronts.push(variable)
    const address = await listen((response) => {
      passedOn += 1
      answerAs(slots.get(serverFor(variable) ?? ''), response)
    })
    return `http://${address}/`
  }

  return {
    front: await include(file, upstream),
    include,
    program: ['bash', program, String(control)] as const,
    faults,
    commands,
    /** How many requests it was asked for, by all of its fronts. */
    passedOn: () => passedOn,
    /** How often something else was loaded. */
    loads: () => loads,
    loaded: (of = upstream) => loaded.get(`${of.replaceAll('-', '_')}_slot`),
    reload,
    /** Something else in its configuration does not hold; `undefined` mends it. */
    refuse(why: string | undefined): void {
      broken = why
    },
    /** From now on a reload is taken and not done. */
    deaf(on: boolean): void {
      isDeaf = on
    },
    /** A server that has a version; its address. */
    async slot(version: string): Promise<string> {
      const address = await listen((response) => answerAs(slots.get(address), response))
      slots.set(address, { version, status: 200 })
      return address
    },
    set(address: string, slot: Slot): void {
      slots.set(address, slot)
      changed()
    },
    at: (address: string) => slots.get(address),
    /** Calls after every load, and whenever a slot changed; answers how to stop. */
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close(): Promise<void> {
      await Promise.all(closing.map((end) => end()))
    },
  }
}

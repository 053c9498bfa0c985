import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { readBody } from '#sandbox/cluster/http.ts'
import { type Loaded, load } from './load.ts'

export type PretendNginx = Awaited<ReturnType<typeof startNginx>>

const program = fileURLToPath(new URL('program.mjs', import.meta.url))

interface Slot {
  version: string | undefined
  status: number
}

/**
 * An nginx on loopback that includes one file: it answers by what it has loaded, not by what is written, until it is told to load
 * it. The slots behind it are servers of their own.
 */
export async function startNginx(file: () => string) {
  const faults = createFaults()
  const slots = new Map<string, Slot>()
  const closing: (() => Promise<void>)[] = []
  const commands: string[] = []
  let loaded: Loaded | undefined
  let loads = 0
  // Draws as nginx does, alike in each run.
  let drawn = 454
  let isDeaf = false
  let broken: string | undefined

  const listen = async (
    answer: (path: string, response: ServerResponse, body: string) => unknown,
  ) => {
    const server = createServer((request, response) => {
      void readBody(request).then((body) => answer(request.url ?? '/', response, body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    )
    const address = server.address()
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }
  const byAddress = (address: string | undefined) => slots.get(address ?? '')
  const answerAs = (slot: Slot | undefined, response: ServerResponse) => {
    response.writeHead(slot?.status ?? 502, slot?.version ? { 'x-version': slot.version } : {})
    response.end()
  }

  const reload = (): string => {
    const found = broken ?? load(readFileSync(file(), 'utf8'))
    if (typeof found === 'string') return `nginx: [emerg] ${found}`
    // The master may refuse what the test took, and says so in its log only.
    if (isDeaf) return ''
    if (JSON.stringify(found) !== JSON.stringify(loaded)) loads += 1
    loaded = found
    return ''
  }

  async function command(args: string): Promise<{ code: number; says: string }> {
    commands.push(args)
    if (args === '-t -q') {
      const found = broken ?? load(readFileSync(file(), 'utf8'))
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

  const control = await listen(async (_path, response, body) => {
    const ended = await command(body)
    if (!response.destroyed) response.end(JSON.stringify(ended))
  })
  const front = await listen((_path, response) => {
    drawn = (drawn * 48_271) % 2_147_483_647
    const isCanary = loaded?.canary !== undefined && drawn / 21_474_836.47 < loaded.canary.percent
    answerAs(byAddress(isCanary ? loaded?.canary?.server : loaded?.server), response)
  })

  return {
    front: `http://${front}/`,
    program: [process.execPath, program, `http://${control}/`] as const,
    faults,
    commands,
    /** How often something else was loaded. */
    loads: () => loads,
    loaded: () => loaded,
    reload,
    /** Something else in its configuration does not hold. */
    refuse(why: string): void {
      broken = why
    },
    /** From now on a reload is taken and not done. */
    deaf(on: boolean): void {
      isDeaf = on
    },
    /** A server that has a version; its address. */
    async slot(version: string): Promise<string> {
      const slot: Slot = { version, status: 200 }
      const address = await listen((_path, response) => answerAs(slot, response))
      slots.set(address, slot)
      return address
    },
    set(address: string, slot: Slot): void {
      Object.assign(slots.get(address) ?? {}, slot)
    },
    async close(): Promise<void> {
      await Promise.all(closing.map((end) => end()))
    },
  }
}

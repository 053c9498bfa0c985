import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { createFaults, type Fault } from '#sandbox/cluster/faults.ts'
import { startNginx } from '#sandbox/nginx/index.ts'
import { processesOf } from '../control-plane/processes.ts'
import type { AnyNginx } from '../executors/nginx/world.ts'

/** A real nginx on a free port, before the same slots as the pretend one has; its program is started through one that can lose an answer. */
export async function startRealNginx(file: () => string): Promise<AnyNginx & { folder: string }> {
  const nginx = inject('nginx')
  if (nginx === null) throw new Error('there is no nginx here')
  const folder = mkdtempSync(join(tmpdir(), 'countermand-real-nginx-'))
  const processes = processesOf(folder)
  // Only its slots are used.
  const behind = await startNginx(file)
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, file(), port))
  mkdirSync(join(folder, 'temp'))
  const flags = ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
  const hash = () => createHash('sha256').update(readFileSync(file())).digest('hex')
  const loads = () =>
    existsSync(join(folder, 'loads')) ? readFileSync(join(folder, 'loads'), 'utf8') : ''
  let isStarted = false
  const pid = (): string => {
    const path = join(folder, 'nginx.pid')
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  }
  const workers = (): readonly string[] => {
    const master = pid()
    return readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ')
  }
  const until = async (is: () => boolean) => {
    for (let waited = 0; waited < 400; waited += 1) {
      if (is()) return
      await sleep(25)
    }
    throw new Error('nginx did not do it within ten seconds')
  }
  const troubled = fileURLToPath(new URL('troubled.mjs', import.meta.url))
  return {
    folder,
    front: `http://127.0.0.1:${port}/`,
    program: [process.execPath, troubled, folder, file(), nginx, ...flags],
    faults: {
      ...createFaults(),
      add({ status, cut, delayMs, times = 1 }: Fault) {
        const kind = cut ?? (delayMs === undefined ? `status ${status}` : 'late')
        writeFileSync(join(folder, 'trouble.json'), JSON.stringify({ kind, times }))
      },
    },
    commands: [],
    loads: () => loads().split('\n').length - 1,
    /** What was loaded last is known by its file alone. */
    loaded: () => ({ server: loads().trim().split('\n').at(-1) ?? '' }),
    async reload(): Promise<void> {
      if (isStarted) {
        const before = workers()
        execFileSync(nginx, [...flags, '-s', 'reload'], { stdio: 'ignore' })
        await until(() => !workers().some((pid) => before.includes(pid)))
      } else {
        await processes.start('nginx', nginx, flags)
        // The file of its number is there before the number is in it.
        await until(() => pid() !== '' && workers()[0] !== '')
        isStarted = true
      }
      appendFileSync(join(folder, 'loads'), `${hash()}\n`)
    },
    slot: behind.slot,
    set: behind.set,
    async close(): Promise<void> {
      await processes.stop()
      await behind.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configuration = (folder: string, file: string, port: number): string => `
daemon off;
worker_processes 2;
worker_shutdown_timeout 5s;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
    access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((one) => `    ${one}_temp_path ${folder}/temp/${one};\n`)
  .join('')}
    include ${file};
    include ${folder}/other*.conf;
    server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://$checkout_slot; }
    }
}
`

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}

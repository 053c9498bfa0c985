import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Artifacts = Awaited<ReturnType<typeof servedArtifacts>>

/** As source-controller keeps what it fetched from Git: an archive for each commit, over HTTP, with a digest. */
export async function servedArtifacts() {
  const archives = new Map<string, Buffer>()
  const server = createServer(({ url = '' }, response) => {
    const found = archives.get(url)
    response.statusCode = found ? 200 : 404
    response.end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    /** What the status of a GitRepository says of a commit with this one file. */
    async of(manifest: string): Promise<object> {
      const folder = await mkdtemp(join(tmpdir(), 'countermand-artifact-'))
      try {
        await writeFile(join(folder, 'shop.yaml'), manifest)
        await promisify(execFile)('tar', ['-czf', 'archive.tar.gz', 'shop.yaml'], { cwd: folder })
        const archive = await readFile(join(folder, 'archive.tar.gz'))
        const digest = createHash('sha256').update(archive).digest('hex')
        const commit = createHash('sha1').update(manifest).digest('hex')
        const path = `/${digest}.tar.gz`
        archives.set(path, archive)
        return {
          path: path.slice(1),
          url: `http://127.0.0.1:${port}${path}`,
          revision: `main@sha1:${commit}`,
          digest: `sha256:${digest}`,
          size: archive.length,
          lastUpdateTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
        }
      } finally {
        await rm(folder, { recursive: true })
      }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

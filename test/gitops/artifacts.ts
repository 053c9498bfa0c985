import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'

export type Artifacts = Awaited<ReturnType<typeof servedArtifacts>>
type Files = Readonly<Record<string, string>>

/** As source-controller keeps what it fetched: an archive for each state of its source, over HTTP, with a digest. */
export async function servedArtifacts() {
  const archives = new Map<string, Buffer>()
  const server = createServer(({ url = '' }, response) => {
    const found = archives.get(url)
    response.statusCode = found ? 200 : 404
    response.end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function kept<Revision extends string>(files: Files, revision: Revision) {
    const archive = await archived(files)
    const digest = createHash('sha256').update(archive).digest('hex')
    const path = `/${digest}.tar.gz`
    archives.set(path, archive)
    return {
      path: path.slice(1),
      url: `http://127.0.0.1:${port}${path}`,
      revision,
      digest: `sha256:${digest}`,
      size: archive.length,
      lastUpdateTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    }
  }

  return {
    /** What the status of a GitRepository says of a commit with this one file. */
    of(manifest: string) {
      const commit = createHash('sha1').update(manifest).digest('hex')
      return kept({ 'shop.yaml': manifest }, `main@sha1:${commit}`)
    },
    /** What the status of a HelmChart says of this version of the chart called shop. */
    chart: (manifest: string, version: string) =>
      kept(
        {
          'shop/Chart.yaml': stringify({ apiVersion: 'v2', name: 'shop', version }),
          'shop/templates/shop.yaml': manifest,
        },
        version,
      ),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function archived(files: Files): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-artifact-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    await promisify(execFile)('tar', ['-czf', 'archive.tar.gz', ...Object.keys(files)], {
      cwd: folder,
    })
    return await readFile(join(folder, 'archive.tar.gz'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

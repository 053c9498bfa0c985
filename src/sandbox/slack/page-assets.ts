import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

const folder = fileURLToPath(new URL('./page/', import.meta.url))
const { resolve } = createRequire(import.meta.url)
/** Browser modules as npm ships them; the import map gives them their names. */
const vendors: Readonly<Record<string, () => string>> = {
  preact: () => resolve('preact'),
  'preact/hooks': () => resolve('preact/hooks'),
  htm: () => join(dirname(resolve('htm')), 'htm.module.js'),
}
const vendorPath = (name: string): string => `/vendor/${name.replace('/', '-')}.js`
const importMap = JSON.stringify({
  imports: Object.fromEntries(Object.keys(vendors).map((name) => [name, vendorPath(name)])),
})
const mapHash = createHash('sha256').update(importMap).digest('base64')
const policy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${mapHash}'`,
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page's own files and its three libraries; nothing comes from elsewhere. */
export function serveAssets(server: FastifyInstance): void {
  server.get('/', async (_request, reply) => {
    const shell = await readFile(join(folder, 'index.html'), 'utf8')
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('cache-control', 'no-store')
      .send(shell.replace('__IMPORT_MAP__', () => importMap))
  })
  server.get<{ Params: { name: string } }>('/page/:name', async ({ params }, reply) => {
    const type = /^[a-z-]+\.(js|css|svg)$/.exec(params.name)?.[1]
    if (type === undefined) return reply.code(404).send('no such file')
    const text = await readFile(join(folder, params.name), 'utf8').catch(() => undefined)
    if (text === undefined) return reply.code(404).send('no such file')
    return reply
      .type(types[type] ?? '')
      .header('cache-control', 'no-store')
      .send(text)
  })
  for (const [name, path] of Object.entries(vendors))
    server.get(vendorPath(name), async (_request, reply) =>
      reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(await readFile(path(), 'utf8')),
    )
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
}

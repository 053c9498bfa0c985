import { readFileSync } from 'node:fs'
import { request as overHttp, type RequestOptions } from 'node:http'
import { request as overTls } from 'node:https'
import { join } from 'node:path'
import { z } from 'zod'
import { addressesOf, pinnedTo, resolveAll } from '#addresses.ts'
import { refusalOf, unreachable } from './failure.ts'
import { Container, Info, Listed, LocalImage, Refused } from './objects.ts'

/** Where an engine listens. */
export type DockerConnection =
  | { readonly socket: string }
  /** `certificates`: a folder with `ca.pem`, `cert.pem` and `key.pem`, as Docker's own command wants it. */
  | { readonly url: string; readonly certificates?: string }

export type Engine = ReturnType<typeof dockerEngine>

/** A log that never ends would fill the memory. */
const mostBytes = 4_000_000

interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** Reads from a Docker Engine by its API, without a version in the path: every engine then answers with its own. Changes nothing. */
export function dockerEngine(connection: DockerConnection, timeoutMs = 10_000) {
  const where = 'socket' in connection ? connection.socket : connection.url

  async function get(path: string, signal: AbortSignal): Promise<Answer> {
    try {
      return await send(connection, path, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
    } catch (error) {
      signal.throwIfAborted()
      throw unreachable(
        where,
        timedOut(error) ? new Error(`no answer in ${timeoutMs / 1_000} s`) : error,
      )
    }
  }

  async function found<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    signal: AbortSignal,
  ): Promise<z.output<Schema> | undefined> {
    const { status, body } = await get(path, signal)
    if (status === 404) return undefined
    if (status !== 200) throw refusalOf(where, path.split('?')[0] ?? '', status, messageIn(body))
    return schema.parse(JSON.parse(body.toString('utf8')))
  }

  return {
    where,

    /** What tells one engine from another, and its clock. */
    async info(signal: AbortSignal): Promise<Info> {
      const info = await found(Info, '/info', signal)
      if (!info) throw refusalOf(where, '/info', 404, 'it is no Docker Engine')
      return info
    },

    /** All containers of a service of a project that Compose made, stopped ones too; none that was only run once. The oldest number first. */
    async containers(
      project: string,
      service: string,
      signal: AbortSignal,
    ): Promise<readonly Container[]> {
      const label = [
        `com.docker.compose.project=${project}`,
        `com.docker.compose.service=${service}`,
        'com.docker.compose.oneoff=False',
      ]
      const query = new URLSearchParams({ all: 'true', filters: JSON.stringify({ label }) })
      const listed =
        (await found(z.array(Listed), `/containers/json?${query.toString()}`, signal)) ?? []
      const all = await Promise.all(
        listed.map(({ Id }) => found(Container, `/containers/${Id}/json`, signal)),
      )
      // One that is gone by now was replaced between the two questions.
      return all.filter((one) => one !== undefined).toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
    },

    /** By its id, a tag or a digest; `undefined` where this engine does not have it. */
    image: (reference: string, signal: AbortSignal): Promise<LocalImage | undefined> =>
      found(LocalImage, `/images/${reference}/json`, signal),

    /** What this engine has of a repository. */
    async images(repository: string, signal: AbortSignal): Promise<readonly LocalImage[]> {
      const query = new URLSearchParams({ filters: JSON.stringify({ reference: [repository] }) })
      return (await found(z.array(LocalImage), `/images/json?${query.toString()}`, signal)) ?? []
    },

    /** The last lines of both outputs, in their order. */
    async logs({ Id, Config }: Container, lines: number, signal: AbortSignal): Promise<string> {
      const path = `/containers/${Id}/logs?stdout=1&stderr=1&timestamps=1&tail=${lines}`
      const { status, body } = await get(path, signal)
      if (status !== 200) throw refusalOf(where, '/containers/…/logs', status, messageIn(body))
      return Config.Tty ? body.toString('utf8') : withoutFrames(body)
    },
  }
}

async function send(
  connection: DockerConnection,
  path: string,
  signal: AbortSignal,
): Promise<Answer> {
  const lookup =
    'socket' in connection
      ? undefined
      : pinnedTo(await addressesOf(new URL(connection.url).hostname, resolveAll, signal))
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { path, method: 'GET', signal, agent: false, lookup }
    const request =
      'socket' in connection
        ? overHttp({ ...options, socketPath: connection.socket, headers: { host: 'docker' } })
        : connection.url.startsWith('https:')
          ? overTls(connection.url.replace(/\/$/, '') + path, {
              ...options,
              ...certificatesIn(connection.certificates),
            })
          : overHttp(connection.url.replace(/\/$/, '') + path, options)
    request.once('error', reject)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > mostBytes) request.destroy(new Error('the answer is too long'))
        chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      )
    })
    request.end()
  })
}

const certificatesIn = (folder: string | undefined) =>
  folder === undefined
    ? {}
    : {
        ca: readFileSync(join(folder, 'ca.pem')),
        cert: readFileSync(join(folder, 'cert.pem')),
        key: readFileSync(join(folder, 'key.pem')),
      }

const timedOut = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')

function messageIn(body: Buffer): string {
  const text = body.toString('utf8')
  try {
    return Refused.parse(JSON.parse(text)).message
  } catch {
    return text.trim().slice(0, 200)
  }
}

/** Without a terminal both outputs come in one stream, each piece behind eight bytes: which output, and how long it is. */
function withoutFrames(body: Buffer): string {
  const pieces: Buffer[] = []
  for (let at = 0; at + 8 <= body.length; ) {
    const length = body.readUInt32BE(at + 4)
    pieces.push(body.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(pieces).toString('utf8')
}

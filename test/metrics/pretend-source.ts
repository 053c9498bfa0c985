import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** `hang`: never answers. */
export type Says =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: unknown
    }
  | 'hang'

/** A system that measures, over real HTTP: it keeps what it was asked and says what it is told to. */
export async function pretendSource(answer: (asked: Asked) => Says) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '/', headers } = request
      const one = { method, url: new URL(url, 'http://source'), headers, body }
      asked.push(one)
      const says = answer(one)
      if (says === 'hang') return
      response.writeHead(says.status ?? 200, {
        'content-type': 'application/json',
        ...says.headers,
      })
      response.end(typeof says.body === 'string' ? says.body : JSON.stringify(says.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked as readonly Asked[],
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

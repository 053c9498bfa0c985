import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { start } from './support.ts'

test('the container is healthy exactly while /healthz answers well', async () => {
  let status = 200
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? status : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const PORT = String((server.address() as AddressInfo).port)
  const look = async () => (await start('.', ['bin/healthcheck.mjs'], { PORT }).ended).code

  const well = await look()
  status = 500
  const ill = await look()
  await new Promise((resolve) => server.close(resolve))
  const away = await look()

  expect([well, ill, away]).toEqual([0, 1, 1])
})

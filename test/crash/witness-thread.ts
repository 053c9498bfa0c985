import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Client } from 'pg'

const client = new Client(String(workerData))
await client.connect()
for (;;) {
  await sleep(25)
  await client.query('SELECT')
  const from = process.threadCpuUsage().user
  while (process.threadCpuUsage().user - from < 2_000);
  parentPort?.postMessage('beat')
}

import { parentPort, workerData } from 'node:worker_threads'
import { keptKey } from '#keys.ts'

parentPort?.postMessage(keptKey(String(workerData)).toString('hex'))

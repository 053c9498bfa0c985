import { startEmbedded } from '#postgres/embedded.ts'

// A bot that starts its database, says where it is, and stops it when it is told to.
const [dataDir = '', durable] = process.argv.slice(2)
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const server = await startEmbedded({ dataDir, log: silent, durable: durable === 'durable' })
process.on('message', () => {
  void server.stop().then(() => process.exit(0))
})
process.send?.({ url: server.url, runtimeUrl: server.runtimeUrl, adopted: server.adopted })

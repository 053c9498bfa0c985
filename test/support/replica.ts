import { compileOnce } from './compile-once.ts'

compileOnce()
await import('../../src/zod-in-english.ts')
const { startReplica } = await import('./replica-start.ts')

process.send?.(await startReplica())

import { compileOnce } from './compile-once.ts'

compileOnce()
const { startReplica } = await import('./replica-start.ts')

process.send?.(await startReplica())

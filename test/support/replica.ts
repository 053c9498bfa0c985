import { startReplica } from './replica-start.ts'

process.send?.(await startReplica())

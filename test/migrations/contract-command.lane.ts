import { executorContract } from '../executors/contract.ts'
import { platform } from './world.ts'

executorContract('a schema that somebody’s own command moves', () => platform('command', '42'))

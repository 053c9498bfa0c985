import { executorContract } from '../executors/contract.ts'
import { platform } from './world.ts'

executorContract('a schema that the real dbmate moves', () => platform('dbmate', '42'))

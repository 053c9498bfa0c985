import { executorContract } from '../executors/contract.ts'
import { platform } from './world.ts'

executorContract('a schema that the real golang-migrate moves', () =>
  platform('golang-migrate', '41'),
)

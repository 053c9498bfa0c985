import { executorContract } from '../executors/contract.ts'
import { platform } from './platform.ts'
import { blueGreen } from './world.ts'

executorContract('A Rollout by blue-green', (trouble) =>
  platform({ strategy: blueGreen(1) }, trouble),
)

import { executorContract } from '../executors/contract.ts'
import { platform } from './platform.ts'
import { canary } from './world.ts'

executorContract('A Rollout by canary', (trouble) => platform({ strategy: canary }, trouble))

import { promoterContract } from '../executors/promoter-contract.ts'
import { canaryPlatform } from './canary-platform.ts'
import { blueGreen } from './world.ts'

promoterContract('A Rollout by blue-green', (trouble) =>
  canaryPlatform({ strategy: blueGreen(1), next: 100 }, trouble),
)

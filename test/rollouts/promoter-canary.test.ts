import { promoterContract } from '../executors/promoter-contract.ts'
import { canaryPlatform, twice } from './canary-platform.ts'

promoterContract('A Rollout by canary', (trouble) =>
  canaryPlatform({ strategy: twice, next: 50 }, trouble),
)

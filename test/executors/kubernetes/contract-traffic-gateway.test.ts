import { executorContract } from '../contract.ts'
import { trafficPlatform } from './contract-traffic-platform.ts'
import { byGateway } from './traffic-world.ts'

executorContract('A canary away by the weights of an HTTPRoute, at once', (trouble) =>
  trafficPlatform({ traffic: byGateway }, 'immediate', trouble),
)

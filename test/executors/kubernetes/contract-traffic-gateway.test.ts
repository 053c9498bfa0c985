import { trafficContract } from './contract-traffic-platform.ts'
import { byGateway } from './traffic-world.ts'

trafficContract(
  'A canary away by the weights of an HTTPRoute, at once',
  { traffic: byGateway },
  'immediate',
)

import { trafficContract } from './contract-traffic-platform.ts'
import { destination } from './traffic-world.ts'

/** So few that not every quarter of them is a stage of its own. */
const http = [{ route: [destination('stable', 98), destination('canary', 2)] }]

trafficContract('A canary away by the weights of a VirtualService, by degrees', { http }, 'gradual')

import { executorContract } from '../executors/contract.ts'
import { platformAt, waiting } from './contract-platform.ts'

executorContract('A version that waits for Flagger to begin', platformAt(waiting))

import { executorContract } from '../executors/contract.ts'
import { platformAt, tried } from './contract-platform.ts'

executorContract('A version that Flagger tries', platformAt(tried))

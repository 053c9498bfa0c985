import { executorContract } from '../executors/contract.ts'
import { platformAt, promoted } from './contract-platform.ts'

executorContract('A version that Flagger has promoted', platformAt(promoted))

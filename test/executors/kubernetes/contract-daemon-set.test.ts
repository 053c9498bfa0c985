import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('DaemonSet', (trouble) => platform('DaemonSet', trouble))

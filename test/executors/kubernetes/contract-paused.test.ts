import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('A paused Deployment', (trouble) => platform('Deployment', trouble, true))
